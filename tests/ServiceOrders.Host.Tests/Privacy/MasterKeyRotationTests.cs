using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using ServiceOrders.Domain.Privacy;
using ServiceOrders.Domain.Tickets.Acts;
using ServiceOrders.EventStore;
using ServiceOrders.Host.Composition;
using ServiceOrders.Host.Hosting;
using ServiceOrders.Host.Privacy;
using ServiceOrders.Host.Tests.Given;
using ServiceOrders.Host.Tickets;
using ServiceOrders.Host.Web;
using ServiceOrders.ReadModels.Events;
using ServiceOrders.Testing;

namespace ServiceOrders.Host.Tests.Privacy;

/// <summary>The master key is changed while the service runs; whatever breaks off meanwhile, no key is lost. A database for each test: there is one master key in each.</summary>
public class MasterKeyRotationTests(TestServer server)
{
    private static readonly MasterKey Old = new([.. Enumerable.Range(0, 32).Select(i => (byte)i)]);
    private static readonly MasterKey New = new([.. Enumerable.Range(100, 32).Select(i => (byte)i)]);
    private static readonly MasterKey Stranger = new([.. Enumerable.Range(200, 32).Select(i => (byte)i)]);

    [Fact]
    public async Task Every_key_and_secret_is_wrapped_anew_and_then_the_old_key_is_not_needed_any_more()
    {
        await using var desk = await DeskAsync();
        var ticket = await desk.Opened();
        var secret = await new ServiceSecrets(desk.Database.Pooled, desk.First.Masters, desk.Time).GetOrCreateAsync("requests", () => [1, 2, 3]);
        var node = desk.StartNode(new MasterKeys(New, Old));
        await node.Register.StartAsync();
        (await node.Register.ReadAsync()).NextId.ShouldBe(New.Id);
        await using var rotation = RotationOn(node, desk);
        (await rotation.RemainingAsync()).ShouldBe(2);

        await rotation.RunDueAsync();

        (await node.Register.ReadAsync()).ShouldBe(new MasterKeyState(New.Id, null, null));
        (await rotation.RemainingAsync()).ShouldBe(0);
        var told = (await desk.Store.ReadStreamAsync(MasterKeyRotation.Stream)).ShouldHaveSingleItem();
        EventSerializer.Data(told).ShouldBe(new MasterKeyRotated(Old.Id, New.Id));
        var later = desk.StartNode(new MasterKeys(New));
        await later.Register.StartAsync();
        (await later.Reader.GetAsync(Desk.By(Desk.Agent), ticket.Number))!.Description.ShouldBe(ticket.Description);
        (await new ServiceSecrets(desk.Database.Pooled, later.Masters, desk.Time).GetOrCreateAsync("requests", () => [9])).ShouldBe(secret);
        await rotation.RunDueAsync();
        (await desk.Store.ReadStreamAsync(MasterKeyRotation.Stream)).Count.ShouldBe(1);
    }

    [Fact]
    public async Task A_change_that_breaks_off_goes_on_where_it_was_on_another_node_and_everything_can_be_read_meanwhile()
    {
        await using var desk = await DeskAsync();
        var tickets = new List<TicketView>();
        for (var i = 0; i < 7; i++) tickets.Add(await desk.Opened());
        var crashing = desk.StartNode(new MasterKeys(New, Old));
        await crashing.Register.StartAsync();
        var pages = 0;
        await using (var broken = RotationOn(crashing, desk, 2, () => { if (++pages == 2) throw new StoreUnavailableException("the process is gone"); }))
            await Should.ThrowAsync<StoreUnavailableException>(() => broken.RunDueAsync());
        (await desk.Scalar<long>("select count(*) from privacy.subject_keys where master_key_id = $1", New.Id)).ShouldBe(4);

        var node = desk.StartNode(new MasterKeys(New, Old));
        await node.Register.StartAsync();
        foreach (var ticket in tickets) (await node.Reader.GetAsync(Desk.By(Desk.Agent), ticket.Number))!.Description.ShouldBe(ticket.Description);
        var between = (await node.Service.OpenAsync(Desk.By(Desk.Shop), Desk.Request(), new OpeningChannel(Desk.Shop.Name, Desk.Shop.Medium!.Value))).ShouldBeOfType<Answered>().Ticket;
        await using var rotation = RotationOn(node, desk, 2);
        await rotation.RunDueAsync();

        var later = desk.StartNode(new MasterKeys(New));
        await later.Register.StartAsync();
        foreach (var ticket in tickets.Append(between)) (await later.Reader.GetAsync(Desk.By(Desk.Agent), ticket.Number))!.Description.ShouldBe(ticket.Description);
    }

    [Fact]
    public async Task A_key_that_does_not_open_is_named_and_keeps_no_other_from_being_wrapped_anew_and_without_it_the_change_ends()
    {
        await using var desk = await DeskAsync();
        var (one, damaged, two) = (await desk.Opened(), await desk.Opened(), await desk.Opened());
        await desk.Execute("update privacy.subject_keys set wrapped_key = set_byte(wrapped_key, 20, get_byte(wrapped_key, 20) # 255) where subject_id = $1", damaged.Id);
        var node = desk.StartNode(new MasterKeys(New, Old));
        await node.Register.StartAsync();
        await using var rotation = RotationOn(node, desk, 1);

        await rotation.RunDueAsync();

        rotation.Unreadable.ShouldBe([damaged.Id]);
        (await rotation.RemainingAsync()).ShouldBe(1);
        (await node.Register.ReadAsync()).NextId.ShouldBe(New.Id);
        foreach (var ticket in new[] { one, two }) (await desk.Scalar<string>("select master_key_id from privacy.subject_keys where subject_id = $1", ticket.Id)).ShouldBe(New.Id);

        await desk.Erase(damaged.Id);
        await rotation.RunDueAsync();
        rotation.Unreadable.ShouldBeEmpty();
        ((await node.Register.ReadAsync()).Id, (await node.Register.ReadAsync()).NextId).ShouldBe((New.Id, null));
    }

    [Fact]
    public async Task A_secret_of_the_service_that_does_not_open_is_named_and_keeps_no_other_from_being_wrapped_anew_and_without_it_the_change_ends()
    {
        await using var desk = await DeskAsync();
        var ticket = await desk.Opened();
        var secrets = new ServiceSecrets(desk.Database.Pooled, desk.First.Masters, desk.Time);
        foreach (var name in new[] { "sample-seed/2026-02", "sample-seed/2026-03", "requests" }) await secrets.GetOrCreateAsync(name, () => [1, 2, 3]);
        await desk.Execute("update privacy.secrets set wrapped = set_byte(wrapped, 13, get_byte(wrapped, 13) # 255) where name = 'sample-seed/2026-02'");
        var node = desk.StartNode(new MasterKeys(New, Old));
        await node.Register.StartAsync();
        await using var rotation = RotationOn(node, desk);

        await rotation.RunDueAsync();

        rotation.UnreadableSecrets.ShouldBe(["sample-seed/2026-02"]);
        (await rotation.RemainingAsync()).ShouldBe(1);
        (await node.Register.ReadAsync()).NextId.ShouldBe(New.Id);
        (await desk.Scalar<string>("select master_key_id from privacy.subject_keys where subject_id = $1", ticket.Id)).ShouldBe(New.Id);
        (await desk.Scalar<long>("select count(*) from privacy.secrets where master_key_id = $1", New.Id)).ShouldBe(2);

        await desk.Execute("delete from privacy.secrets where name = 'sample-seed/2026-02'");
        await rotation.RunDueAsync();
        rotation.UnreadableSecrets.ShouldBeEmpty();
        ((await node.Register.ReadAsync()).Id, (await node.Register.ReadAsync()).NextId).ShouldBe((New.Id, null));
    }

    [Fact]
    public async Task A_node_that_starts_with_the_old_key_at_the_moment_the_change_ends_does_not_bring_it_back_into_force()
    {
        await using var desk = await DeskAsync();
        await desk.Opened();
        var node = desk.StartNode(new MasterKeys(New, Old));
        await node.Register.StartAsync();
        await using var rotation = RotationOn(node, desk);
        // It finds its key not retired yet, and is then held up until the change is done.
        await using var first = await HoldAsync("privacy.retired_master_keys");
        var late = Task.Run(() => desk.StartNode(new MasterKeys(Old, New)).Register.StartAsync());
        await HeldUpAsync("privacy.retired_master_keys");
        await using var second = await HoldAsync("privacy.master_key");
        await first.DisposeAsync();
        await HeldUpAsync("privacy.master_key");
        await second.ExecuteAsync($"insert into privacy.retired_master_keys (id, retired_at) values ('{Old.Id}', now())");
        await second.ExecuteAsync($"update privacy.master_key set id = '{New.Id}', next_id = null, rotation_started_at = null");
        await second.CommitAsync();

        (await Should.ThrowAsync<StartRefusedException>(() => late)).Message.ShouldContain("was replaced on");

        (await node.Register.ReadAsync()).ShouldBe(new MasterKeyState(New.Id, null, null));

        async Task<Held> HoldAsync(string table)
        {
            var connection = await desk.Database.Pooled.OpenConnectionAsync();
            var held = new Held(connection, await connection.BeginTransactionAsync());
            await held.ExecuteAsync($"lock table {table} in access exclusive mode");
            return held;
        }

        async Task HeldUpAsync(string table)
        {
            while (await desk.Scalar<long>($"select count(*) from pg_locks where relation = '{table}'::regclass and not granted") == 0) TestContext.Current.CancellationToken.ThrowIfCancellationRequested();
        }
    }

    [Fact]
    public async Task A_change_to_a_key_that_was_retired_does_not_end_however_it_began()
    {
        await using var desk = await DeskAsync();
        var node = desk.StartNode(new MasterKeys(New, Old));
        await node.Register.StartAsync();
        await using var rotation = RotationOn(node, desk);
        await rotation.RunDueAsync();
        await desk.Execute("update privacy.master_key set next_id = $1", Old.Id);

        await rotation.RunDueAsync();

        (await node.Register.ReadAsync()).Id.ShouldBe(New.Id);
        (await desk.Store.ReadStreamAsync(MasterKeyRotation.Stream)).Count.ShouldBe(1);
    }

    [Fact]
    public async Task A_node_that_goes_on_wrapping_with_the_old_key_keeps_the_change_from_ending_but_not_the_worker_from_pausing()
    {
        await using var desk = await DeskAsync();
        await desk.Opened();
        var node = desk.StartNode(new MasterKeys(New, Old));
        await node.Register.StartAsync();
        var (pages, goesOn) = (0, true);
        await using var rotation = RotationOn(node, desk, afterPage: () =>
        {
            (++pages).ShouldBeLessThan(100, "it should pause");
            if (!goesOn) return;
            var subject = Guid.CreateVersion7();
            desk.Execute("insert into privacy.subject_keys (subject_id, wrapped_key, master_key_id, created_at) values ($1, $2, $3, now())", subject, Old.Wrap(subject, new byte[32]), Old.Id).GetAwaiter().GetResult();
        });

        await rotation.RunDueAsync();

        (await node.Register.ReadAsync()).NextId.ShouldBe(New.Id);
        goesOn = false;
        await rotation.RunDueAsync();
        (await node.Register.ReadAsync()).ShouldBe(new MasterKeyState(New.Id, null, null));
    }

    [Fact]
    public async Task Keys_that_are_left_are_found_by_an_index_however_many_were_wrapped_anew()
    {
        await using var desk = await DeskAsync();
        await desk.Execute("""
            insert into privacy.subject_keys (subject_id, wrapped_key, master_key_id, created_at)
            select gen_random_uuid(), '\x00', m.id, now() from privacy.master_key m, generate_series(1, 5000)
            """);
        await desk.Execute("analyze privacy.subject_keys");
        foreach (var comparison in new[] { "<", ">" })
        {
            (await desk.Plan($"select from privacy.subject_keys k where k.wrapped_key is not null and k.master_key_id {comparison} '{Old.Id}'")).ShouldContain("subject_keys_wrapping");
        }
        (await desk.Plan($"select subject_id, wrapped_key from privacy.subject_keys where subject_id > '{Guid.Empty}' and master_key_id = '{New.Id}' and wrapped_key is not null order by subject_id limit 500"))
            .ShouldContain("subject_keys_wrapping");
    }

    [Fact]
    public async Task A_node_with_the_old_key_alone_reads_what_it_can_and_corrupts_nothing_during_the_change_and_after_it()
    {
        await using var desk = await DeskAsync();
        var ticket = await desk.Opened();
        var old = desk.StartNode(new MasterKeys(Old));
        var node = desk.StartNode(new MasterKeys(New, Old));
        await node.Register.StartAsync();

        // During the change its keys are still in force: what it seals is wrapped anew with the rest.
        var during = (await old.Service.OpenAsync(Desk.By(Desk.Shop), Desk.Request(), new OpeningChannel(Desk.Shop.Name, Desk.Shop.Medium!.Value))).ShouldBeOfType<Answered>().Ticket;
        await using var rotation = RotationOn(node, desk);
        await rotation.RunDueAsync();

        // After it, nothing that only the old key could open gets in.
        var refused = await Should.ThrowAsync<AppendFailedException>(() => old.Service.OpenAsync(Desk.By(Desk.Shop), Desk.Request(), new OpeningChannel(Desk.Shop.Name, Desk.Shop.Medium!.Value)));
        MasterKeyRegister.IsNotInForce(refused).ShouldBeTrue();
        Host.Web.Trouble.Of(refused).Type.Code.ShouldBe("master-key-missing");
        (await Should.ThrowAsync<Exception>(async () => await old.Keys.GetOrCreateAsync(Guid.CreateVersion7())) is { } failure && MasterKeyRegister.IsNotInForce(failure)).ShouldBeTrue();
        await Should.ThrowAsync<MasterKeyMissingException>(async () => await old.Keys.GetStoredAsync(ticket.Id));
        (await Should.ThrowAsync<StartRefusedException>(() => old.Register.StartAsync())).Message.ShouldContain("was replaced on");

        (await desk.Scalar<long>("select count(*) from privacy.subject_keys where master_key_id <> $1", New.Id)).ShouldBe(0);
        foreach (var one in new[] { ticket, during }) (await node.Reader.GetAsync(Desk.By(Desk.Agent), one.Number))!.Description.ShouldBe(one.Description);
    }

    [Fact]
    public async Task Nodes_that_were_given_both_keys_beforehand_go_over_to_the_new_one_without_a_restart()
    {
        await using var desk = await DeskAsync();
        var ticket = await desk.Opened();
        var prepared = desk.StartNode(new MasterKeys(Old, New));
        await prepared.Register.StartAsync();
        (await prepared.Register.ReadAsync()).NextId.ShouldBeNull();
        prepared.Masters.Wrapping.Id.ShouldBe(Old.Id);
        var heard = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var news = new PrivacyNews(prepared.Database, prepared.Keys, prepared.Register, desk.Time, NullLogger<PrivacyNews>.Instance) { Heard = _ => heard.TrySetResult() };
        news.Start();
        await news.Listening;

        var node = desk.StartNode(new MasterKeys(New, Old));
        await node.Register.StartAsync();
        await heard.Task.WaitAsync(TimeSpan.FromSeconds(30), TimeProvider.System, TestContext.Current.CancellationToken);
        prepared.Masters.Wrapping.Id.ShouldBe(New.Id);
        await using var rotation = RotationOn(node, desk);
        await rotation.RunDueAsync();

        (await prepared.Service.OpenAsync(Desk.By(Desk.Shop), Desk.Request(), new OpeningChannel(Desk.Shop.Name, Desk.Shop.Medium!.Value))).ShouldBeOfType<Answered>();
        (await prepared.Reader.GetAsync(Desk.By(Desk.Agent), ticket.Number))!.Description.ShouldBe(ticket.Description);
    }

    [Fact]
    public async Task A_start_with_keys_that_do_not_fit_is_refused_and_says_what_to_set()
    {
        await using var desk = await DeskAsync();
        await desk.Opened();
        (await RefusalOf(new MasterKeys(New))).ShouldContain("ServiceOrders__MasterKey");
        (await RefusalOf(new MasterKeys(New, Stranger))).ShouldContain(Old.Id);
        var node = desk.StartNode(new MasterKeys(New, Old));
        await node.Register.StartAsync();
        (await RefusalOf(new MasterKeys(New))).ShouldContain("ServiceOrders__PreviousMasterKey");
        (await RefusalOf(new MasterKeys(Old))).ShouldContain("is being changed");
        (await RefusalOf(new MasterKeys(Stranger, Old))).ShouldContain("is being changed");
        await using var rotation = RotationOn(node, desk);
        await rotation.RunDueAsync();
        // Nor is it changed back by a node that comes late with its old settings.
        (await RefusalOf(new MasterKeys(Old, New))).ShouldContain("was replaced on");
        await new MasterKeyRegister(desk.Database.Pooled, new MasterKeys(New, Old), desk.Time).StartAsync();

        async Task<string> RefusalOf(MasterKeys keys) => (await Should.ThrowAsync<StartRefusedException>(() => desk.StartNode(keys).Register.StartAsync())).Message;
    }

    [Fact]
    public async Task Two_nodes_that_change_it_at_once_and_an_erasure_between_lose_nothing_and_bring_nothing_back()
    {
        await using var desk = await DeskAsync();
        var tickets = new List<TicketView>();
        for (var i = 0; i < 12; i++) tickets.Add(await desk.Opened());
        var erased = tickets[3];
        await desk.Done(erased, "cancel", new Cancel());
        var (one, two) = (desk.StartNode(new MasterKeys(New, Old)), desk.StartNode(new MasterKeys(New, Old)));
        await one.Register.StartAsync();
        await two.Register.StartAsync();
        var erase = new Lazy<Task>(() => Task.Run(() => two.Erasure.EraseAsync(erased.Id, Domain.Tickets.Actor.Clock, null, null)));
        // The erasure comes after the first page was written, wherever its ticket is.
        await using var first = RotationOn(one, desk, 3, () => erase.Value.GetAwaiter().GetResult());
        await using var second = RotationOn(two, desk, 3);
        await Task.WhenAll(first.RunDueAsync(), second.RunDueAsync());
        await Task.WhenAll(first.RunDueAsync(), second.RunDueAsync());

        (await one.Register.ReadAsync()).Id.ShouldBe(New.Id);
        (await desk.Store.ReadStreamAsync(MasterKeyRotation.Stream)).Count.ShouldBe(1);
        var later = desk.StartNode(new MasterKeys(New));
        foreach (var ticket in tickets.Where(t => t.Id != erased.Id)) (await later.Reader.GetAsync(Desk.By(Desk.Agent), ticket.Number))!.Description.ShouldBe(ticket.Description);
        await erase.Value;
        (await later.Keys.GetStoredAsync(erased.Id)).IsErased.ShouldBeTrue();
    }

    [Fact]
    public async Task A_repeat_of_a_request_is_known_for_what_it_is_across_a_change_and_so_is_another_under_its_key()
    {
        var time = new ManualTime(new DateTimeOffset(2026, 3, 2, 1, 0, 0, TimeSpan.Zero));
        var database = await server.CreateDatabaseAsync();
        var (oldKey, newKey) = (Convert.ToBase64String([.. Enumerable.Range(0, 32).Select(i => (byte)i)]), Convert.ToBase64String([.. Enumerable.Range(100, 32).Select(i => (byte)i)]));
        (string, string) key = ("Idempotency-Key", "across");
        string shop, id;
        var app = await RunningService.StartAsync(database, time, ("ServiceOrders:MasterKey", oldKey));
        try
        {
            var registered = await Client(RunningService.AdministratorKey).PostAsync("/v1/channels", """{ "name": "wechat-shop", "medium": "wechat" }""", key);
            shop = registered.Text("apiKey");
            id = (await Client(shop).PostAsync("/v1/tickets", RunningService.Request(), key)).Text("id");
        }
        finally
        {
            await app.StopServiceOrdersAsync();
        }

        app = await RunningService.StartAsync(database, time, ("ServiceOrders:MasterKey", newKey), ("ServiceOrders:PreviousMasterKey", oldKey));
        try
        {
            await AskAsync();
            // The service's own worker may be at it.
            while ((await app.Services.GetRequiredService<MasterKeyRegister>().ReadAsync()).NextId is not null) await app.Services.GetRequiredService<MasterKeyRotation>().RunDueAsync();
        }
        finally
        {
            await app.StopServiceOrdersAsync();
        }

        app = await RunningService.StartAsync(database, time, ("ServiceOrders:MasterKey", newKey));
        try
        {
            var state = await Client(RunningService.AdministratorKey).GetAsync("/v1/audit/master-key");
            (state.Text("id"), state.Json["nextId"], state.Value<long>("remaining")).ShouldBe((New.Id, null, 0));
            await AskAsync();
        }
        finally
        {
            await app.StopServiceOrdersAsync();
            await server.DropDatabaseAsync(database);
        }

        ApiClient Client(string apiKey) => new(new Uri(app.Urls.First()), apiKey);

        async Task AskAsync()
        {
            var repeat = await Client(shop).PostAsync("/v1/tickets", RunningService.Request(), key);
            (repeat.Status, repeat.Text("id"), repeat.Text("description")).ShouldBe((201, id, "开机无反应,指示灯不亮"));
            (await Client(shop).PostAsync("/v1/tickets", RunningService.Request("other"), key)).Problem.ShouldBe("idempotency-key-reused");
            // A key that was made by a request is derived anew for its repeat.
            (await Client(RunningService.AdministratorKey).PostAsync("/v1/channels", """{ "name": "wechat-shop", "medium": "wechat" }""", key)).Text("apiKey").ShouldBe(shop);
        }
    }

    [Fact]
    public async Task The_secret_of_requests_is_random_stays_the_same_and_is_made_anew_where_it_was_deleted()
    {
        var time = new ManualTime(new DateTimeOffset(2026, 3, 2, 1, 0, 0, TimeSpan.Zero));
        var database = await server.CreateDatabaseAsync();
        (string, string) setting = ("ServiceOrders:MasterKey", Convert.ToBase64String([.. Enumerable.Range(0, 32).Select(i => (byte)i)]));
        var first = await DerivedAsync(async app => await new ApiClient(new Uri(app.Urls.First()), RunningService.AdministratorKey)
            .PostAsync("/v1/channels", """{ "name": "wechat-shop", "medium": "wechat" }""", ("Idempotency-Key", "one")));
        (await DerivedAsync()).ShouldBe(first);

        // Nothing but the row tells it: no key that somebody has, or had.
        await using (var store = new StoreDatabase(database)) await store.Pooled.CreateCommand("delete from privacy.secrets where name = 'requests'").ExecuteNonQueryAsync();
        var second = await DerivedAsync();
        second.ShouldNotBe(first);
        (await DerivedAsync()).ShouldBe(second);
        await server.DropDatabaseAsync(database);

        async Task<byte[]> DerivedAsync(Func<Microsoft.AspNetCore.Builder.WebApplication, Task>? also = null)
        {
            var app = await RunningService.StartAsync(database, time, setting);
            try
            {
                if (also is not null) await also(app);
                return app.Services.GetRequiredService<RequestKeys>().Derive("api-key", "one");
            }
            finally
            {
                await app.StopServiceOrdersAsync();
            }
        }
    }

    private async Task<Desk> DeskAsync()
    {
        var desk = new Desk(server);
        await desk.InitializeAsync();
        return desk;
    }

    private static MasterKeyRotation RotationOn(Node node, Desk desk, int pageSize = 500, Action? afterPage = null) =>
        new(node.Database, node.Store, node.Masters, node.Register, desk.Time, NullLogger<MasterKeyRotation>.Instance) { PageSize = pageSize, AfterPage = afterPage ?? (static () => { }) };

    /// <summary>A transaction that holds others up.</summary>
    private sealed class Held(NpgsqlConnection connection, NpgsqlTransaction transaction) : IAsyncDisposable
    {
        public async Task ExecuteAsync(string sql)
        {
            await using var command = new NpgsqlCommand(sql, connection, transaction);
            await command.ExecuteNonQueryAsync();
        }

        public Task CommitAsync() => transaction.CommitAsync();

        public async ValueTask DisposeAsync()
        {
            await transaction.DisposeAsync();
            await connection.DisposeAsync();
        }
    }
}
