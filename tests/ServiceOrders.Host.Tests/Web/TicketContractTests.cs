using System.Text.Json.Nodes;
using ServiceOrders.Host.Tests.Given;

namespace ServiceOrders.Host.Tests.Web;

/// <summary>The shapes that clients rely on, over HTTP.</summary>
public sealed class TicketContractTests(RunningService service) : IClassFixture<RunningService>
{
    private static readonly string[] TicketFields =
    [
        "id", "number", "version", "status", "kind", "urgency", "complexity", "channel", "externalReference", "openedAt", "missingInformation", "team", "assignee",
        "description", "product", "contact", "milestones", "tier",
    ];

    private static readonly string[] MilestoneFields =
    [
        "name", "cycle", "state", "startedAt", "dueAt", "provisional", "target", "calendar", "calendarVersion", "policy", "policyVersion", "pausedFor", "elapsed", "warnings",
        "metAt", "breachedAt", "overrun", "entry",
    ];

    [Fact]
    public async Task A_posted_request_is_a_ticket_with_an_address_a_version_and_promises()
    {
        var made = await service.Shop.PostAsync("/v1/tickets", RunningService.Request("WX-1"));
        made.Status.ShouldBe(201);
        made.Location.ShouldBe("/v1/tickets/" + made.Text("id"));
        made.ETag.ShouldBe($"\"{made.Value<long>("version")}\"");
        TicketFields.Except(Members(made.Json)).ShouldBeEmpty();
        MilestoneFields.Except(Members(made.Milestone("answer"))).ShouldBeEmpty();
        made.Text("number").ShouldStartWith("SO-");
        (made.Text("status"), made.Text("channel"), made.Text("description"), made.Text("tier")).ShouldBe(("open", "wechat-shop", "开机无反应,指示灯不亮", "standard"));
        made.Text("openedAt").ShouldEndWith("Z");
        made.Milestone("answer")["target"]!.ToJsonString().ShouldBe("""{"elapsed":"PT30S"}""");
        made.Milestone("resolution")["target"]!.ToJsonString().ShouldBe("""{"workingDays":4}""");
        Members(made.Milestone("answer")["warnings"]![0]!).ShouldContain("percent");

        var read = await service.Shop.GetAsync(made.Location!);
        (read.Status, read.ETag).ShouldBe((200, made.ETag));
        (await service.Agent.GetAsync("/v1/tickets/" + made.Text("number"))).Text("id").ShouldBe(made.Text("id"));
    }

    [Fact]
    public async Task A_reference_posted_again_answers_with_the_ticket_that_has_it()
    {
        var first = await service.Shop.PostAsync("/v1/tickets", RunningService.Request("WX-2"));
        var again = await service.Shop.PostAsync("/v1/tickets", RunningService.Request("WX-2"));
        (again.Status, again.Text("id")).ShouldBe((200, first.Text("id")));
        (await service.OtherShop.PostAsync("/v1/tickets", RunningService.Request("WX-2"))).Status.ShouldBe(201);
    }

    [Fact]
    public async Task A_repeat_with_the_same_key_answers_as_the_first_did_and_another_request_is_refused()
    {
        var first = await service.Shop.PostAsync("/v1/tickets", RunningService.Request(), ("Idempotency-Key", "one"));
        var again = await service.Shop.PostAsync("/v1/tickets", RunningService.Request(), ("Idempotency-Key", "one"));
        (again.Status, again.Text("id"), again.ETag, again.Location).ShouldBe((201, first.Text("id"), first.ETag, first.Location));
        var other = await service.Shop.PostAsync("/v1/tickets", RunningService.Request("WX-other"), ("Idempotency-Key", "one"));
        (other.Status, other.Problem).ShouldBe((422, "idempotency-key-reused"));
        (await service.OtherShop.PostAsync("/v1/tickets", RunningService.Request(), ("Idempotency-Key", "one"))).Status.ShouldBe(201, "keys are a caller's own");
    }

    [Fact]
    public async Task Repeats_that_arrive_together_make_one_ticket()
    {
        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => service.Shop.PostAsync("/v1/tickets", RunningService.Request(), ("Idempotency-Key", "together"))));
        answers.Where(a => a.Status == 201).Select(a => a.Text("id")).Distinct().Count().ShouldBe(1);
        answers.Where(a => a.Status != 201).ShouldAllBe(a => a.Status == 409 && a.Problem == "idempotency-in-progress" && a.RetryAfter != null);
        (await service.Shop.PostAsync("/v1/tickets", RunningService.Request(), ("Idempotency-Key", "together"))).Status.ShouldBe(201);
    }

    [Fact]
    public async Task An_act_answers_with_the_ticket_and_its_new_version_and_a_stale_one_is_refused()
    {
        var ticket = await service.OpenAsync();
        var before = await service.Agent.GetAsync(ticket);
        var done = await service.Agent.PostAsync(ticket + "/acknowledge", """{ "text": "收到" }""", ("If-Match", before.ETag!));
        (done.Status, done.Text("status")).ShouldBe((200, "acknowledged"));
        done.Value<long>("version").ShouldBeGreaterThan(before.Value<long>("version"));
        done.ETag.ShouldBe($"\"{done.Value<long>("version")}\"");

        var stale = await service.Agent.PostAsync(ticket + "/assign", """{ "team": "hardware" }""", ("If-Match", before.ETag!));
        (stale.Status, stale.Problem).ShouldBe((412, "stale-version"));
        (await service.Agent.GetAsync(ticket)).ETag.ShouldBe(done.ETag);
        (await service.Agent.PostAsync(ticket + "/assign", """{ "team": "hardware" }""", ("If-Match", "*"))).Text("team").ShouldBe("hardware");
    }

    [Fact]
    public async Task What_the_clock_wrote_makes_nobodys_version_stale()
    {
        var ticket = await service.OpenAsync();
        var before = await service.Agent.GetAsync(ticket);
        await service.LetPassAsync(TimeSpan.FromMinutes(1));
        var breached = await service.Agent.GetAsync(ticket);
        breached.Milestone("answer")["state"]!.GetValue<string>().ShouldBe("breached");
        breached.Milestone("answer")["breachedAt"]!.GetValue<string>().ShouldBe(before.Milestone("answer")["dueAt"]!.GetValue<string>());
        breached.Value<long>("version").ShouldBeGreaterThan(before.Value<long>("version"));
        (await service.Agent.PostAsync(ticket + "/contact", """{ "medium": "phone" }""", ("If-Match", before.ETag!))).Milestone("answer")["state"]!.GetValue<string>().ShouldBe("metLate");
    }

    [Fact]
    public async Task An_act_that_the_state_forbids_is_a_conflict_and_one_that_a_rule_forbids_is_not_processable()
    {
        var ticket = await service.OpenAsync();
        await service.Agent.PostAsync(ticket + "/cancel", "{}");
        var forbidden = await service.Agent.PostAsync(ticket + "/resolve", """{ "text": "x" }""");
        (forbidden.Status, forbidden.Problem).ShouldBe((409, "ticket-cancelled"));
        var other = await service.OpenAsync();
        var future = await service.Agent.PostAsync(other + "/acknowledge", """{ "occurredAt": "2030-01-01T00:00:00Z" }""");
        (future.Status, future.Problem).ShouldBe((422, "occurred-in-the-future"));
        var longAgo = await service.Agent.PostAsync(other + "/acknowledge", """{ "occurredAt": "1026-01-01T00:00:00Z", "reason": "a slip of the pen" }""");
        (longAgo.Status, longAgo.Problem, longAgo.Fields.Single()).ShouldBe((422, "occurred-too-long-ago", "occurredAt"));
        var opening = await service.Agent.PostAsync("/v1/tickets", RunningService.Request().Replace("\"occurredAt\": null", "\"occurredAt\": \"1026-01-01T00:00:00Z\", \"channel\": \"wechat-shop\", \"reason\": \"r\""));
        (opening.Status, opening.Problem, opening.Fields.Single()).ShouldBe((422, "occurred-too-long-ago", "occurredAt"));
        (await service.Agent.PostAsync(other + "/schedule-visit", """{ "at": "2201-01-01T00:00:00Z" }""")).Fields.ShouldBe(["at"]);
        (await service.Agent.PostAsync(other + "/rate", """{ "score": 6 }""")).Fields.ShouldBe(["score"]);
        (await service.Agent.PostAsync(other + "/fly", "{}")).Problem.ShouldBe("unknown-route");
    }

    [Fact]
    public async Task A_visit_is_agreed_agreed_anew_reached_and_over_and_the_ticket_shows_where_it_stands()
    {
        var ticket = await service.OpenAsync();
        (await service.Agent.GetAsync(ticket)).Json["visit"].ShouldBeNull();
        (await service.Agent.PostAsync(ticket + "/schedule-visit", "{}")).Status.ShouldBe(400);
        (await service.Agent.PostAsync(ticket + "/arrive", "{}")).Problem.ShouldBe("no-visit");
        (await service.Shop.PostAsync(ticket + "/schedule-visit", """{ "at": "2199-01-01T00:00:00Z" }""")).Status.ShouldBe(403);

        var first = await service.Agent.PostAsync(ticket + "/schedule-visit", """{ "at": "2199-01-01T09:00:00+08:00", "technician": "zhao-lei" }""");
        first.Json["visit"]!.ToJsonString().ShouldBe("""{"scheduledAt":"2199-01-01T01:00:00Z","until":null,"technician":"zhao-lei","arrivedAt":null,"completedAt":null}""");
        var other = await service.Agent.PostAsync(ticket + "/schedule-visit", """{ "at": "2199-01-02T01:00:00Z", "until": "2199-01-02T03:00:00Z", "reason": "客户改期" }""");
        other.Json["visit"]!["scheduledAt"]!.GetValue<string>().ShouldBe("2199-01-02T01:00:00Z");
        (await service.Agent.PostAsync(ticket + "/arrive", "{}")).Json["visit"]!["arrivedAt"].ShouldNotBeNull();
        (await service.Agent.PostAsync(ticket + "/schedule-visit", """{ "at": "2199-01-03T01:00:00Z" }""")).Problem.ShouldBe("visit-in-progress");
        (await service.Shop.GetAsync(ticket)).Json["visit"]!["completedAt"].ShouldBeNull();
        (await service.Agent.PostAsync(ticket + "/complete-visit", """{ "text": "好了" }""")).Json["visit"]!["completedAt"].ShouldNotBeNull();

        var told = (await service.Agent.GetAsync(ticket + "/history")).Items.Where(e => e!["type"]!.GetValue<string>().StartsWith("visit_", StringComparison.Ordinal)).ToArray();
        told.Select(e => e!["type"]!.GetValue<string>()).ShouldBe(["visit_scheduled", "visit_scheduled", "visit_arrived", "visit_completed"]);
        (told[1]!["data"]!["reason"]!.GetValue<string>(), told[3]!["data"]!["text"]!.GetValue<string>()).ShouldBe(("客户改期", "好了"));
    }

    [Fact]
    public async Task The_history_tells_every_event_in_pages_and_the_past_can_be_read()
    {
        var ticket = await service.OpenAsync();
        var opened = await service.Shop.GetAsync(ticket);
        var then = service.Time.Current;
        service.Time.Advance(TimeSpan.FromSeconds(5));
        await service.Agent.PostAsync(ticket + "/acknowledge", "{}");

        List<JsonNode> events = [];
        for (string? cursor = ""; cursor is not null;)
        {
            var page = await service.Agent.GetAsync($"{ticket}/history?limit=2" + (cursor.Length > 0 ? "&cursor=" + cursor : ""));
            page.Items.Count.ShouldBeInRange(1, 2);
            events.AddRange(page.Items.Select(e => e!));
            cursor = page.Json["nextCursor"]?.GetValue<string>();
        }
        events.Select(e => e["version"]!.GetValue<long>()).ShouldBe(Enumerable.Range(1, events.Count).Select(v => (long)v));
        string[] members = ["version", "position", "type", "occurredAt", "recordedAt", "actor", "channel", "correlationId", "causationId", "data"];
        foreach (var happened in events) members.Except(Members(happened)).ShouldBeEmpty();
        events[0]["type"]!.GetValue<string>().ShouldBe("ticket_opened");
        events[0]["actor"]!.ToJsonString().ShouldBe("""{"kind":"channel","id":"wechat-shop"}""");
        events.ShouldContain(e => e["type"]!.GetValue<string>() == "ticket_acknowledged");

        var version = opened.Value<long>("version");
        (await service.Agent.GetAsync($"{ticket}?version={version}")).Text("status").ShouldBe("open");
        (await service.Agent.GetAsync($"{ticket}?at={Uri.EscapeDataString(then.ToString("O"))}")).Text("status").ShouldBe("open");
        (await service.Agent.GetAsync(ticket)).Text("status").ShouldBe("acknowledged");
        (await service.Agent.GetAsync($"{ticket}?version=999")).Problem.ShouldBe("not-found");
        (await service.Agent.GetAsync($"{ticket}?version=1&at=2026-01-01T00:00:00Z")).Problem.ShouldBe("invalid-parameter");
    }

    [Fact]
    public async Task A_channel_sees_its_own_tickets_alone()
    {
        var ticket = await service.OpenAsync();
        await service.Agent.PostAsync(ticket + "/note", """{ "text": "internal" }""");
        foreach (var path in new[] { ticket, ticket + "/history", ticket + "?version=1" }) (await service.OtherShop.GetAsync(path)).Problem.ShouldBe("not-found");
        (await service.OtherShop.PostAsync(ticket + "/message", """{ "text": "x" }""")).Problem.ShouldBe("not-found");
        (await service.OtherShop.GetAsync("/v1/tickets?channel=wechat-shop")).Items.ShouldBeEmpty();
        (await service.Shop.GetAsync(ticket + "/history")).Items.ShouldNotContain(e => e!["type"]!.GetValue<string>() == "note_added");
        (await service.Shop.PostAsync("/v1/tickets", """{ "description": "x", "contact": { "phone": "1" }, "channel": "web-shop" }""")).Fields.ShouldBe(["channel"]);
    }

    [Fact]
    public async Task Staff_name_the_channel_that_they_open_in()
    {
        (await service.Agent.PostAsync("/v1/tickets", RunningService.Request())).Fields.ShouldBe(["channel"]);
        (await service.Agent.PostAsync("/v1/tickets", """{ "description": "x", "contact": { "phone": "1" }, "channel": "nobody" }""")).Fields.ShouldBe(["channel"]);
        var made = await service.Agent.PostAsync("/v1/tickets", """{ "description": "x", "contact": { "phone": "1" }, "channel": "web-shop" }""");
        (made.Status, made.Text("channel"), made.Text("medium")).ShouldBe((201, "web-shop", "web"));
    }

    [Fact]
    public async Task Lists_are_filtered_sorted_and_paged_and_show_a_change_at_once()
    {
        var shop = await service.RegisterAsync("/v1/channels", """{ "name": "list-shop", "medium": "app" }""");
        List<string> opened = [];
        for (var i = 0; i < 5; i++)
        {
            service.Time.Advance(TimeSpan.FromMilliseconds(1));
            opened.Add((await shop.PostAsync("/v1/tickets", RunningService.Request())).Text("id"));
        }
        await service.Agent.PostAsync($"/v1/tickets/{opened[2]}/acknowledge", "{}");
        (await shop.GetAsync("/v1/tickets?status=acknowledged,closed")).Items.Single()!["id"]!.GetValue<string>().ShouldBe(opened[2]);

        var first = await shop.GetAsync("/v1/tickets?sort=openedAt&order=ascending&limit=3");
        var second = await shop.GetAsync($"/v1/tickets?sort=openedAt&order=ascending&limit=3&cursor={first.Text("nextCursor")}");
        first.Items.Concat(second.Items).Select(t => t!["id"]!.GetValue<string>()).ShouldBe(opened);
        second.Json["nextCursor"].ShouldBeNull();
        (await shop.GetAsync($"/v1/tickets?sort=updatedAt&cursor={first.Text("nextCursor")}")).Fields.ShouldBe(["cursor"]);
    }

    private static IEnumerable<string> Members(JsonNode node) => node.AsObject().Select(m => m.Key);
}
