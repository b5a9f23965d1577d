using System.Diagnostics;
using System.Globalization;
using System.Text;
using ServiceOrders.Testing.Service;

namespace ServiceOrders.Benchmarks.Figures;

/// <summary>
/// Fills the store with a service desk's past, by the service's own import: every stream, row and deadline is as the service makes it. Four of five tickets are closed, opened over the
/// last two years; the others were opened in the last hour and wait for their deadlines.
/// </summary>
internal static class Filling
{
    /// <summary>The measuring itself may have opened as many as are wanted; some of the past belong to a filled store all the same.</summary>
    private const int FewestImported = 10_000;
    private const int LinesPerRequest = 250, RequestsAtOnce = 3;

    /// <summary>Imports until the store has so many tickets, some in any case, and reports how fast that went.</summary>
    public static async Task FillAsync(Stage stage, int tickets, Report report)
    {
        var have = await stage.CountAsync();
        var missing = Math.Max(tickets - (int)have, FewestImported);
        Report.Say($"  importing {missing} tickets beside the {have} that are there");
        var events = await EventsAsync(stage);
        var started = Stopwatch.GetTimestamp();
        var now = DateTimeOffset.UtcNow;
        var batches = Enumerable.Range(0, missing).Chunk(LinesPerRequest);
        await Parallel.ForEachAsync(batches, new ParallelOptions { MaxDegreeOfParallelism = RequestsAtOnce },
            async (numbers, cancellation) => await ImportAsync(stage.Administrator, numbers, now, cancellation));
        var seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        report.Add(new Figure("import.tickets", missing / seconds, "/s") { Tickets = have });
        report.Add(new Figure("import.events", (await EventsAsync(stage) - events) / seconds, "/s") { Tickets = have });
        // What autovacuum would do in a while, so that it does not fall into the measuring.
        await using var vacuum = stage.Database.CreateCommand("vacuum analyze");
        vacuum.CommandTimeout = 0;
        await vacuum.ExecuteNonQueryAsync();
        await using var checkpoint = stage.Database.CreateCommand("checkpoint");
        checkpoint.CommandTimeout = 0;
        await checkpoint.ExecuteNonQueryAsync();
    }

    private static async Task<long> EventsAsync(Stage stage) => await Stage.ScalarAsync<long>(stage.Database, "select count(*) from events.mt_events");

    private static async Task ImportAsync(ServiceApi administrator, int[] numbers, DateTimeOffset now, CancellationToken cancellation)
    {
        var lines = new StringBuilder();
        foreach (var number in numbers) Write(lines, number, now);
        var summary = await administrator.ImportAsync($"channel={Stage.Channel}&policy={Stage.PastPolicy}", Encoding.UTF8.GetBytes(lines.ToString()), cancellation);
        if (summary["imported"]?.GetValue<int>() != numbers.Length) throw new InvalidOperationException($"An import was answered {summary.ToJsonString()}");
    }

    private static void Write(StringBuilder lines, int number, DateTimeOffset now)
    {
        var isOpen = number % 5 == 0;
        var opened = isOpen ? now.AddSeconds(-number % 3600) : now.AddMinutes(-2000 - number % 1_000_000);
        lines.Append($$"""
            {"externalReference":"F-{{number:D9}}","kind":"repair","urgency":"{{(number % 10 == 3 ? "important" : "normal")}}","complexity":"standard","description":"开机无反应,指示灯不亮。已更换插座。","product":{"model":"X{{number % 40}}","serialNumber":"X-{{number:D9}}"},"contact":{"name":"王芳","phone":"+86 138 {{number % 10_000:D4}} 0000"},"region":"CN-31","medium":"web","occurredAt":"{{Time(opened)}}","acts":[
            """);
        if (!isOpen)
        {
            lines.Append($$"""
                {"act":"acknowledge","occurredAt":"{{Time(opened.AddMinutes(20 + number % 200))}}"},{"act":"resolve","text":"更换电源板。","occurredAt":"{{Time(opened.AddMinutes(500 + number % 1000))}}"},{"act":"close","occurredAt":"{{Time(opened.AddMinutes(1700))}}"}
                """);
        }
        lines.Append("]}\n");
    }

    private static string Time(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
