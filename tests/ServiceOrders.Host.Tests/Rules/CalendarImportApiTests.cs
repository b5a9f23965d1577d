using System.Text.Json.Nodes;

namespace ServiceOrders.Host.Tests.Rules;

/// <summary>Published holidays become a calendar's next version, over HTTP.</summary>
public sealed class CalendarImportApiTests(RuleDesk desk) : IClassFixture<RuleDesk>
{
    private const string Feed = """
        BEGIN:VCALENDAR
        VERSION:2.0
        BEGIN:VEVENT
        UID:1
        DTSTART;VALUE=DATE:20270206
        DTEND;VALUE=DATE:20270213
        SUMMARY:春节
        END:VEVENT
        BEGIN:VEVENT
        UID:2
        DTSTART;VALUE=DATE:20270214
        SUMMARY:春节 补班
        END:VEVENT
        BEGIN:VEVENT
        UID:3
        DTSTART:20270215T010000Z
        SUMMARY:meeting
        END:VEVENT
        END:VCALENDAR
        """;

    private async Task<string> CalendarAsync(string name, string known = """, "knownFrom": "2026-01-01", "knownUntil": "2026-12-31" """)
    {
        await desk.Administrator.PostAsync("/v1/calendars", $$"""
            { "name": "{{name}}", "timeZone": "Asia/Shanghai", "week": { "monday": [["09:00", "12:00"], ["13:00", "18:00"]], "friday": [["09:00", "17:00"]] },
              "days": [ { "date": "2026-10-01", "name": "国庆节", "intervals": [] }, { "date": "2027-02-08", "name": "our own day", "intervals": [["10:00", "11:00"]] } ]{{known}} }
            """);
        return $"/v1/calendars/{name}/import";
    }

    [Fact]
    public async Task An_iCalendar_file_becomes_the_next_version_and_the_answer_tells_what_was_taken()
    {
        var path = await CalendarAsync("feed");
        var answer = await desk.Administrator.SendTextAsync($"{path}?from=2027-01-01&to=2027-12-31", Feed, "text/calendar; charset=utf-8", ("If-Match", "\"1\""));

        (answer.Status, answer.ETag).ShouldBe((200, "\"2\""));
        answer.Json["taken"]!.AsArray().Select(d => d!["date"]!.GetValue<string>()).ShouldBe([.. Enumerable.Range(6, 7).Select(d => $"2027-02-{d:00}"), "2027-02-14"]);
        answer.Json["taken"]![7]!["intervals"]!.ToJsonString().ShouldBe("""[["09:00","12:00"],["13:00","18:00"]]""");
        answer.Json["leftOut"]!.AsArray().ShouldHaveSingleItem()!["line"]!.GetValue<int>().ShouldBe(14);
        answer.Json["calendar"]!["knownUntil"]!.GetValue<string>().ShouldBe("2027-12-31");
        answer.Json["calendar"]!["retargeting"].ShouldNotBeNull("clocks that run on the calendar are retargeted, as after a PUT");

        var calendar = await desk.Agent.GetAsync("/v1/calendars/feed");
        JsonNode.DeepEquals(calendar.Json, answer.Json["calendar"]).ShouldBeTrue();
        calendar.Json["days"]!.AsArray().Count.ShouldBe(9, "the National Day of the year before stays; our own day fell on a holiday");
        (await desk.Agent.GetAsync("/v1/calendars/feed?version=1")).Json["days"]!.AsArray().Count.ShouldBe(2);
        // Friday the 5th, 16:00: an hour until closing, then the make-up Sunday.
        (await desk.Agent.PostAsync("/v1/calendars/feed/calculate", """{ "start": "2027-02-05T08:00:00Z", "target": { "working": "PT2H" } }""")).Value<string>("dueAt").ShouldBe("2027-02-14T02:00:00Z");

        (await desk.Administrator.SendTextAsync($"{path}?from=2027-01-01&to=2027-12-31", Feed, "text/calendar")).Problem.ShouldBe("/problems/nothing-changes");
        (await desk.Agent.GetAsync("/v1/calendars/feed")).Value<int>("version").ShouldBe(2);
    }

    [Fact]
    public async Task A_list_in_JSON_is_about_its_year()
    {
        var path = await CalendarAsync("list");
        var answer = await desk.Administrator.PostAsync(path, """
            { "$schema": "https://example.org/schema.json", "$id": "2027.json", "year": 2027, "papers": ["https://example.org"],
              "days": [ { "name": "春节", "date": "2027-02-07", "isOffDay": true }, { "name": "春节", "date": "2027-02-14", "isOffDay": false } ] }
            """);
        (answer.Status, answer.Value<string>("from"), answer.Value<string>("to")).ShouldBe((200, "2027-01-01", "2027-12-31"));
        answer.Json["taken"]!.AsArray().Select(d => d!["name"]!.GetValue<string>()).ShouldBe(["春节", "春节调休"]);
        answer.Json["calendar"]!["days"]!.AsArray().Count.ShouldBe(4);

        var replaced = await desk.Administrator.PostAsync($"{path}?replace=true&workHours=10:00-16:00", desk.Node.ExampleOf("importCalendar"));
        replaced.Json["removed"]!.AsArray().Select(d => d!["date"]!.GetValue<string>()).ShouldBe(["2027-02-07", "2027-02-08"]);
        replaced.Json["taken"]!.AsArray().Last()!["intervals"]!.ToJsonString().ShouldBe("""[["10:00","16:00"]]""");
    }

    [Fact]
    public async Task A_repeat_with_the_same_key_is_answered_as_the_first_was_and_another_query_is_another_request()
    {
        var path = await CalendarAsync("again");
        var first = await desk.Administrator.SendTextAsync($"{path}?from=2027-01-01&to=2027-02-10", Feed, "text/calendar", ("Idempotency-Key", "i-1"));
        await desk.Administrator.SendTextAsync($"{path}?from=2027-01-01&to=2027-12-31", Feed, "text/calendar");
        var repeat = await desk.Administrator.SendTextAsync($"{path}?from=2027-01-01&to=2027-02-10", Feed, "text/calendar", ("Idempotency-Key", "i-1"));
        (repeat.Status, repeat.ETag, JsonNode.DeepEquals(repeat.Json, first.Json)).ShouldBe((200, "\"2\"", true));
        (await desk.Administrator.SendTextAsync($"{path}?from=2027-01-01&to=2027-12-31", Feed, "text/calendar", ("Idempotency-Key", "i-1"))).Problem.ShouldBe("/problems/idempotency-key-reused");
    }

    [Fact]
    public async Task A_few_lines_cannot_ask_for_any_amount_of_work()
    {
        var path = await CalendarAsync("laborious");
        static string Event(string rules) => $"BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART;VALUE=DATE:19000101\n{rules}END:VEVENT\nEND:VCALENDAR\n";
        var many = await desk.Administrator.SendTextAsync($"{path}?from=2200-12-30&to=2200-12-30", Event(string.Concat(Enumerable.Repeat("RRULE:FREQ=DAILY\n", 58_000))), "text/calendar");
        (many.Status, many.Problem, many.Fields.Single()).ShouldBe((422, "/problems/invalid-holiday-feed", "line 5"));
        var wide = await desk.Administrator.SendTextAsync($"{path}?from=2200-12-30&to=2200-12-30", Event("RRULE:FREQ=YEARLY;BYDAY=MO" + string.Concat(Enumerable.Repeat(",MO", 300_000)) + "\n"), "text/calendar");
        (wide.Status, wide.Problem, wide.Fields.Single()).ShouldBe((422, "/problems/invalid-holiday-feed", "line 4"));
    }

    [Fact]
    public async Task What_cannot_be_taken_is_refused_with_its_line_or_field_and_nothing_is_written()
    {
        var path = await CalendarAsync("strict", known: "");
        var (from, to) = ("from=2027-01-01", "to=2027-12-31");
        await Refused(422, "line 5", $"{path}?{from}&{to}", Feed.Replace("20270206", "2027-02-06", StringComparison.Ordinal));
        await Refused(422, "from", $"{path}?{to}", Feed);
        await Refused(422, "to", $"{path}?{from}", Feed);
        await Refused(400, "from", $"{path}?from=tomorrow&{to}", Feed);
        await Refused(400, "workHours", $"{path}?{from}&{to}&workHours=9-12", Feed);
        await Refused(422, "days[8].intervals[0]", $"{path}?{from}&{to}&workHours=09:00-09:00", Feed);
        (await desk.Administrator.PostAsync(path, """{ "year": 2027, "days": [ { "name": "a", "date": "2027-02-07", "isOffDay": true }, { "name": "b", "date": "2027-02-07", "isOffDay": true } ] }""")).Fields.ShouldBe(["days[1].date"]);
        var missing = await desk.Administrator.PostAsync(path, """{ "year": 2027, "days": [null] }""");
        (missing.Status, missing.Json["errors"]!["days[0]"]!.ToJsonString()).ShouldBe((422, """["is missing"]"""));
        (await desk.Administrator.PostAsync(path, """{ "year": 2027, "days": [ { "name": null, "date": "2027-02-07", "isOffDay": true } ] }""")).Status.ShouldBe(400);
        (await desk.Administrator.PostAsync(path, """{ "year": 2027, "dates": [] }""")).Problem.ShouldBe("/problems/unknown-field");
        (await desk.Administrator.SendTextAsync(path, Feed, "text/plain")).Status.ShouldBe(415);
        (await desk.Administrator.SendTextAsync($"{path}?{from}&{to}", Feed, "text/calendar", ("If-Match", "\"7\""))).Status.ShouldBe(412);
        (await desk.Administrator.SendTextAsync($"/v1/calendars/unheard-of/import?{from}&{to}", Feed, "text/calendar")).Status.ShouldBe(404);
        (await desk.Administrator.SendTextAsync($"/v1/calendars/always/import?{from}&{to}", Feed, "text/calendar")).Problem.ShouldBe("/problems/built-in-calendar");
        (await desk.Agent.SendTextAsync($"{path}?{from}&{to}", Feed, "text/calendar")).Status.ShouldBe(403);
        (await desk.Agent.GetAsync("/v1/calendars/strict")).Value<int>("version").ShouldBe(1);

        async Task Refused(int status, string field, string address, string body)
        {
            var refused = await desk.Administrator.SendTextAsync(address, body, "text/calendar");
            refused.Status.ShouldBe(status);
            refused.Fields.ShouldContain(field);
        }
    }
}
