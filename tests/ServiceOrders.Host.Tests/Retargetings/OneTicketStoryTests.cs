using System.Globalization;
using System.Text.Json.Nodes;
using ServiceOrders.Host.Tests.Given;

namespace ServiceOrders.Host.Tests.Retargetings;

/// <summary>One ticket to which everything happens that moves a deadline: each due time is explained by the events, and a replay shows each promise as it stood.</summary>
public class OneTicketStoryTests(RunningService service) : IClassFixture<RunningService>
{
    // Monday to Friday, 09:00 to 17:00. The correction makes Thursday, 5 March 2026, a day off and Saturday the day that makes up for it (调休).
    private const string Calendar = """
        { "name": "story-office", "timeZone": "Asia/Shanghai", "week": { "monday": [["09:00","17:00"]], "tuesday": [["09:00","17:00"]], "wednesday": [["09:00","17:00"]], "thursday": [["09:00","17:00"]], "friday": [["09:00","17:00"]] },
          "days": [DAYS], "knownFrom": "2026-01-01", "knownUntil": "2026-12-31" }
        """;

    private const string Corrected = """{ "date": "2026-03-05", "name": "停业", "intervals": [] }, { "date": "2026-03-07", "name": "调休", "intervals": [["09:00","17:00"]] }""";

    private const string Policy = """
        { "name": "story", "priority": 90, "appliesTo": { "channel": ["wechat-shop"] }, "milestones": [
            { "name": "resolution", "appliesTo": { "urgency": ["urgent"] }, "calendar": "story-office", "target": { "working": "PT20H" }, "startsOn": ["opened"], "metBy": ["resolved"],
              "pausedBy": ["awaitingCustomer", "awaitingParts"], "warnAt": [50] },
            { "name": "resolution", "calendar": "story-office", "target": { "working": "PT24H" }, "startsOn": ["opened"], "metBy": ["resolved"], "pausedBy": ["awaitingCustomer", "awaitingParts"], "warnAt": [50] } ] }
        """;

    [Fact]
    public async Task A_hold_a_priority_change_another_hold_a_reopening_and_a_calendar_correction()
    {
        (await service.Administrator.PostAsync("/v1/calendars", Calendar.Replace("DAYS", "", StringComparison.Ordinal))).Status.ShouldBe(201);
        (await service.Administrator.PostAsync("/v1/policies", Policy)).Status.ShouldBe(201);
        (await service.Administrator.PostAsync("/v1/policies/story/publish", "{}")).Status.ShouldBe(200);

        // Monday 10:00 in Shanghai: 24 working hours are three days of eight.
        await AtAsync("2026-03-02T02:00:00Z");
        var ticket = await service.OpenAsync();
        await DueIsAsync("2026-03-05T02:00:00Z");

        await AtAsync("2026-03-02T04:00:00Z");
        await DoAsync("hold", """{ "reason": "awaitingCustomer" }""");
        await AtAsync("2026-03-02T06:00:00Z");
        await DoAsync("resume", "{}");
        await DueIsAsync("2026-03-05T04:00:00Z"); // two hours later

        await AtAsync("2026-03-02T07:00:00Z");
        await DoAsync("classify", """{ "urgency": "urgent" }""");
        await DueIsAsync("2026-03-04T08:00:00Z"); // 20 working hours and the pause

        await AtAsync("2026-03-03T02:00:00Z");
        await DoAsync("hold", """{ "reason": "awaitingParts" }""");
        await AtAsync("2026-03-03T05:00:00Z");
        await DoAsync("resume", "{}");
        await DueIsAsync("2026-03-05T03:00:00Z"); // three hours later: Wednesday is over at 17:00, so Thursday 11:00

        await AtAsync("2026-03-03T08:00:00Z");
        await DoAsync("resolve", """{ "text": "new fuse" }""");
        await AtAsync("2026-03-04T02:00:00Z");
        await DoAsync("reject", """{ "reason": "it hums" }""");
        await DueIsAsync("2026-03-05T05:00:00Z"); // resolved for two working hours: Tuesday's last and Wednesday's first

        (await service.Administrator.PutAsync("/v1/calendars/story-office", Calendar.Replace("DAYS", Corrected, StringComparison.Ordinal))).Text("retargeting").ShouldBe("calendar-story-office-2");
        await service.LetRetargetAsync();
        await DueIsAsync("2026-03-06T05:00:00Z"); // Thursday is off: Friday

        await AtAsync("2026-03-06T02:00:00Z");
        await DoAsync("hold", """{ "reason": "awaitingParts" }""");
        await AtAsync("2026-03-07T02:00:00Z");
        await DoAsync("resume", "{}");
        await DueIsAsync("2026-03-07T05:00:00Z"); // a working day of eight hours later, which is the Saturday that makes up for Thursday

        var history = (await service.Agent.GetAsync($"{ticket}/history?limit=500")).Items;
        await EveryVersionIsAsToldAsync(ticket, history);
        Told(history).ShouldBe(["ticket_opened: 2026-03-05T02:00:00Z", "ticket_resumed: 2026-03-05T04:00:00Z", "ticket_classified: 2026-03-04T08:00:00Z", "ticket_resumed: 2026-03-05T03:00:00Z",
            "resolution_rejected: 2026-03-05T05:00:00Z", "calendar:story-office/2: 2026-03-06T05:00:00Z", "ticket_resumed: 2026-03-07T05:00:00Z"]);

        async Task DoAsync(string act, string body) => (await service.Agent.PostAsync($"{ticket}/{act}", body)).Status.ShouldBe(200, act);
        async Task DueIsAsync(string due) => (await service.Agent.GetAsync(ticket)).Milestone("resolution")["dueAt"]!.GetValue<string>().ShouldBe(due);
    }

    private async Task AtAsync(string time) => await service.LetPassAsync(DateTimeOffset.Parse(time, CultureInfo.InvariantCulture) - service.Time.Current);

    /// <summary>Each due time that the history tells, by what brought it about: the act to which the clock reacted, or the change of rules.</summary>
    private static IEnumerable<string> Told(JsonArray history)
    {
        foreach (var told in history)
        {
            if (DueOf(told!) is not { } due) continue;
            var cause = told!["causationId"]!.GetValue<string>();
            var act = told["actor"]!["kind"]!.GetValue<string>() == "system" ? cause : TypeOf(history.Last(e => e!["version"]!.GetValue<long>() < told["version"]!.GetValue<long>() && !TypeOf(e).StartsWith("milestone_", StringComparison.Ordinal))!);
            yield return $"{act}: {due}";
        }
    }

    /// <summary>After each event the ticket, replayed to that version, promises what the last event about it told, and its state is the one that the events make.</summary>
    private async Task EveryVersionIsAsToldAsync(string ticket, JsonArray history)
    {
        string? due = null, state = null;
        foreach (var told in history)
        {
            due = DueOf(told!) ?? due;
            state = TypeOf(told!) switch { "milestone_started" or "milestone_resumed" => "running", "milestone_paused" => "paused", "milestone_met" => "met", _ => state };
            var then = await service.Agent.GetAsync($"{ticket}?version={told!["version"]!.GetValue<long>()}");
            if (due is null) then.Json["milestones"]!.AsArray().ShouldBeEmpty();
            else (then.Milestone("resolution")["dueAt"]!.GetValue<string>(), then.Milestone("resolution")["state"]!.GetValue<string>()).ShouldBe((due, state!), $"version {told["version"]}");
        }
        var calendars = history.Where(e => e!["data"]!["calendarVersion"] is not null).Select(e => e!["data"]!["calendarVersion"]!.GetValue<int>());
        calendars.ShouldBe([1, 1, 2], "started, classified, corrected");
    }

    private static string TypeOf(JsonNode told) => told["type"]!.GetValue<string>();

    private static string? DueOf(JsonNode told) => TypeOf(told) is "milestone_started" or "milestone_resumed" or "milestone_retargeted" ? told["data"]!["dueAt"]!.GetValue<string>() : null;
}
