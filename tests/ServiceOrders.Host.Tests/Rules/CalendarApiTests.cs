using System.Text.Json.Nodes;

namespace ServiceOrders.Host.Tests.Rules;

public sealed class CalendarApiTests(RuleDesk desk) : IClassFixture<RuleDesk>
{
    private static string Plain(string name, string zone = "Asia/Shanghai", string hours = """["09:00", "17:00"]""") =>
        $$"""{ "name": "{{name}}", "timeZone": "{{zone}}", "week": { "monday": [{{hours}}], "tuesday": [{{hours}}] } }""";

    [Fact]
    public async Task The_built_in_and_the_shipped_calendar_are_listed_and_a_list_has_pages()
    {
        var first = await desk.Channel.GetAsync("/v1/calendars?limit=1");
        first.Json["items"]!.AsArray().Single()!["name"]!.GetValue<string>().ShouldBe("always");
        var second = await desk.Channel.GetAsync($"/v1/calendars?limit=1&cursor={first.Value<string>("nextCursor")}");
        second.Json["items"]!.AsArray().Single()!["name"]!.GetValue<string>().ShouldBe("cn-office");
        (await desk.Channel.GetAsync("/v1/calendars?cursor=!")).Status.ShouldBe(400);
    }

    [Fact]
    public async Task A_calendar_is_published_read_and_published_anew_and_its_old_version_stays()
    {
        var made = await desk.Administrator.PostAsync("/v1/calendars", Plain("plain"));
        (made.Status, made.ETag, made.Location, made.Value<int>("version")).ShouldBe((201, "\"1\"", "/v1/calendars/plain", 1));

        var next = await desk.Administrator.PutAsync("/v1/calendars/plain", Plain("plain", "Europe/Berlin"), ("If-Match", "\"1\""));
        (next.Status, next.ETag, next.Value<int>("version")).ShouldBe((200, "\"2\"", 2));
        (made.Json["retargeting"], next.Value<string>("retargeting")).ShouldBe((null, "calendar-plain-2"));

        (await desk.Agent.GetAsync("/v1/calendars/plain")).Value<string>("timeZone").ShouldBe("Europe/Berlin");
        (await desk.Agent.GetAsync("/v1/calendars/plain?version=1")).Value<string>("timeZone").ShouldBe("Asia/Shanghai");
        (await desk.Agent.GetAsync("/v1/calendars/plain?version=3")).Status.ShouldBe(404);

        (await desk.Administrator.PutAsync("/v1/calendars/plain", Plain("plain"), ("If-Match", "\"1\""))).Status.ShouldBe(412);
        (await desk.Administrator.PostAsync("/v1/calendars", Plain("plain"))).Problem.ShouldBe("/problems/name-taken");
        (await desk.Administrator.PutAsync("/v1/calendars/unheard-of", Plain("unheard-of"))).Status.ShouldBe(404);
    }

    [Fact]
    public async Task A_calendar_that_says_what_it_says_already_stays_at_its_version_and_nothing_is_retargeted()
    {
        await desk.Administrator.PostAsync("/v1/calendars", Plain("same"));
        var same = await desk.Administrator.PutAsync("/v1/calendars/same", Plain("same"), ("Idempotency-Key", "same-1"), ("If-Match", "\"1\""));
        (same.Status, same.ETag, same.Value<int>("version"), same.Json["retargeting"]).ShouldBe((200, "\"1\"", 1, null));
        (await desk.Agent.GetAsync("/v1/calendars/same?version=2")).Status.ShouldBe(404);
        (await desk.Administrator.PutAsync("/v1/calendars/same", Plain("same"), ("If-Match", "\"2\""))).Status.ShouldBe(412);
        (await desk.Administrator.PutAsync("/v1/calendars/same", Plain("same", "Europe/Berlin"))).ETag.ShouldBe("\"2\"");
    }

    [Fact]
    public async Task Every_error_of_a_calendar_is_named_by_its_field()
    {
        var refused = await desk.Administrator.PostAsync("/v1/calendars", """
            { "name": "Bad", "timeZone": "Moon", "week": { "someday": [], "monday": [["09:00", "10:00"], ["09:30", "11:00"]] }, "knownFrom": "2026-01-02", "knownUntil": "2026-01-01" }
            """);
        (refused.Status, refused.Problem).ShouldBe((422, "/problems/invalid-calendar"));
        refused.Fields.ShouldBe(["name", "timeZone", "knownUntil", "week.someday", "week.monday[1]"], ignoreOrder: true);

        var unknown = await desk.Administrator.PostAsync("/v1/calendars", """{ "name": "x", "timezone": "UTC", "week": {} }""");
        (unknown.Status, unknown.Problem).ShouldBe((400, "/problems/unknown-field"));
    }

    [Fact]
    public async Task Around_the_clock_cannot_be_changed()
    {
        (await desk.Administrator.PutAsync("/v1/calendars/always", Plain("always"))).Problem.ShouldBe("/problems/built-in-calendar");
        (await desk.Administrator.PostAsync("/v1/calendars", Plain("always"))).Status.ShouldBe(409);
        (await desk.Agent.GetAsync("/v1/calendars/always")).Json["week"]!["sunday"]!.ToJsonString().ShouldBe("""[["00:00","24:00"]]""");
    }

    [Fact]
    public async Task Only_those_who_run_the_service_change_calendars()
    {
        (await desk.Agent.PostAsync("/v1/calendars", Plain("mine"))).Status.ShouldBe(403);
        (await desk.Channel.PutAsync("/v1/calendars/cn-office", Plain("cn-office"))).Status.ShouldBe(403);
        (await desk.Auditor.GetAsync("/v1/calendars/cn-office")).Status.ShouldBe(200);
    }

    [Theory]
    [InlineData("cn-office", """{ "working": "PT8H" }""", "2026-02-13T09:00:00Z", "2026-02-14T09:00:00Z")] // Friday 17:00 in Shanghai; the Saturday makes up.
    [InlineData("cn-office", """{ "workingDays": 1 }""", "2026-02-14T09:00:00Z", "2026-02-24T10:00:00Z")]
    [InlineData("cn-office", """{ "elapsed": "PT24H" }""", "2026-02-14T09:00:00Z", "2026-02-15T09:00:00Z")]
    [InlineData("always", """{ "working": "PT36H" }""", "2026-02-14T09:00:00Z", "2026-02-15T21:00:00Z")]
    public async Task The_calculator_says_when_a_target_is_due(string calendar, string target, string start, string due)
    {
        var answer = await desk.Channel.PostAsync($"/v1/calendars/{calendar}/calculate", $$"""{ "start": "{{start}}", "target": {{target}} }""");
        answer.Status.ShouldBe(200);
        answer.Json.ToJsonString().ShouldBe($$"""{"dueAt":"{{due}}","provisional":false}""");
    }

    [Fact]
    public async Task The_calculator_measures_working_time_and_says_what_is_provisional()
    {
        (await CalculateAsync("2026-11-23T01:30:00Z", "2026-11-23T09:00:00Z")).ShouldBe("""{"working":"PT6H30M","workingSeconds":23400,"provisional":false}""");
        (await CalculateAsync("2026-11-23T09:00:00Z", "2026-11-23T01:30:00Z")).ShouldBe("""{"working":"-PT6H30M","workingSeconds":-23400,"provisional":false}""");
        (await CalculateAsync("2026-12-31T09:59:59.5Z", "2027-01-01T00:00:00Z")).ShouldBe("""{"working":"PT0.5S","workingSeconds":0.5,"provisional":true}""");
        (await desk.Agent.PostAsync("/v1/calendars/cn-office/calculate", """{ "start": "2026-12-31T09:00:00Z", "target": { "workingDays": 1 } }""")).Value<bool>("provisional").ShouldBeTrue();

        async Task<string> CalculateAsync(string start, string end) =>
            (await desk.Agent.PostAsync("/v1/calendars/cn-office/calculate", $$"""{ "start": "{{start}}", "end": "{{end}}" }""")).Json.ToJsonString();
    }

    [Theory]
    [InlineData("""{ "start": "2026-11-23T01:30:00Z" }""", 422, "target")]
    [InlineData("""{ "start": "2026-11-23T01:30:00Z", "end": "2026-11-24T01:30:00Z", "target": { "working": "PT1H" } }""", 422, "target")]
    [InlineData("""{ "start": "2026-11-23T01:30:00Z", "target": { "working": "8 hours" } }""", 422, "target.working")]
    [InlineData("""{ "start": "2026-11-23T01:30:00Z", "target": {} }""", 422, "target")]
    [InlineData("""{ "start": "2026-11-23T01:30:00Z", "target": { "agreed": "visit" } }""", 422, "target.agreed")]
    [InlineData("""{ "start": "2026-11-23T01:30:00", "target": { "working": "PT1H" } }""", 400, "start")]
    [InlineData("""{ "end": "2026-11-23T01:30:00Z" }""", 400, "start")]
    public async Task The_calculator_refuses_what_it_cannot_answer(string body, int status, string field)
    {
        var refused = await desk.Channel.PostAsync("/v1/calendars/cn-office/calculate", body);
        refused.Status.ShouldBe(status);
        refused.Fields.ShouldBe([field]);
    }

    [Fact]
    public async Task The_calculator_has_bounds()
    {
        (await desk.Channel.PostAsync("/v1/calendars/cn-office/calculate", """{ "start": "2199-11-23T01:30:00Z", "target": { "workingDays": 1000 } }""")).Problem.ShouldBe("/problems/calendar-range");
        (await desk.Channel.PostAsync("/v1/calendars/cn-office/calculate", """{ "start": "0001-01-01T00:00:00Z", "end": "9999-12-31T23:59:59Z" }""")).Status.ShouldBe(422);
        (await desk.Channel.PostAsync("/v1/calendars/unheard-of/calculate", """{ "start": "2026-11-23T01:30:00Z", "target": { "working": "PT1H" } }""")).Status.ShouldBe(404);
    }

    [Fact]
    public async Task The_documents_examples_are_accepted()
    {
        (await desk.Administrator.PostAsync("/v1/calendars", desk.Node.ExampleOf("createCalendar"))).Status.ShouldBe(201);
        (await desk.Agent.PostAsync("/v1/calendars/cn-office/calculate", desk.Node.ExampleOf("calculate"))).Status.ShouldBe(200);
    }

    [Fact]
    public async Task A_repeat_with_the_same_key_is_answered_as_the_first_was()
    {
        var first = await desk.Administrator.PostAsync("/v1/calendars", Plain("once"), ("Idempotency-Key", "k-1"));
        var repeat = await desk.Administrator.PostAsync("/v1/calendars", Plain("once"), ("Idempotency-Key", "k-1"));
        (repeat.Status, repeat.ETag, JsonNode.DeepEquals(repeat.Json, first.Json)).ShouldBe((201, "\"1\"", true));
        (await desk.Administrator.PostAsync("/v1/calendars", Plain("twice"), ("Idempotency-Key", "k-1"))).Problem.ShouldBe("/problems/idempotency-key-reused");
    }
}
