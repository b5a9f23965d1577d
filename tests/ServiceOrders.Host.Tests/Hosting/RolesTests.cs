using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using ServiceOrders.EventStore;
using ServiceOrders.Host.Composition;
using ServiceOrders.Host.Hosting;
using ServiceOrders.Host.Tests.Given;
using ServiceOrders.Testing;

namespace ServiceOrders.Host.Tests.Hosting;

/// <summary>What the logins of <c>deploy/roles.sql</c> may do on a migrated database, and what they may not.</summary>
public sealed class RolesTests(TestDatabase database) : IClassFixture<TestDatabase>, IAsyncLifetime
{
    public async ValueTask InitializeAsync()
    {
        await using var store = new StoreDatabase(database.ConnectionString);
        await Migrator.ApplyAsync(store, ServiceSchema.Scripts);
        await using var command = database.DataSource.CreateCommand(await File.ReadAllTextAsync(RolesFile()));
        await command.ExecuteNonQueryAsync();
        await command.ExecuteNonQueryAsync(); // it changes nothing when run twice
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Theory]
    [InlineData("service_orders", "select count(*) from events.mt_events")]
    [InlineData("service_orders", "select count(*) from read.tickets")]
    [InlineData("service_orders", "insert into events.mt_streams (id, type, version) values (gen_random_uuid(), 'ticket', 0)")]
    [InlineData("service_orders_bi", "select count(*) from reporting.milestones")]
    [InlineData("service_orders_auditor", "select count(*) from events.mt_events e join events.mt_streams s on s.id = e.stream_id")]
    [InlineData("service_orders_auditor", "select count(*) from reporting.milestones")]
    [InlineData("service_orders_auditor", "select count(*) from audit.checkpoints c join audit.keys k on k.id = c.key_id")]
    [InlineData("service_orders", "select audit.deletion_obstacle(gen_random_uuid(), now())")]
    [InlineData("service_orders", "insert into audit.leaf_tiles values (1000000, 256000001, '{256000001}', decode(repeat('00', 32), 'hex'))")]
    public async Task A_login_may_do_its_work(string login, string sql) => await AsAsync(login, sql);

    [Theory]
    [InlineData("service_orders", "delete from events.mt_events")]
    [InlineData("service_orders", "update events.mt_events set data = '{}'")]
    [InlineData("service_orders", "truncate events.mt_events cascade")]
    [InlineData("service_orders_bi", "select count(*) from events.mt_events")]
    [InlineData("service_orders_bi", "select count(*) from read.tickets")]
    [InlineData("service_orders_bi", "select count(*) from privacy.subject_keys")]
    [InlineData("service_orders_bi", "delete from reporting.milestones")]
    [InlineData("service_orders_auditor", "select count(*) from privacy.subject_keys")]
    [InlineData("service_orders_auditor", "select count(*) from read.credentials")]
    [InlineData("service_orders_auditor", "update events.mt_streams set is_archived = true")]
    [InlineData("service_orders", "delete from audit.checkpoints")]
    [InlineData("service_orders", "update audit.checkpoints set note = ''")]
    [InlineData("service_orders", "truncate audit.leaf_tiles")]
    [InlineData("service_orders", "delete from events.mt_streams")]
    [InlineData("service_orders", "select audit.delete_stream(gen_random_uuid(), now())")]
    [InlineData("service_orders", "delete from privacy.subject_keys")]
    [InlineData("service_orders_auditor", "select audit.delete_stream(gen_random_uuid(), now())")]
    [InlineData("service_orders_auditor", "delete from audit.sinks")]
    public async Task A_login_may_do_nothing_else(string login, string sql) =>
        (await Should.ThrowAsync<PostgresException>(() => AsAsync(login, sql))).SqlState.ShouldBe(PostgresErrorCodes.InsufficientPrivilege);

    [Theory]
    [InlineData("service_orders_bi")]
    [InlineData("service_orders_auditor")]
    public async Task A_reader_s_statements_and_idle_sessions_end_by_themselves(string login)
    {
        await using var command = database.DataSource.CreateCommand("select string_agg(setting, ' ') from (select unnest(rolconfig) as setting from pg_roles where rolname = $1) s");
        command.Parameters.Add(new() { Value = login });
        var settings = (string)(await command.ExecuteScalarAsync())!;
        foreach (var wanted in (string[])["default_transaction_read_only=on", "statement_timeout=", "idle_in_transaction_session_timeout=", "idle_session_timeout="]) settings.ShouldContain(wanted);
    }

    [Fact]
    public async Task The_whole_service_starts_works_and_rebuilds_under_its_own_login()
    {
        var login = new NpgsqlConnectionStringBuilder(database.ConnectionString) { Options = "-c role=service_orders" }.ConnectionString;
        var time = new ManualTime(new DateTimeOffset(2026, 3, 2, 1, 0, 0, TimeSpan.Zero));
        var app = await RunningService.StartAsync(login, time);
        try
        {
            var store = app.Services.GetRequiredService<StoreDatabase>();
            await using (var who = store.Pooled.CreateCommand("select current_user::text")) (await who.ExecuteScalarAsync()).ShouldBe("service_orders");
            var administrator = new ApiClient(new Uri(app.Urls.First()), RunningService.AdministratorKey);
            var shop = new ApiClient(new Uri(app.Urls.First()), (await administrator.PostAsync("/v1/channels", """{ "name": "wechat-shop", "medium": "wechat" }""")).Text("apiKey"));
            var opened = await shop.PostAsync("/v1/tickets", RunningService.Request(), ("Idempotency-Key", "one"));
            opened.Status.ShouldBe(201);
            time.Advance(TimeSpan.FromDays(30));
            (await app.Services.GetRequiredService<DueWorkers>().SettleDueAsync()).ShouldBeGreaterThan(0);

            (await new InlineRebuild(store, [.. app.Services.GetServices<IInlineReadModel>()]).RunAsync()).ShouldBe(2);
            foreach (var projection in app.Services.GetServices<IGenerationalProjection>()) (await new ProjectionRebuild(store, projection).RunAsync()).ShouldBe(2, projection.Name);
            (await app.Services.GetRequiredService<PostgresEventStore>().RemoveExpiredKeysAsync(time.GetUtcNow())).ShouldBeGreaterThan(0);

            (await shop.GetAsync(opened.Location!)).Status.ShouldBe(200);
            (await administrator.GetAsync("/v1/projections")).Items.Count.ShouldBe(2 + app.Services.GetServices<ISubscription>().Count());
            (await administrator.PostAsync("/v1/audit/checkpoints")).Status.ShouldBeOneOf(200, 201);
            (await app.Services.GetRequiredService<DueTable>().ReadPutOffAsync(10)).ShouldBeEmpty();
        }
        finally
        {
            await app.StopServiceOrdersAsync();
        }
    }

    [Theory]
    [InlineData("service_orders_bi", "select read.make_ticket_tables(99)")]
    [InlineData("service_orders_auditor", "select reporting.serve_milestones(1)")]
    [InlineData("service_orders_bi", "select reporting.drop_milestones(1)")]
    public async Task Nobody_else_makes_serves_or_drops_a_generation(string login, string sql) =>
        (await Should.ThrowAsync<PostgresException>(() => AsAsync(login, sql))).SqlState.ShouldBe(PostgresErrorCodes.InsufficientPrivilege);

    [Theory]
    [InlineData("select read.drop_ticket_tables((select current from events.generations where name = 'inline'))")]
    [InlineData("select reporting.drop_milestones(coalesce((select current from events.generations where name = 'reporting.milestones'), 1))")]
    public async Task What_serves_cannot_be_dropped_by_the_service(string sql) =>
        (await Should.ThrowAsync<PostgresException>(() => AsAsync("service_orders", sql))).SqlState.ShouldBe(PostgresErrorCodes.DependentObjectsStillExist);

    private async Task AsAsync(string login, string sql)
    {
        await using var connection = await database.DataSource.OpenConnectionAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        await using (var become = new NpgsqlCommand($"set local role {login}", connection)) await become.ExecuteNonQueryAsync();
        await using (var command = new NpgsqlCommand(sql, connection)) await command.ExecuteNonQueryAsync();
        await transaction.RollbackAsync();
    }

    private static string RolesFile()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "ServiceOrders.sln"))) folder = folder.Parent!;
        return Path.Combine(folder.FullName, "deploy", "roles.sql");
    }
}
