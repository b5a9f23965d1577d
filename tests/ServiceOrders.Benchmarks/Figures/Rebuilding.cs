using System.Diagnostics;
using ServiceOrders.EventStore;
using ServiceOrders.ReadModels.Reporting;
using ServiceOrders.ReadModels.Tickets;

namespace ServiceOrders.Benchmarks.Figures;

/// <summary>Rebuilding the inline read models, and the report on milestones, from all events, while the service runs.</summary>
internal static class Rebuilding
{
    private const string Rows = """
        select (select coalesce(sum(hashtextextended(t::text, 0)::numeric), 0) from read.tickets t)::text || '/' || (select coalesce(sum(hashtextextended(q::text, 0)::numeric), 0) from read.queue q)::text
        """;

    /// <summary>Measures and reports.</summary>
    /// <exception cref="InvalidOperationException">The rebuilt rows are not the ones that the appends had written.</exception>
    public static async Task MeasureAsync(Stage stage, Report report)
    {
        var tickets = await stage.CountAsync();
        await using var store = new StoreDatabase(stage.ConnectionString);
        var live = await Stage.ScalarAsync<string>(stage.Database, Rows);
        await MeasureAsync("rebuild.inline", progress => new InlineRebuild(store, [new TicketReadModels()]).RunAsync(progress), stage, tickets, report);
        if (await Stage.ScalarAsync<string>(stage.Database, Rows) != live) throw new InvalidOperationException("The rebuilt rows differ from those that the appends had written.");
        await MeasureAsync("rebuild.reporting", progress => new ProjectionRebuild(store, new MilestoneReport()).RunAsync(progress), stage, tickets, report);
        await FollowAsync(stage);
    }

    /// <summary>The yardstick writes into tables of the same names: the generation that serves now.</summary>
    private static async Task FollowAsync(Stage stage)
    {
        var generation = await Stage.ScalarAsync<int>(stage.Database, "select current from events.generations where name = 'inline'");
        await using var make = stage.PlainDatabase.CreateCommand($"select read.make_ticket_tables({generation})");
        await make.ExecuteNonQueryAsync();
    }

    private static async Task MeasureAsync(string name, Func<IProgress<RebuildProgress>, Task> rebuild, Stage stage, long tickets, Report report)
    {
        var progress = new Progress();
        var before = stage.Clock.Read();
        var started = Stopwatch.GetTimestamp();
        await rebuild(progress);
        var seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        report.Add(new Figure(name, progress.Events / seconds, "events/s") { Tickets = tickets, Aim = 50_000 });
        Report.Say($"    {progress.Events} events in {seconds:0.0} s; the rebuild counts as load generator: {stage.Clock.Read().Since(before, seconds)}");
    }

    private sealed class Progress : IProgress<RebuildProgress>
    {
        public long Events { get; private set; }

        public void Report(RebuildProgress value) => Events = value.Events;
    }
}
