using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using ServiceOrders.EventStore;
using ServiceOrders.Host.Tests.Given;

namespace ServiceOrders.Host.Tests.Auditing;

/// <summary>Exports of events: whole or recognizably cut, of any size, and themselves logged.</summary>
public class AuditExportTests(RunningService service) : IClassFixture<RunningService>
{
    private const int ManyEvents = 30_000;
    private static readonly Guid Padding = Guid.CreateVersion7();

    [Fact]
    public async Task An_export_has_what_the_search_finds_and_says_at_its_end_that_it_is_whole()
    {
        var ticket = await service.OpenAsync();
        await CatchUpAsync();
        var number = (await service.Agent.GetAsync(ticket)).Text("number");
        var found = (await service.Auditor.GetAsync($"/v1/audit/events?ticket={number}&limit=500")).Items;
        var export = await service.Auditor.GetAsync($"/v1/audit/export?ticket={number}");
        export.MediaType.ShouldBe("application/x-ndjson");
        var lines = export.Body.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => JsonNode.Parse(l)!).ToArray();
        lines[..^1].Select(l => l.ToJsonString()).ShouldBe(found.Select(f => f!.ToJsonString()));
        var end = lines[^1]["end"]!;
        (end["count"]!.GetValue<long>(), end["lastPosition"]!.GetValue<long>()).ShouldBe((found.Count, found[^1]!["position"]!.GetValue<long>()));
    }

    [Fact]
    public async Task As_csv_it_has_a_record_for_each_event_and_one_at_the_end()
    {
        var ticket = await service.OpenAsync();
        await CatchUpAsync();
        var export = await service.Auditor.GetAsync($"/v1/audit/export?format=csv&ticket={ticket["/v1/tickets/".Length..]}");
        export.MediaType.ShouldBe("text/csv");
        var records = export.Body.Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        records[0].ShouldStartWith("record,position,eventId,");
        records[1..^1].ShouldAllBe(r => r.StartsWith("event,", StringComparison.Ordinal));
        records[^1].ShouldStartWith("end,");
        records[^1].ShouldContain($"\"\"count\"\":{records.Length - 2}");
        export.Body.ShouldContain("ticket_opened");
        foreach (var secret in (string[])["王芳", "138 0000", "指示灯"]) export.Body.ShouldNotContain(secret);
    }

    [Fact]
    public async Task Who_exported_what_is_stored_before_anything_goes_out_and_how_many_there_were_at_the_end()
    {
        await service.OpenAsync();
        await CatchUpAsync();
        var exported = await service.Auditor.GetAsync("/v1/audit/export?type=ticket_opened&channel=wechat-shop");
        var end = JsonNode.Parse(exported.Body.Split('\n', StringSplitOptions.RemoveEmptyEntries)[^1])!["end"]!;
        await CatchUpAsync();
        var told = (await service.Administrator.GetAsync("/v1/audit/events?type=audit_export_started,audit_exported&actor=sun-li&limit=500")).Items
            .Where(e => e!["streamId"]!.GetValue<string>() == end["exportId"]!.GetValue<string>()).Select(e => e!).ToArray();
        told.Select(e => (e["type"]!.GetValue<string>(), e["streamType"]!.GetValue<string>())).ShouldBe([("audit_export_started", "audit_export"), ("audit_exported", "audit_export")]);
        (told[0]["data"]!["filter"]!["types"]!.ToJsonString(), told[0]["data"]!["filter"]!["channels"]!.ToJsonString()).ShouldBe(("[\"ticket_opened\"]", "[\"wechat-shop\"]"));
        (told[1]["data"]!["count"]!.GetValue<long>(), told[1]["data"]!["complete"]!.GetValue<bool>()).ShouldBe((end["count"]!.GetValue<long>(), true));
    }

    [Fact]
    public async Task What_somebody_typed_into_a_filter_that_the_service_does_not_know_is_not_stored()
    {
        await service.OpenAsync();
        await CatchUpAsync();
        (await FilterToldAsync($"actor={Uri.EscapeDataString("王芳")},{Uri.EscapeDataString("staff:赵敏")}&channel=wechat-shop,secret-channel&equipment={Uri.EscapeDataString("+8613800000000")}"))
            .ShouldBe(("[\"[unknown]\"]", "[\"wechat-shop\",\"[unknown]\"]", "[unknown]"));
        (await FilterToldAsync("actor=wechat-shop,administrator&channel=wechat-shop&equipment=X200-0007731"))
            .ShouldBe(("[\"channel:wechat-shop\",\"staff:administrator\"]", "[\"wechat-shop\"]", "X200-0007731"));
        (await FilterToldAsync("actor=staff:administrator,system:administrator")).ShouldBe(("[\"staff:administrator\"]", "[]", null));
        (await FilterToldAsync("type=ticket_opened")).ShouldBe(("[]", "[]", null));
        (await service.CountAsync("events.mt_events where data::text like '%王芳%' or data::text like '%赵敏%' or data::text like '%8613800000000%' or data::text like '%secret-channel%'")).ShouldBe(0);

        async Task<(string Actors, string Channels, string? Equipment)> FilterToldAsync(string query)
        {
            var exported = await service.Auditor.GetAsync("/v1/audit/export?" + query);
            var id = JsonNode.Parse(exported.Body.Split('\n', StringSplitOptions.RemoveEmptyEntries)[^1])!["end"]!["exportId"]!.GetValue<Guid>();
            var told = JsonNode.Parse((await service.Services.GetRequiredService<IEventStore>().ReadStreamAsync(id))[0].Data)!["filter"]!;
            return (told["actors"]?.ToJsonString() ?? "[]", told["channels"]?.ToJsonString() ?? "[]", told["equipment"]?.GetValue<string>());
        }
    }

    [Fact]
    public async Task Clients_who_read_slowly_hold_nothing_in_the_database_and_little_memory_and_who_goes_away_ends_the_export()
    {
        await MakeManyEventsAsync();
        await CatchUpAsync();
        var before = GC.GetTotalMemory(true);
        using var http = new HttpClient();
        // They read nothing: what the connection cannot hold stays in the database.
        var slow = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => BeginAsync(http)));
        try
        {
            var quiet = 0;
            while (quiet < 500) quiet = await ScalarAsync(Busy) == 0 ? quiet + 1 : 0;
            (await ScalarAsync("select count(*) from pg_stat_activity where datname = current_database() and state like 'idle in transaction%' and query like '%read.audit_events%' and pid <> pg_backend_pid()")).ShouldBe(0);
            (GC.GetTotalMemory(true) - before).ShouldBeLessThan(60_000_000, "four exports of 60 MB each");
            (await service.Auditor.GetAsync("/v1/audit/export")).Problem.ShouldBe("overloaded", "a fifth");
        }
        finally
        {
            foreach (var response in slow) response.Dispose();
        }
        while (await ScalarAsync("select count(*) from events.mt_events where type = 'audit_exported' and (data ->> 'complete')::boolean = false") < 4) { }
        (await ScalarAsync("select max((data ->> 'count')::bigint) from events.mt_events where type = 'audit_exported' and (data ->> 'complete')::boolean = false")).ShouldBeLessThan(ManyEvents);

        // The place that they left is free, and who reads gets all.
        var whole = (await service.Auditor.GetAsync("/v1/audit/export")).Body;
        var end = JsonNode.Parse(whole[(whole.LastIndexOf('\n', whole.Length - 2) + 1)..])!["end"]!;
        end["count"]!.GetValue<long>().ShouldBeGreaterThan(ManyEvents);
        whole.Count(c => c == '\n').ShouldBe((int)end["count"]!.GetValue<long>() + 1);
    }

    [Fact]
    public async Task An_export_over_an_event_that_was_removed_behind_the_service_says_so_in_its_last_line_and_in_its_record()
    {
        var customer = Guid.CreateVersion7();
        (await service.Shop.PostAsync("/v1/tickets", RunningService.Request().Replace("\"customerId\": null", $"\"customerId\": \"{customer}\"", StringComparison.Ordinal))).Status.ShouldBe(201);
        await CatchUpAsync();
        var asked = $"/v1/audit/export?customer={customer}";
        var whole = Lines(await service.Auditor.GetAsync(asked));
        whole[^1]["end"]!["missing"]!.GetValue<long>().ShouldBe(0);
        var removed = whole[1]["position"]!.GetValue<long>();
        await ScalarAsync($"set session_replication_role = replica; delete from events.mt_events where seq_id = {removed}; set session_replication_role = origin; select 1::bigint");

        var cut = Lines(await service.Auditor.GetAsync(asked));

        cut[..^1].Select(l => l.ToJsonString()).ShouldBe(whole[..^1].Where(l => l["position"]!.GetValue<long>() != removed).Select(l => l.ToJsonString()));
        var end = cut[^1]["end"]!;
        (end["count"]!.GetValue<long>(), end["missing"]!.GetValue<long>()).ShouldBe((whole.Length - 2, 1));
        (await ScalarAsync($"select (data ->> 'missing')::bigint from events.mt_events where type = 'audit_exported' and stream_id = '{end["exportId"]}'")).ShouldBe(1);
        var csv = (await service.Auditor.GetAsync(asked + "&format=csv")).Body;
        csv.ShouldContain("\"\"missing\"\":1");
    }

    [Fact]
    public async Task Only_auditors_and_administrators_export_and_nonsense_is_refused()
    {
        foreach (var other in new[] { service.Shop, service.Agent }) (await other.GetAsync("/v1/audit/export")).Problem.ShouldBe("forbidden");
        (await service.Auditor.GetAsync("/v1/audit/export?format=xml")).Problem.ShouldBe("invalid-parameter");
        (await service.Auditor.GetAsync("/v1/audit/export?limit=5")).Problem.ShouldBe("unknown-parameter");
    }

    private const string Busy = "select count(*) from pg_stat_activity where datname = current_database() and state <> 'idle' and query like '%read.audit_events%' and pid <> pg_backend_pid()";

    private async Task<HttpResponseMessage> BeginAsync(HttpClient http)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(service.Address, "/v1/audit/export"));
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", RunningService.AdministratorKey);
        return await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
    }

    /// <summary>60 MB of events, written past the service, but under its append lock: what follows the events must not pass them by.</summary>
    private async Task MakeManyEventsAsync()
    {
#pragma warning disable CA2100 // the tests' own text
        await using var command = service.Services.GetRequiredService<StoreDatabase>().Pooled.CreateCommand($$$"""
            select pg_advisory_xact_lock(21327, 1);
            insert into events.mt_streams (id, type, version) values ('{{{Padding}}}', 'padding', {{{ManyEvents}}});
            insert into events.mt_events (seq_id, id, stream_id, version, data, type, timestamp, headers, user_name)
            select nextval('events.mt_events_sequence'), gen_random_uuid(), '{{{Padding}}}', n, jsonb_build_object('padding', padding.text), 'padding_added', now(),
                   '{"occurredAt":"2026-03-02T01:00:00Z","actor":{"kind":"System","id":"test"}}', 'system:test'
            from (select string_agg(md5(m::text), '') as text from generate_series(1, 60) m) padding, generate_series(1, {{{ManyEvents}}}) n
            """);
#pragma warning restore CA2100
        await command.ExecuteNonQueryAsync();
    }

    private async Task<long> ScalarAsync(string sql)
    {
#pragma warning disable CA2100 // the tests' own texts
        await using var command = service.Services.GetRequiredService<StoreDatabase>().Pooled.CreateCommand(sql);
#pragma warning restore CA2100
        return (long)(await command.ExecuteScalarAsync())!;
    }

    private static JsonNode[] Lines(ApiAnswer export) => [.. export.Body.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => JsonNode.Parse(l)!)];

    private async Task CatchUpAsync()
    {
        foreach (var runner in service.Services.GetRequiredService<SubscriptionRunner[]>()) await runner.CatchUpAsync();
    }
}
