using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using ServiceOrders.AuditLog.Signing;
using ServiceOrders.EventStore;
using ServiceOrders.Host.Composition;
using ServiceOrders.Host.Configuration;
using ServiceOrders.Host.Retention;
using ServiceOrders.Host.Tests.Given;
using ServiceOrders.ReadModels.Retention;
using ServiceOrders.Testing;

namespace ServiceOrders.Host.Tests.Retention;

/// <summary>
/// The whole service since 2019, on a clock that stands still until a test moves it: the database's own clock, which guards deletions, knows that all of it is past. One per test, because a run deals
/// with every ticket there is.
/// </summary>
public sealed class OldService : IAsyncDisposable
{
    public const string DeleteAll = """{ "rules": [ { "name": "gone", "age": "P3Y", "action": "delete" } ] }""";

    private readonly TestServer _server;
    private readonly List<WebApplication> _nodes = [];

    private OldService(TestServer server) => _server = server;

    /// <summary>In the morning: the day's own run is made in the evening.</summary>
    public ManualTime Time { get; } = new(new DateTimeOffset(2019, 3, 4, 1, 0, 0, TimeSpan.Zero));
    public string ConnectionString { get; private set; } = "";
    public NpgsqlDataSource Sql { get; private set; } = null!;
    public ApiClient Administrator { get; private set; } = null!;
    public ApiClient Supervisor { get; private set; } = null!;
    public ApiClient Shop { get; private set; } = null!;
    public IServiceProvider Services => _nodes[0].Services;
    public StoreDatabase Database => Services.GetRequiredService<StoreDatabase>();

    public static async Task<OldService> StartAsync(TestServer server)
    {
        var service = new OldService(server) { ConnectionString = await server.CreateDatabaseAsync() };
        service.Sql = NpgsqlDataSource.Create(service.ConnectionString);
        var address = await service.StartNodeAsync();
        service.Administrator = new ApiClient(address, RunningService.AdministratorKey);
        service.Shop = new ApiClient(address, (await service.Administrator.PostAsync("/v1/channels", """{ "name": "wechat-shop", "medium": "wechat" }""")).Text("apiKey"));
        service.Supervisor = new ApiClient(address, (await service.Administrator.PostAsync("/v1/staff", """{ "name": "wu-jie", "role": "supervisor" }""")).Text("apiKey"));
        return service;
    }

    /// <summary>Another node, under a role if one is named.</summary>
    public async Task<Uri> StartNodeAsync(string? role = null)
    {
        var login = role is null ? ConnectionString : new NpgsqlConnectionStringBuilder(ConnectionString) { Options = $"-c role={role}" }.ConnectionString;
        // No checkpoint but those that a test asks for.
        _nodes.Add(await RunningService.StartAsync(login, Time, ("Audit:CheckpointInterval", "P1D")));
        return new Uri(_nodes[^1].Urls.First());
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var node in _nodes) await node.StopServiceOrdersAsync();
        await Sql.DisposeAsync();
        await _server.DropDatabaseAsync(ConnectionString);
    }

    /// <summary>A ticket that is closed, or cancelled where it is withdrawn.</summary>
    public async Task<Guid> EndedAsync(string? reference = null, Guid? customer = null, bool cancelled = true)
    {
        var body = RunningService.Request(reference).Replace("\"customerId\": null", customer is { } id ? $"\"customerId\": \"{id}\"" : "\"customerId\": null", StringComparison.Ordinal);
        var opened = await Shop.PostAsync("/v1/tickets", body);
        opened.Status.ShouldBe(201);
        foreach (var act in cancelled ? (string[])["cancel"] : ["acknowledge", "resolve", "close"]) (await Supervisor.PostAsync($"{opened.Location}/{act}", "{}")).Status.ShouldBe(200);
        return opened.Value<Guid>("id");
    }

    /// <summary>Days pass, what fell due is settled, and every projection follows.</summary>
    public async Task LetPassAsync(TimeSpan span)
    {
        Time.Advance(span);
        while (await Services.GetRequiredService<DueWorkers>().SettleDueAsync() > 0) { }
        await FollowAsync();
    }

    public async Task FollowAsync()
    {
        foreach (var runner in Services.GetRequiredService<SubscriptionRunner[]>()) await runner.CatchUpAsync();
    }

    /// <summary>A little over three years.</summary>
    public Task LetThreeYearsPassAsync() => LetPassAsync(TimeSpan.FromDays(1_100));

    /// <summary>Has a run of retention made, to its end.</summary>
    public async Task<ApiAnswer> RunAsync(bool dryRun = false)
    {
        var asked = await Administrator.PostAsync("/v1/audit/retention/runs", $$"""{ "dryRun": {{(dryRun ? "true" : "false")}} }""");
        asked.Status.ShouldBe(202);
        return await DoneAsync(asked.Location!, Services.GetRequiredService<RetentionWorker>());
    }

    /// <summary>Works on a run, beside the service's own worker, until it is done.</summary>
    public async Task<ApiAnswer> DoneAsync(string run, RetentionWorker worker)
    {
        for (var tries = 0; tries < 2_000; tries++)
        {
            await worker.RunDueAsync();
            if (await Administrator.GetAsync(run) is var answer && answer.Text("state") == "done") return answer;
        }
        throw new TimeoutException("The run does not end.");
    }

    /// <summary>A worker with pages as small as a test needs them, on the first node's database or on another's.</summary>
    public RetentionWorker Worker(int pageSize, StoreDatabase? database = null)
    {
        var on = database ?? Database;
        var retirement = new TicketRetirement(on, new RecordedWork(on, new StoreSignals()), NullLogger<TicketRetirement>.Instance);
        return new RetentionWorker(on, retirement, Services.GetRequiredService<ConfiguredStreams>(), new RetentionOptions(new TimeOnly(18, 0)), Time, NullLogger<RetentionWorker>.Instance) { PageSize = pageSize };
    }

    /// <summary>Asks for a run without waking anybody.</summary>
    public async Task<string> AskAsync() => $"/v1/audit/retention/runs/{(await new RetentionRunQuery(Database.Pooled).AskAsync(null, "test", Time.Current, false))!.Id}";

    /// <summary>A checkpoint, signed by now, over all that there is.</summary>
    public async Task CheckpointAsync()
    {
        await FollowAsync();
        var head = await ScalarAsync<long>("select max(seq_id) from events.mt_events");
        (await Services.GetRequiredService<CheckpointWorker>().CoverAsync(head, TimeSpan.FromMinutes(1))).Checkpoint.ShouldNotBeNull().Position.ShouldBeGreaterThanOrEqualTo(head);
    }

    public async Task PutRulesAsync(string rules) => (await Administrator.PutAsync("/v1/audit/retention/rules", rules)).Status.ShouldBe(200);

    public async Task<T> ScalarAsync<T>(string sql, params object[] values)
    {
        await using var command = Sql.CreateCommand(sql);
        foreach (var value in values) command.Parameters.Add(new() { Value = value });
        return (T)(await command.ExecuteScalarAsync())!;
    }

    public async Task<int> ExecuteAsync(string sql, params object[] values)
    {
        await using var command = Sql.CreateCommand(sql);
        foreach (var value in values) command.Parameters.Add(new() { Value = value });
        return await command.ExecuteNonQueryAsync();
    }

    /// <summary>Every row of a table.</summary>
    public Task<string[]> RowsAsync(string table) => ScalarAsync<string[]>($"select coalesce(array_agg(r::text order by r::text), '{{}}') from {table} r");

    /// <summary>The tickets that records tell of, each as often as they do.</summary>
    public Task<Guid[]> RecordedAsync(string type) => ScalarAsync<Guid[]>("""
        select coalesce(array_agg((s ->> 'streamId')::uuid), '{}') from events.mt_events e cross join lateral jsonb_array_elements(e.data -> 'streams') s where e.type = $1
        """, type);

    /// <summary>The tickets of that list that still have a stream.</summary>
    public Task<Guid[]> ThereAsync(IEnumerable<Guid> tickets) => ScalarAsync<Guid[]>("select coalesce(array_agg(id), '{}') from events.mt_streams where id = any($1)", tickets.ToArray());
}
