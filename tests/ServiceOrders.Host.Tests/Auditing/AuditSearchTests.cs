using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using ServiceOrders.EventStore;
using ServiceOrders.Host.Tests.Given;
using ServiceOrders.ReadModels.Auditing;

namespace ServiceOrders.Host.Tests.Auditing;

/// <summary>Row A1 across tickets: who did what, when, through which channel, for whom and about what.</summary>
public class AuditSearchTests(RunningService service) : IClassFixture<RunningService>
{
    private static readonly Guid Customer = new("0199aaaa-0000-7000-8000-000000000001");

    [Fact]
    public async Task Events_are_found_by_who_did_them_across_tickets_and_configuration()
    {
        var wu = await service.RegisterAsync("/v1/staff", """{ "name": "wu", "role": "supervisor" }""");
        var (one, other) = (await service.OpenAsync(), await service.OpenAsync());
        foreach (var ticket in new[] { one, other }) (await wu.PostAsync($"{ticket}/note", """{ "text": "秘密" }""")).Status.ShouldBe(200);

        var found = await FindAsync("actor=staff:wu");
        found.Where(e => TypeOf(e) == "note_added").Select(e => $"/v1/tickets/{e["ticketId"]!.GetValue<string>()}").ShouldBe([one, other]);
        (await FindAsync("actor=wu")).Select(e => e.ToJsonString()).ShouldBe(found.Select(e => e.ToJsonString()), "only the name will do");
        (await FindAsync("actor=staff:wu&type=ticket_opened")).ShouldBeEmpty();
        (await FindAsync("actor=channel:wu")).ShouldBeEmpty();
        var registered = (await FindAsync("type=staff_registered&actor=administrator")).Last();
        (registered["streamType"]!.GetValue<string>(), registered["streamName"]!.GetValue<string>(), registered["ticketId"], registered["number"]).ShouldBe(("staff", "wu", null, null));
    }

    [Theory]
    [InlineData("channel=wechat-shop", "channel=wechat-shop&channel=wechat-shop")]
    [InlineData("type=ticket_opened", "type=ticket_opened,ticket_opened")]
    public async Task What_is_asked_for_twice_is_told_once(string once, string twice)
    {
        await service.OpenAsync();
        var found = (await FindAsync(once)).Select(e => e["position"]!.GetValue<long>()).ToArray();
        found.ShouldNotBeEmpty();
        (await FindAsync(twice)).Select(e => e["position"]!.GetValue<long>()).ShouldBe(found);
    }

    [Fact]
    public async Task An_item_tells_what_the_tickets_history_tells_without_what_is_sealed()
    {
        var ticket = await service.OpenAsync();
        (await service.Agent.PostAsync($"{ticket}/acknowledge", """{ "text": "您好王芳" }""")).Status.ShouldBe(200);
        var view = (await service.Agent.GetAsync(ticket)).Json;
        var found = await FindAsync($"ticket={view["number"]}");
        found.Select(e => e["number"]!.GetValue<string>()).Distinct().ShouldBe([view["number"]!.GetValue<string>()]);
        var history = (await service.Agent.GetAsync($"{ticket}/history?limit=500")).Items;
        found.Length.ShouldBe(history.Count);
        foreach (var (item, told) in found.Zip(history))
        {
            foreach (var (member, value) in told!.AsObject().Where(m => m.Key != "data")) item[member]?.ToJsonString().ShouldBe(value?.ToJsonString(), member);
            item["data"]!.AsObject().Select(m => m.Key).ShouldBe(told["data"]!.AsObject().Select(m => m.Key));
        }
        var opened = found[0]["data"]!;
        (opened["description"]!.GetValue<string>(), opened["contact"]!.GetValue<string>(), opened["kind"]!.GetValue<string>()).ShouldBe(("[sealed]", "[sealed]", "repair"));
        var told2 = string.Concat(found.Select(e => e.ToJsonString(new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping })));
        foreach (var secret in (string[])["王芳", "138 0000", "指示灯", "您好", "s1."]) told2.ShouldNotContain(secret);
    }

    [Fact]
    public async Task Events_are_found_by_channel_kind_period_customer_and_equipment_alone_and_together()
    {
        var start = service.Time.Current.AddMinutes(1);
        service.Time.Advance(TimeSpan.FromMinutes(2));
        var mine = await OpenAsync(service.Shop, "SN-SEARCH-1", Customer);
        service.Time.Advance(TimeSpan.FromMinutes(2));
        var middle = service.Time.Current;
        var others = await OpenAsync(service.OtherShop, "SN-SEARCH-2", null);
        await service.Agent.PostAsync($"{mine}/assign", """{ "team": "hardware" }""");

        (await TicketsAsync($"customer={Customer}")).ShouldBe([mine]);
        (await TicketsAsync("equipment=SN-SEARCH-2")).ShouldBe([others]);
        (await FindAsync($"customer={Customer}&type=ticket_assigned")).Length.ShouldBe(1);
        (await TicketsAsync($"channel=web-shop&from={Text(start)}")).ShouldBe([others]);
        (await TicketsAsync($"type=ticket_opened&from={Text(start)}&to={Text(middle)}")).ShouldBe([mine]);
        (await TicketsAsync($"type=ticket_opened&from={Text(middle)}")).ShouldBe([others]);
        (await TicketsAsync($"type=ticket_opened,ticket_assigned&from={Text(start)}&equipment=SN-SEARCH-1&channel=wechat-shop")).ShouldBe([mine]);
        (await FindAsync($"equipment=SN-SEARCH-1&customer={Guid.CreateVersion7()}")).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_serial_number_that_is_told_later_leads_to_what_happened_before()
    {
        var ticket = (await service.Shop.PostAsync("/v1/tickets", """{ "description": "坏了", "kind": "repair", "contact": { "phone": "+86 138 0000 0001" } }""")).Location!;
        (await service.Agent.PostAsync($"{ticket}/supply-information", """{ "product": { "model": "X9", "serialNumber": "SN-LATE" } }""")).Status.ShouldBe(200);
        (await FindAsync("equipment=SN-LATE")).Select(TypeOf).First().ShouldBe("ticket_opened");
    }

    [Fact]
    public async Task Pages_by_cursor_are_the_whole_in_order_also_while_events_come_in()
    {
        for (var i = 0; i < 5; i++) await service.OpenAsync();
        var before = await FindAsync("channel=wechat-shop");
        var read = new List<string>();
        string? cursor = null;
        do
        {
            await service.OpenAsync();
            await CatchUpAsync();
            var page = (await service.Auditor.GetAsync($"/v1/audit/events?channel=wechat-shop&limit=2{(cursor is null ? "" : "&cursor=" + cursor)}")).Json;
            read.AddRange(page["items"]!.AsArray().Select(e => e!["eventId"]!.GetValue<string>()));
            cursor = (string?)page["nextCursor"];
        }
        while (cursor is not null && read.Count < before.Length);
        read.Take(before.Length).ShouldBe(before.Select(e => e["eventId"]!.GetValue<string>()));
        read.ShouldBeUnique();
    }

    [Fact]
    public async Task An_answer_says_how_far_the_index_is_and_goes_on_there()
    {
        await service.OpenAsync();
        await CatchUpAsync();
        var all = (await service.Auditor.GetAsync("/v1/audit/events?type=ticket_opened&limit=500")).Json;
        all["nextCursor"].ShouldBeNull();
        (all["index"]!["behind"]!.GetValue<long>(), all["index"]!["stopped"]!.GetValue<bool>()).ShouldBe((0, false));
        var position = all["index"]!["position"]!.GetValue<long>();
        var ticket = await service.OpenAsync();
        await CatchUpAsync();
        var since = (await service.Auditor.GetAsync($"/v1/audit/events?type=ticket_opened&cursor={position}")).Items;
        since.Select(e => $"/v1/tickets/{e!["ticketId"]!.GetValue<string>()}").ShouldBe([ticket]);
    }

    [Fact]
    public async Task Only_auditors_and_administrators_ask_and_nonsense_is_refused_by_name()
    {
        foreach (var other in new[] { service.Shop, service.Agent }) (await other.GetAsync("/v1/audit/events")).Problem.ShouldBe("forbidden");
        (await service.Administrator.GetAsync("/v1/audit/events?limit=1")).Status.ShouldBe(200);
        foreach (var (query, field) in new[] { ("type=ticket_opend", "type"), ("customer=wang", "customer"), ("ticket=SO-1", "ticket"), ("cursor=x", "cursor"), ("from=yesterday", "from") })
        {
            var answer = await service.Auditor.GetAsync("/v1/audit/events?" + query);
            (answer.Problem, answer.Fields.Single()).ShouldBe(("invalid-parameter", field));
        }
        (await service.Auditor.GetAsync("/v1/audit/events?who=li-wei")).Problem.ShouldBe("unknown-parameter");
    }

    [Fact]
    public async Task A_rebuilt_index_is_the_one_that_followed()
    {
        await service.OpenAsync();
        await CatchUpAsync();
        var database = service.Services.GetRequiredService<StoreDatabase>();
        var before = await RowsAsync();
        before.Length.ShouldBeGreaterThan(5);
        await new ProjectionRebuild(database, new AuditIndex()).RunAsync();
        (await RowsAsync()).ShouldBe(before);

        async Task<string[]> RowsAsync()
        {
            await using var command = database.Pooled.CreateCommand("""
                select coalesce(array_agg(r order by r), '{}') from (select to_jsonb(e)::text r from read.audit_events e union all select to_jsonb(s)::text from read.audit_streams s
                union all select to_jsonb(q)::text from read.audit_equipment q) rows
                """);
            return (string[])(await command.ExecuteScalarAsync())!;
        }
    }

    private static async Task<string> OpenAsync(ApiClient shop, string serial, Guid? customer) => (await shop.PostAsync("/v1/tickets", $$"""
        { "kind": "repair", "description": "坏了", "product": { "model": "X200", "serialNumber": "{{serial}}" }, "contact": { "phone": "+86 138 0000 0001" },
          "customerId": {{(customer is null ? "null" : $"\"{customer}\"")}} }
        """)).Location!;

    private async Task<string[]> TicketsAsync(string query) => [.. (await FindAsync(query)).Select(e => $"/v1/tickets/{e["ticketId"]!.GetValue<string>()}").Distinct()];

    private async Task<JsonNode[]> FindAsync(string query)
    {
        await CatchUpAsync();
        var answer = await service.Auditor.GetAsync($"/v1/audit/events?limit=500&{query}");
        answer.Status.ShouldBe(200, answer.Body);
        return [.. answer.Items.Select(e => e!)];
    }

    private async Task CatchUpAsync()
    {
        foreach (var runner in service.Services.GetRequiredService<SubscriptionRunner[]>()) await runner.CatchUpAsync();
    }

    private static string TypeOf(JsonNode item) => item["type"]!.GetValue<string>();

    private static string Text(DateTimeOffset instant) => instant.ToString("yyyy-MM-ddTHH:mm:ssZ", System.Globalization.CultureInfo.InvariantCulture);
}
