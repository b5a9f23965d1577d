using System.Diagnostics;
using System.Security.Cryptography;
using System.Text.RegularExpressions;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Npgsql;
using ServiceOrders.EventStore;
using ServiceOrders.Host.Composition;
using ServiceOrders.Host.Privacy;
using ServiceOrders.Host.Tests.Given;
using ServiceOrders.Testing;

namespace ServiceOrders.Host.Tests.Privacy;

/// <summary>Row K5: a story with every act and with failures is told, then the customer is erased. What is looked through then is everything: tables, a dump, logs, activities, metrics, answers.</summary>
public sealed class NothingLeftTests(TestServer server) : IAsyncLifetime
{
    private readonly Telltales _telltales = new();
    private readonly ManualTime _time = new(new DateTimeOffset(2026, 3, 2, 1, 0, 0, TimeSpan.Zero));
    private readonly Guid _customer = Guid.CreateVersion7();
    private string _database = "";
    private WebApplication _app = null!;
    private ApiClient _shop = null!, _agent = null!, _auditor = null!;

    public async ValueTask InitializeAsync()
    {
        _database = await server.CreateDatabaseAsync();
        _app = await RunningService.StartAsync(_database, _time, builder => builder.Logging.AddProvider(_telltales).SetMinimumLevel(LogLevel.Trace));
        _shop = Client((await Administrator.PostAsync("/v1/channels", """{ "name": "wechat-shop", "medium": "wechat" }""")).Text("apiKey"));
        _agent = Client((await Administrator.PostAsync("/v1/staff", """{ "name": "li-wei", "role": "agent" }""")).Text("apiKey"));
        _auditor = Client((await Administrator.PostAsync("/v1/staff", """{ "name": "sun-li", "role": "auditor" }""")).Text("apiKey"));
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopServiceOrdersAsync();
        await server.DropDatabaseAsync(_database);
        _telltales.Dispose();
    }

    [Fact]
    public async Task Logs_traces_and_metrics_of_a_whole_story_with_its_failures_carry_nothing_personal()
    {
        var id = await AStory();
        await Failures(id);

        // All of it was listened to.
        _telltales.Told.ShouldContain(line => line.Contains("/v1/tickets/{idOrNumber}/diagnose", StringComparison.Ordinal));
        _telltales.Told.ShouldContain(line => line.StartsWith("activity", StringComparison.Ordinal));
        _telltales.Told.ShouldContain(line => line.StartsWith("http.server", StringComparison.Ordinal));
        _telltales.Told.ShouldContain(line => line.Contains("privacy.subject_keys", StringComparison.Ordinal), "the database's own activities or logs");
        foreach (var line in _telltales.Told) Secrets.Within(line).ShouldBeEmpty(line);
    }

    [Fact]
    public async Task After_an_erasure_nothing_of_the_person_is_left_in_any_table_dump_log_or_answer_and_history_replays()
    {
        var id = await AStory();
        var imported = await AnImport();
        foreach (var secret in Secrets.All.Where(s => s is not ("secret-imported" or "secret-behalf"))) (await _agent.GetAsync($"/v1/tickets/{id}/history?limit=500")).Body.ShouldContain(secret);
        (await _agent.GetAsync($"/v1/tickets/{imported}/history")).Body.ShouldContain("secret-behalf");
        var versions = (await _agent.GetAsync($"/v1/tickets/{id}")).Value<long>("version");
        var sealedBefore = Secrets.Within(string.Join('\n', await OpenableAsync()));
        foreach (var secret in Secrets.All.Where(s => s != "secret-behalf")) sealedBefore.ShouldContain(secret, "whoever has database and master key could read it");

        var erased = await Administrator.PostAsync($"/v1/audit/subjects/{_customer}/erase", """{ "reference": "DSR-1" }""");
        (erased.Status, erased.Value<int>("clearedTickets")).ShouldBe((200, 2), erased.Body);
        await SettleAsync();

        foreach (var (table, rows) in await TablesAsync()) Secrets.Within(rows).ShouldBeEmpty(table);
        Secrets.Within(await DumpAsync()).ShouldBeEmpty("pg_dump");
        Secrets.Within(string.Join('\n', await OpenableAsync())).ShouldBeEmpty("sealed texts that a key that is still there opens");
        foreach (var path in Reads(id).Concat(Reads(imported)))
            foreach (var client in new[] { _agent, _shop, _auditor, Administrator }) Secrets.Within((await client.GetAsync(path)).Body).ShouldBeEmpty(path);
        foreach (var line in _telltales.Told) Secrets.Within(line).ShouldBeEmpty(line);

        // It is all still there, but for what was personal.
        var history = (await _auditor.GetAsync($"/v1/tickets/{id}/history?limit=500")).Items;
        history.Count.ShouldBe((int)versions + 1);
        history[0]!["data"]!["erased"]!.GetValue<bool>().ShouldBeTrue();
        history[^1]!["type"]!.GetValue<string>().ShouldBe("personal_data_erased");
        for (var version = 1; version <= versions; version++)
        {
            foreach (var path in new[] { $"/v1/tickets/{id}?version={version}", $"/v1/tickets/{id}/history/{version}" })
            {
                var past = await _agent.GetAsync(path);
                past.Status.ShouldBe(200, path);
                Secrets.Within(past.Body).ShouldBeEmpty(path);
            }
        }
    }

    [Fact]
    public async Task The_search_finds_what_stands_somewhere_in_any_of_the_forms_that_it_knows()
    {
        var bytes = Encoding.UTF8.GetBytes("描述秘密");
        await ExecuteAsync("create table public.leak (plain text, bytes bytea, escaped text, url text)");
        foreach (var (column, value) in new (string, object)[]
        {
            ("plain", "x描述秘密x"), ("bytes", bytes), ("escaped", "\"\\u63cf\\u8ff0\\u79d8\\u5bc6\""), ("url", System.Buffers.Text.Base64Url.EncodeToString([1, .. bytes, 2])),
        })
        {
            await ExecuteAsync("delete from public.leak");
            await ExecuteAsync($"insert into public.leak ({column}) values ($1)", value);
            Secrets.Within((await TablesAsync())["public.leak"]).ShouldBe(["描述秘密"], column);
            Secrets.Within(await DumpAsync()).ShouldBe(["描述秘密"], column);
        }
    }

    /// <summary>One ticket with every act.</summary>
    private async Task<Guid> AStory()
    {
        var opened = await _shop.PostAsync("/v1/tickets", Secrets.Opening(_customer), ("Idempotency-Key", "secret-note"));
        opened.Status.ShouldBe(201, opened.Body);
        var id = opened.Value<Guid>("id");
        foreach (var (byStaff, act, body) in Secrets.Acts)
        {
            var done = await (byStaff ? _agent : _shop).PostAsync($"/v1/tickets/{id}/{act}", body, ("Idempotency-Key", $"{act}-{Guid.CreateVersion7()}"));
            done.Status.ShouldBe(200, act + done.Body);
            _time.Advance(TimeSpan.FromSeconds(1));
        }
        return id;
    }

    private async Task<Guid> AnImport()
    {
        var line = $$"""
            { "channel": "wechat-shop", "externalReference": "OLD-1", "kind": "repair", "description": "secret-imported", "customerId": "{{_customer}}", "occurredAt": "2025-01-01T00:00:00Z", "by": "secret-behalf",
              "acts": [ { "act": "cancel", "occurredAt": "2025-01-02T00:00:00Z" } ] }
            """.ReplaceLineEndings(" ");
        var answer = await Administrator.SendAsync(HttpMethod.Post, "/v1/imports?detail=true", new StringContent(line, Encoding.UTF8, "application/x-ndjson"));
        return System.Text.Json.Nodes.JsonNode.Parse(answer.Body.Split('\n').First(l => l.Contains("\"number\"", StringComparison.Ordinal)))!["id"]!.GetValue<Guid>();
    }

    /// <summary>Whatever can go wrong with what holds personal data.</summary>
    private async Task Failures(Guid id)
    {
        string[] bodies =
        [
            """{ "text": "secret-note" """, """{ "text": "secret-note", "secret-note": 1 }""", """{ "text": ["secret-note"] }""", $$"""{ "text": "secret-note{{new string('x', 20_000)}}" }""", """{ "text": "secret-note", "text": "secret-note" }""",
        ];
        foreach (var body in bodies) (await _agent.PostAsync($"/v1/tickets/{id}/note", body)).Status.ShouldBeOneOf(400, 422);
        (await _shop.PostAsync("/v1/tickets", """{ "description": "描述秘密", "contact": { "name": "姓名秘密", "email": "secret@example" , "phone": 13800138000 } }""")).Status.ShouldBe(400);
        (await _agent.PostAsync($"/v1/tickets/{id}/reopen", """{ "reason": "secret-reason", "occurredAt": "2099-01-01T00:00:00Z" }""")).Status.ShouldBe(422);
        (await _shop.PostAsync("/v1/tickets", Secrets.Opening(_customer).Replace("描述秘密", "另外", StringComparison.Ordinal), ("Idempotency-Key", "secret-note"))).Status.ShouldBe(422);
        // The database goes away in the middle: nothing of what it was told is quoted.
        var database = _app.Services.GetRequiredService<StoreDatabase>();
        await using (var killer = await database.Dedicated.OpenConnectionAsync())
        await using (var kill = new NpgsqlCommand("select count(pg_terminate_backend(pid)) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()", killer)) await kill.ExecuteNonQueryAsync();
        var after = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => _agent.PostAsync($"/v1/tickets/{id}/note", """{ "text": "secret-note" }""")));
        after.ShouldAllBe(answer => answer.Status == 200 || answer.Status == 503 || answer.Status == 409);
        // A constraint is broken by what a request says.
        await ExecuteAsync("alter table read.tickets_g1 add constraint breaks check (length(doc) < 10) not valid");
        (await _agent.PostAsync($"/v1/tickets/{id}/note", """{ "text": "secret-note" }""")).Status.ShouldBe(500);
        await ExecuteAsync("alter table read.tickets_g1 drop constraint breaks");
    }

    private IEnumerable<string> Reads(Guid id) => _app.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
        .Where(e => e.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods.Contains("GET") == true).Select(e => e.RoutePattern.RawText!).Where(p => p.StartsWith("/v1", StringComparison.Ordinal)).Distinct()
        .Select(p => string.Join('/', p.Split('/').Select(part => part.StartsWith("{version", StringComparison.Ordinal) ? "1" : part.StartsWith('{') ? id.ToString() : part)));

    private async Task SettleAsync()
    {
        await _app.Services.GetRequiredService<AccessJournal>().FlushAsync();
        foreach (var runner in _app.Services.GetRequiredService<SubscriptionRunner[]>()) await runner.CatchUpAsync();
    }

    private async Task<IReadOnlyDictionary<string, string>> TablesAsync()
    {
        Dictionary<string, string> tables = [];
        var names = await ScalarAsync<string[]>("select array_agg(format('%I.%I', schemaname, tablename) order by 1) from pg_tables where schemaname not in ('pg_catalog', 'information_schema')");
        foreach (var name in names) tables[name] = await ScalarAsync<string>($"select coalesce(string_agg(r::text, E'\\n'), '') from {name} r");
        tables.ShouldContainKey("events.mt_events");
        return tables;
    }

    /// <summary>What becomes of every sealed text that stands anywhere in the database, if somebody with the master key tries every key that is there.</summary>
    private async Task<IReadOnlyList<string>> OpenableAsync()
    {
        var masters = _app.Services.GetRequiredService<MasterKeys>();
        List<SubjectKey> keys = [];
        await using (var connection = await _app.Services.GetRequiredService<StoreDatabase>().Dedicated.OpenConnectionAsync())
        await using (var query = new NpgsqlCommand("select subject_id, wrapped_key, master_key_id from privacy.subject_keys where wrapped_key is not null", connection))
        await using (var rows = await query.ExecuteReaderAsync())
            while (await rows.ReadAsync()) keys.Add(new SubjectKey(rows.GetGuid(0), masters.Of(rows.GetString(2)).Unwrap(rows.GetGuid(0), rows.GetFieldValue<byte[]>(1))));
        var texts = (await TablesAsync()).Values.SelectMany(rows => Regex.Matches(rows, @"s1\.[A-Za-z0-9_-]+").Select(m => m.Value)).Distinct().ToList();
        texts.Count.ShouldBeGreaterThan(20);
        return [.. texts.SelectMany(text => keys.Select(key => Opened(key, text))).OfType<string>()];
    }

    private static string? Opened(SubjectKey key, string text)
    {
        try
        {
            return key.TryUnseal(text);
        }
        catch (CryptographicException)
        {
            return null;
        }
    }

    /// <summary>What <c>pg_dump</c> writes.</summary>
    private async Task<string> DumpAsync()
    {
        var connection = new NpgsqlConnectionStringBuilder(_database);
        var installed = Directory.Exists("/usr/lib/postgresql") ? Directory.EnumerateFiles("/usr/lib/postgresql", "pg_dump", SearchOption.AllDirectories).Max() : null;
        var start = new ProcessStartInfo(installed ?? "pg_dump") { RedirectStandardOutput = true, StandardOutputEncoding = Encoding.UTF8 };
        foreach (var (name, value) in new[] { ("PGHOST", connection.Host), ("PGPORT", $"{connection.Port}"), ("PGUSER", connection.Username), ("PGPASSWORD", connection.Password), ("PGDATABASE", connection.Database) })
            start.Environment[name] = value;
        using var process = Process.Start(start)!;
        var dump = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        process.ExitCode.ShouldBe(0);
        dump.ShouldContain("COPY events.mt_events");
        return dump;
    }

    private ApiClient Administrator => Client(RunningService.AdministratorKey);

    private ApiClient Client(string key) => new(new Uri(_app.Urls.First()), key);

    private async Task<T> ScalarAsync<T>(string sql)
    {
#pragma warning disable CA2100 // the tests' own texts
        await using var command = _app.Services.GetRequiredService<StoreDatabase>().Pooled.CreateCommand(sql);
#pragma warning restore CA2100
        return (T)(await command.ExecuteScalarAsync())!;
    }

    private async Task ExecuteAsync(string sql, params object[] values)
    {
#pragma warning disable CA2100 // the tests' own texts
        await using var command = _app.Services.GetRequiredService<StoreDatabase>().Pooled.CreateCommand(sql);
#pragma warning restore CA2100
        foreach (var value in values) command.Parameters.Add(new NpgsqlParameter { Value = value });
        await command.ExecuteNonQueryAsync();
    }
}
