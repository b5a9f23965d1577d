using System.Diagnostics;
using System.Text.Json.Nodes;

namespace ServiceOrders.Benchmarks.Figures;

/// <summary>What-if over the whole store: every ticket's story told again under a stricter policy, over HTTP, while the service runs.</summary>
internal static class Simulating
{
    private const int MostTickets = 100_000;

    /// <summary>Half of what the imported past was promised.</summary>
    private const string Stricter = """
        { "name": "stricter", "milestones": [
          { "name": "acknowledge", "target": { "elapsed": "PT1H" }, "startsOn": ["opened"], "metBy": ["acknowledged"], "cancelledBy": ["cancelled", "closed"], "onBreach": [ { "escalate": 1 } ] },
          { "name": "firstResponse", "target": { "elapsed": "PT2H" }, "startsOn": ["opened"], "metBy": ["acknowledged"], "cancelledBy": ["cancelled", "closed"], "onBreach": [ { "escalate": 1 } ] } ] }
        """;

    /// <summary>Measures and reports: with a line for each ticket, then the summary alone.</summary>
    /// <exception cref="InvalidOperationException">A ticket was left out, nothing came out differently, or an event was written.</exception>
    public static async Task MeasureAsync(Stage stage, Report report)
    {
        await MeasureAsync("simulate.tickets", "all", stage, report);
        await MeasureAsync("simulate.summary", "none", stage, report);
    }

    private static async Task MeasureAsync(string name, string lines, Stage stage, Report report)
    {
        var tickets = await stage.CountAsync();
        var events = await EventsAsync(stage);
        var wanted = Math.Min(tickets, MostTickets);
        var before = stage.Clock.Read();
        var started = Stopwatch.GetTimestamp();
        var (summary, bytes) = await stage.Administrator.SimulateAsync(JsonNode.Parse($$"""{ "policy": {{Stricter}}, "tickets": { "limit": {{MostTickets}}, "lines": "{{lines}}" } }""")!);
        var seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        if (summary["tickets"]?.GetValue<long>() != wanted) throw new InvalidOperationException($"{wanted} tickets were to be simulated: {summary.ToJsonString()}");
        var newlyBreached = summary["milestones"]!.AsArray().Sum(m => m!["newlyBreached"]!.GetValue<long>());
        if (newlyBreached == 0) throw new InvalidOperationException("Under a stricter policy nothing came out differently.");
        if (await EventsAsync(stage) != events) throw new InvalidOperationException("A simulation wrote events.");
        report.Add(new Figure(name, wanted / seconds, "/s") { Tickets = tickets });
        Report.Say($"    {newlyBreached} promises newly breached, {bytes / 1e6:0.0} MB told in {seconds:0.0} s; {stage.Clock.Read().Since(before, seconds)}");
    }

    private static Task<long> EventsAsync(Stage stage) => Stage.ScalarAsync<long>(stage.Database, "select last_value from events.mt_events_sequence");
}
