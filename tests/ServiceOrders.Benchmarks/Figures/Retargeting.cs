using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using ServiceOrders.Benchmarks.Loading;

namespace ServiceOrders.Benchmarks.Figures;

/// <summary>
/// Bringing running tickets under a policy that is published for them too, then under a corrected calendar, by the service's own background job; during the latter, tickets are opened beside it.
/// Each ticket has two clocks that run, so each change is three events by the policy (the binding and two clocks) and one by the calendar.
/// </summary>
internal static class Retargeting
{
    private const string Name = "bench-running", Calendar = "bench-office";
    private const int LinesPerRequest = 250, RequestsAtOnce = 3, Callers = 8;
    private static readonly TimeSpan Notice = TimeSpan.FromSeconds(7), Look = TimeSpan.FromMilliseconds(100), Patience = TimeSpan.FromMinutes(20);

    /// <summary>Measures and reports.</summary>
    /// <exception cref="InvalidOperationException">A ticket was not retargeted exactly once by each change.</exception>
    public static async Task MeasureAsync(Stage stage, Options options, Report report)
    {
        var administrator = stage.Administrator;
        await administrator.PostAsync("/v1/calendars", CalendarOf(""));
        await administrator.PostAsync("/v1/policies", PolicyOf("PT40H"));
        await administrator.PostAsync($"/v1/policies/{Name}/publish", new JsonObject { ["effectiveFrom"] = DateTimeOffset.UtcNow + Notice });
        Report.Say($"  importing {options.Running} tickets that run");
        await Parallel.ForEachAsync(Enumerable.Range(0, options.Running).Chunk(LinesPerRequest), new ParallelOptions { MaxDegreeOfParallelism = RequestsAtOnce }, (lines, cancellation) => ImportAsync(stage, lines, cancellation));
        var tickets = await stage.CountAsync();
        await stage.QuietAsync();

        await administrator.PutAsync($"/v1/policies/{Name}", PolicyOf("PT60H"));
        var published = await administrator.PostAsync($"/v1/policies/{Name}/publish", new JsonObject { ["effectiveFrom"] = DateTimeOffset.UtcNow + Notice, ["applyToRunning"] = true });
        await MeasureAsync("retarget.tickets", published, stage, options, report, tickets);
        await DemandAsync(stage, "policy_rebound", $"policy:{Name}/2", options.Running);
        await stage.QuietAsync();

        using var callers = new Openers(stage);
        var alone = await callers.RunAsync(options.Round, stage.Clock);
        var corrected = await administrator.PutAsync($"/v1/calendars/{Calendar}", CalendarOf("""{ "date": "2190-01-05", "name": "休", "intervals": [] }"""));
        var measuring = MeasureAsync("retarget.calendar", corrected, stage, options, report, tickets);
        await StartedAsync(stage, corrected);
        var beside = await callers.RunAsync(options.Round, stage.Clock);
        if (measuring.IsCompleted) Report.Say("    the job was over before the round beside it");
        await measuring;
        await DemandAsync(stage, "milestone_retargeted", $"calendar:{Calendar}/2", options.Running);
        report.Add(new Figure("retarget.beside.create", beside.PerSecond, "/s") { Callers = Callers, Tickets = tickets, Yardstick = alone.PerSecond, Ratio = beside.PerSecond / alone.PerSecond });
        report.Add(new Figure("retarget.beside.create.p99", beside.Percentile(99), "ms") { Callers = Callers, Tickets = tickets, Yardstick = alone.Percentile(99), LessIsBetter = true });
    }

    private static async Task MeasureAsync(string figure, JsonNode changed, Stage stage, Options options, Report report, long tickets)
    {
        var before = stage.Clock.Read();
        var until = DateTimeOffset.UtcNow + Patience;
        JsonNode job;
        while ((job = await JobAsync(stage, changed))["changed"]!.GetValue<long>() < options.Running && DateTimeOffset.UtcNow < until) await Task.Delay(Look);
        var seconds = (DateTimeOffset.UtcNow - DateTimeOffset.Parse(job["startedAt"]!.GetValue<string>(), CultureInfo.InvariantCulture)).TotalSeconds;
        report.Add(new Figure(figure, options.Running / seconds, "/s") { Tickets = tickets });
        Report.Say($"    {options.Running} tickets in {seconds:0.0} s; {stage.Clock.Read().Since(before, seconds)}");
    }

    private static async Task StartedAsync(Stage stage, JsonNode changed)
    {
        while ((await JobAsync(stage, changed))["startedAt"] is null) await Task.Delay(Look);
    }

    private static Task<JsonNode> JobAsync(Stage stage, JsonNode changed) => stage.Administrator.GetAsync($"/v1/retargetings/{changed["retargeting"]!.GetValue<string>()}");

    private static async Task DemandAsync(Stage stage, string type, string cause, long tickets)
    {
        var found = await Stage.ScalarAsync<string>(stage.Database,
            $"select count(*)::text || ' in ' || count(distinct stream_id)::text from events.mt_events where type = '{type}' and causation_id = '{cause}'");
        if (found != $"{tickets} in {tickets}") throw new InvalidOperationException($"{cause} came to {found} tickets, and there are {tickets}.");
    }

    private static async ValueTask ImportAsync(Stage stage, int[] numbers, CancellationToken cancellation)
    {
        var lines = new StringBuilder();
        var now = DateTimeOffset.UtcNow;
        foreach (var number in numbers)
        {
            lines.Append(CultureInfo.InvariantCulture, $$"""
                {"externalReference":"R-{{number:D9}}","kind":"repair","urgency":"normal","complexity":"standard","description":"开机无反应,指示灯不亮。","product":{"model":"X1","serialNumber":"R-{{number:D9}}"},"contact":{"name":"王芳","phone":"+86 138 0000 0000"},"region":"CN-31","medium":"web","occurredAt":"{{now.AddSeconds(-number % 3600).UtcDateTime:yyyy-MM-ddTHH:mm:ss}}Z","acts":[]}

                """);
        }
        var summary = await stage.Administrator.ImportAsync($"channel={Stage.Channel}&policy={Name}", Encoding.UTF8.GetBytes(lines.ToString()), cancellation);
        if (summary["imported"]?.GetValue<int>() != numbers.Length) throw new InvalidOperationException($"An import was answered {summary.ToJsonString()}");
    }

    private static JsonNode PolicyOf(string target) => JsonNode.Parse($$"""
        { "name": "{{Name}}", "priority": 1, "appliesTo": { "channel": ["{{Stage.Channel}}"] }, "milestones": [
            { "name": "acknowledge", "calendar": "always", "target": { "elapsed": "{{target}}" }, "startsOn": ["opened"], "metBy": ["acknowledged"], "cancelledBy": ["cancelled"], "warnAt": [75] },
            { "name": "resolution", "calendar": "{{Calendar}}", "target": { "working": "{{target}}" }, "startsOn": ["opened"], "metBy": ["resolved"], "cancelledBy": ["cancelled"], "warnAt": [75] } ] }
        """)!;

    private static JsonNode CalendarOf(string day) => JsonNode.Parse($$"""
        { "name": "{{Calendar}}", "timeZone": "Asia/Shanghai", "week": { "monday": [["09:00","17:00"]], "tuesday": [["09:00","17:00"]], "wednesday": [["09:00","17:00"]], "thursday": [["09:00","17:00"]], "friday": [["09:00","17:00"]] }, "days": [{{day}}] }
        """)!;

    /// <summary>Callers that open ordinary tickets.</summary>
    private sealed class Openers(Stage stage) : IDisposable
    {
        private readonly HttpConnection[] _connections = [.. Enumerable.Range(0, Callers).Select(_ => new HttpConnection(stage.Service.Endpoint))];

        public Task<Round> RunAsync(TimeSpan duration, ProcessorClock clock) => Round.RunAsync([.. _connections.Select(c => Creation.Caller(c, stage))], duration, clock);

        public void Dispose()
        {
            foreach (var connection in _connections) connection.Dispose();
        }
    }
}
