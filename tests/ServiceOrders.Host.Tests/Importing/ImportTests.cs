using System.Globalization;
using System.Text.Json.Nodes;
using ServiceOrders.Domain.Deadlines;
using ServiceOrders.Host.Importing;

namespace ServiceOrders.Host.Tests.Importing;

public class ImportTests(OldDesk desk) : IClassFixture<OldDesk>
{
    private static string Ago(double hours) => DateTimeOffset.UtcNow.AddHours(-hours).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    [Fact]
    public async Task A_line_is_a_ticket_with_its_whole_past()
    {
        var answers = await desk.Import(OldDesk.Line("past-1", more: "\"urgency\": \"urgent\","));

        var ticket = answers.Ticket("past-1");
        ticket.Skipped.ShouldBeFalse();
        var shown = await desk.Get($"/v1/tickets/{ticket.Id}");
        ((string?)shown["status"]).ShouldBe("closed");
        ((string?)shown["openedAt"]).ShouldBe("2016-03-01T09:00:00Z");
        ((string?)shown["channel"]).ShouldBe("old-desk");
        ((string?)shown["medium"]).ShouldBe("phone");
        ((string?)shown["urgency"]).ShouldBe("urgent");
        shown["contact"].ShouldBeNull();
        ((string?)shown["milestones"]!.AsArray().Single(m => (string?)m!["name"] == "resolution")!["state"]).ShouldBe("met");

        var history = (await desk.Get($"/v1/tickets/{ticket.Id}/history"))["items"]!.AsArray();
        history.Select(e => (bool)e!["historical"]!).ShouldAllBe(historical => historical);
        history.Where(e => (string?)e!["type"] is "ticket_opened" or "ticket_acknowledged" or "ticket_resolved" or "ticket_closed")
            .Select(e => ((string?)e!["actor"]!["id"], (string?)e["onBehalfOf"], ((string?)e["occurredAt"])![..10])).ShouldBe(
            [("administrator", "Eve", "2016-03-01"), ("administrator", "Ann", "2016-03-01"), ("administrator", "Bob", "2016-03-02"), ("administrator", null, "2016-03-05")]);
        var summary = answers.Summary();
        (summary.Lines, summary.Imported, summary.Skipped, summary.Rejected, summary.Events).ShouldBe((1, 1, 0, 0, history.Count));
        summary.Milestones.Sum(m => m.Cycles).ShouldBe(ticket.Milestones.Count);
    }

    [Fact]
    public async Task Whoever_the_log_names_for_what_a_customer_did_is_stored_sealed_and_read_in_the_clear()
    {
        var answers = await desk.Import("""
            { "externalReference": "sealed-by", "description": "x", "occurredAt": "2016-03-01T09:00:00Z", "by": "王芳秘密", "acts": [
              { "act": "message", "text": "?", "by": "王芳秘密", "occurredAt": "2016-03-01T10:00:00Z" }, { "act": "assign", "assignee": "ann", "by": "Bob", "occurredAt": "2016-03-01T11:00:00Z" } ] }
            """.ReplaceLineEndings(" "));
        var id = answers.Ticket("sealed-by").Id;
        (await desk.Scalar<long>("select count(*) from events.mt_events e where e::text like '%王芳秘密%'")).ShouldBe(0);
        (await desk.Scalar<long>($"select count(*) from events.mt_events where stream_id = '{id}' and headers ->> 'onBehalfOf' = 'Bob'")).ShouldBeGreaterThan(0);
        var history = (await desk.Get($"/v1/tickets/{id}/history"))["items"]!.AsArray();
        history.Where(e => (string?)e!["type"] is "ticket_opened" or "customer_message_received" or "ticket_assigned").Select(e => (string?)e!["onBehalfOf"]).ShouldBe(["王芳秘密", "王芳秘密", "Bob"]);
    }

    [Fact]
    public async Task A_name_that_would_pass_for_a_sealed_text_is_refused_and_named()
    {
        var answers = await desk.Import("""
            { "externalReference": "as-sealed", "description": "x", "occurredAt": "2016-03-01T09:00:00Z", "acts": [ { "act": "assign", "assignee": "ann", "by": "s1.Bob", "occurredAt": "2016-03-01T11:00:00Z" } ] }
            """.ReplaceLineEndings(" "));
        answers.Rejected().Single().Problem.Errors!.Keys.ShouldBe(["acts[0].by"]);
    }

    [Fact]
    public async Task A_line_with_a_name_that_is_no_text_is_refused_as_such()
    {
        var answers = await desk.Import("""{ "externalReference": "broken-name", "\ud800": 1 }""");
        answers.Rejected().Single().Problem.Status.ShouldBe(400);
    }

    [Fact]
    public async Task Bad_lines_in_the_middle_are_named_with_their_trouble_and_the_others_come_in()
    {
        var answers = await desk.Import(
            OldDesk.Line("bad-1"),
            "{ \"externalReference\": \"bad-2\", ",
            OldDesk.Line("bad-3", more: "\"colour\": \"red\","),
            OldDesk.Line("bad-4", "{ \"act\": \"paint\", \"occurredAt\": \"2016-03-02T10:00:00Z\" }"),
            "",
            OldDesk.Line("bad-6", "{ \"act\": \"close\", \"occurredAt\": \"2016-03-02T10:00:00Z\" }"),
            OldDesk.Line("bad-7", "{ \"act\": \"resolve\", \"occurredAt\": \"2116-03-02T10:00:00Z\" }"),
            OldDesk.Line("bad-8", "{ \"act\": \"hold\", \"reason\": \"boredom\", \"occurredAt\": \"2016-03-02T10:00:00Z\" }"),
            "{ \"occurredAt\": \"2016-03-02T10:00:00Z\" }",
            "[1, 2]",
            OldDesk.Line("bad-11", more: "\"channel\": \"nobodys\","),
            "{ \"externalReference\": \"bad-12\", \"description\": \"" + new string('x', ImportEndpoint.MostBytesPerLine) + "\" }",
            OldDesk.Line("bad-13", "{ \"act\": \"resolve\", \"occurredAt\": \"yesterday\" }"),
            OldDesk.Line("bad-14"));

        answers.Rejected().Select(r => (r.Line, r.ExternalReference, r.Problem.Type)).ShouldBe(
        [
            (2, null, "/problems/malformed-json"), (3, "bad-3", "/problems/unknown-field"), (4, "bad-4", "/problems/invalid-fields"), (6, "bad-6", "/problems/not-resolved"),
            (7, "bad-7", "/problems/occurred-in-the-future"), (8, "bad-8", "/problems/invalid-fields"), (9, null, "/problems/invalid-fields"), (10, null, "/problems/invalid-fields"),
            (11, "bad-11", "/problems/invalid-values"), (12, null, "/problems/body-too-large"), (13, "bad-13", "/problems/invalid-fields"),
        ]);
        answers.Rejected().Select(r => r.Problem.Errors?.Keys.Single()).ShouldBe(
            [null, "colour", "acts[0].act", "acts[0].act", "acts[0].occurredAt", "acts[0].reason", "externalReference", "$", "channel", null, "acts[0].occurredAt"]);
        (await desk.Opened("bad")).Keys.Order(StringComparer.Ordinal).ShouldBe(["bad-1", "bad-14"]);
        var summary = answers.Summary();
        (summary.Lines, summary.Imported, summary.Rejected).ShouldBe((13, 2, 11));
    }

    [Fact]
    public async Task Breaches_of_the_past_are_historical_escalate_nothing_and_leave_nothing_due()
    {
        var answers = await desk.Import(OldDesk.Line("late-1", "{ \"act\": \"note\", \"occurredAt\": \"2016-03-01T10:00:00Z\" }"));

        var ticket = answers.Ticket("late-1");
        ticket.Milestones.Single(m => m.Name == "resolution").State.ShouldBe(MilestoneState.Breached);
        var history = (await desk.Get($"/v1/tickets/{ticket.Id}/history?limit=500"))["items"]!.AsArray();
        history.Where(e => (string?)e!["type"] == "milestone_breached").ShouldNotBeEmpty();
        history.Where(e => (string?)e!["type"] == "milestone_breached").ShouldAllBe(e => (bool)e!["data"]!["historical"]! && (string?)e["actor"]!["kind"] == "clock");
        history.ShouldNotContain(e => (string?)e!["type"] == "ticket_escalated");
        ((int)(await desk.Get($"/v1/tickets/{ticket.Id}"))["escalationLevel"]!).ShouldBe(0);
        (await DueOf(ticket)).ShouldBe(default);
    }

    [Fact]
    public async Task Only_what_still_runs_is_due_and_at_its_time()
    {
        var resolved = Ago(1);
        var answers = await desk.Import(OldDesk.Line("runs-1", $$"""{ "act": "resolve", "occurredAt": "{{resolved}}" }, { "act": "close", "occurredAt": "{{Ago(0.5)}}" }""")
            .Replace("2016-03-01T09:00:00Z", Ago(2), StringComparison.Ordinal));

        var ticket = answers.Ticket("runs-1");
        var satisfaction = ticket.Milestones.Single(m => m.Name == "satisfaction");
        satisfaction.State.ShouldBe(MilestoneState.Running);
        satisfaction.DueAt.ShouldBe(DateTimeOffset.Parse(resolved, CultureInfo.InvariantCulture).AddHours(72));
        (await DueOf(ticket)).ShouldBeGreaterThan(DateTime.UtcNow);
        answers.Summary().Milestones.Single(m => m.Name == "satisfaction").Running.ShouldBe(1);
    }

    [Fact]
    public async Task Local_times_are_read_in_the_logs_zone_and_a_calendar_stands_in()
    {
        // 30 October 2016: Lisbon sets its clocks back at 02:00; the hour from 01:00 comes twice.
        var answers = await desk.ImportWith("channel=old-desk&policy=standard&timeZone=Europe/Lisbon&calendar=lisbon-office&detail=true",
            """{ "externalReference": "zone-1", "kind": "repair", "occurredAt": "2016-10-30T00:50", "acts": [ { "act": "acknowledge", "occurredAt": "2016-10-30T01:50" }, { "act": "note", "occurredAt": "2016-10-30T01:10" }, { "act": "resolve", "occurredAt": "2016-11-03T18:00" } ] }""");

        var ticket = answers.Ticket("zone-1");
        var history = (await desk.Get($"/v1/tickets/{ticket.Id}/history?limit=500"))["items"]!.AsArray();
        string? TimeOf(string type) => (string?)history.Last(e => (string?)e!["type"] == type)!["occurredAt"];
        (TimeOf("ticket_opened"), TimeOf("ticket_acknowledged"), TimeOf("note_added"), TimeOf("ticket_resolved")).ShouldBe(
            ("2016-10-29T23:50:00Z", "2016-10-30T00:50:00Z", "2016-10-30T01:10:00Z", "2016-11-03T18:00:00Z"));
        // Opened on a Sunday: four working days later is Thursday, close of business.
        var resolution = ticket.Milestones.Single(m => m.Name == "resolution");
        resolution.DueAt.ShouldBe(new DateTimeOffset(2016, 11, 3, 18, 0, 0, TimeSpan.Zero));
        (resolution.State, resolution.Provisional).ShouldBe((MilestoneState.Met, false));
    }

    [Fact]
    public async Task What_is_personal_is_stored_sealed_alone()
    {
        var answers = await desk.Import(OldDesk.Line("sealed-1", "{ \"act\": \"resolve\", \"text\": \"said Quixotl\", \"occurredAt\": \"2016-03-02T10:00:00Z\" }",
            "\"description\": \"by Quixotl\", \"contact\": { \"name\": \"Quixotl\" },"));

        ((string?)(await desk.Get($"/v1/tickets/{answers.Ticket("sealed-1").Id}"))["contact"]!["name"]).ShouldBe("Quixotl");
        (await desk.Scalar<long>("select count(*) from events.mt_events e where e::text like '%Quixotl%'")).ShouldBe(0);
        (await desk.Scalar<long>("select count(*) from read.tickets t where t::text like '%Quixotl%'")).ShouldBe(0);
    }

    private Task<DateTime> DueOf(TicketTold ticket) => desk.Scalar<DateTime>("select due_at from events.due where stream_id = $1", ticket.Id);
}
