using System.Diagnostics;
using Npgsql;
using ServiceOrders.AuditLog.Building;
using ServiceOrders.AuditLog.Reading;
using ServiceOrders.Benchmarks.Loading;
using ServiceOrders.EventStore;

namespace ServiceOrders.Benchmarks.Figures;

/// <summary>The audit log: how fast it takes in what is there already, and what it costs those who append meanwhile.</summary>
internal static class Auditing
{
    private const string Copy = "audit_copy";

    /// <summary>So few that the processors are not all busy.</summary>
    private const int FewCallers = 8;

    // As superuser, on a copy: no role of the service's may do this.
    private const string Empty = """
        alter table audit.leaf_tiles disable trigger user; alter table audit.node_tiles disable trigger user;
        truncate audit.leaf_tiles, audit.node_tiles;
        alter table audit.leaf_tiles enable trigger user; alter table audit.node_tiles enable trigger user;
        delete from events.mt_event_progression where name = 'audit-log';
        vacuum
        """;

    private const string Stop = "insert into events.subscriptions (name, state) values ('audit-log', 'stopped') on conflict (name) do update set state = 'stopped'";
    private const string Resume = "update events.subscriptions set state = 'running' where name = 'audit-log'";

    /// <summary>Measures and reports.</summary>
    public static async Task MeasureAsync(Stage stage, Options options, Report report)
    {
        var tickets = await stage.CountAsync();
        await CatchUpAsync(await stage.CopyAsync(Copy), tickets, stage, report);
        foreach (var callers in (int[])[FewCallers, Options.MostCallers]) await BesideAsync(callers, stage, tickets, options, report);
    }

    /// <summary>All events of a copy of the service's database enter a log that is empty, by the builder of the service, in this process.</summary>
    /// <exception cref="InvalidOperationException">The log that comes of it has not every event.</exception>
    private static async Task CatchUpAsync(string copy, long tickets, Stage stage, Report report)
    {
        await using var database = NpgsqlDataSource.Create(copy);
        foreach (var statement in Empty.Split(';'))
        {
            await using var command = database.CreateCommand(statement);
            command.CommandTimeout = 0;
            await command.ExecuteNonQueryAsync();
        }
        var events = await Stage.ScalarAsync<long>(database, "select count(*) from events.mt_events");
        await using var store = new StoreDatabase(copy);
        await using var runner = new SubscriptionRunner(store, new LogBuilder(), new StoreSignals());
        var before = stage.Clock.Read();
        var started = Stopwatch.GetTimestamp();
        await runner.CatchUpAsync();
        var seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        if ((await new LogReader(store.Pooled).ExtentAsync()).Size is var size && size != events) throw new InvalidOperationException($"The log has {size} of {events} events.");
        report.Add(new Figure("audit.catch.up", events / seconds, "events/s") { Tickets = tickets, Aim = 10_000 });
        Report.Say($"    {events} events in {seconds:0.0} s; the builder counts as load generator: {stage.Clock.Read().Since(before, seconds)}");
    }

    /// <summary>Tickets are opened in turns while the log follows, and while it does not. In each turn the other comes first.</summary>
    private static async Task BesideAsync(int count, Stage stage, long tickets, Options options, Report report)
    {
        var connections = Enumerable.Range(0, count).Select(_ => new HttpConnection(stage.Service.Endpoint)).ToArray();
        try
        {
            Func<ValueTask>[] callers = [.. connections.Select(connection => Creation.Caller(connection, stage))];
            await Round.WarmUpAsync(callers, 20_000, options.Round, stage.Clock);
            List<(Round On, Round Off)> rounds = [];
            for (var i = 0; i < options.Rounds * 2; i++)
            {
                var first = await RoundAsync(i % 2 == 0);
                var second = await RoundAsync(i % 2 != 0);
                rounds.Add(i % 2 == 0 ? (first, second) : (second, first));
            }
            report.Add(new Figure("audit.beside.create", Statistics.Median(rounds.Select(r => r.On.PerSecond)), "/s")
            {
                Callers = callers.Length, Tickets = tickets, Yardstick = Statistics.Median(rounds.Select(r => r.Off.PerSecond)), Ratio = Statistics.Median(rounds.Select(r => r.On.PerSecond / r.Off.PerSecond)), Aim = 0.97,
            });
            report.Add(new Figure("audit.beside.create.p99", Statistics.Median(rounds.Select(r => r.On.Percentile(99))), "ms")
            {
                Callers = callers.Length, Tickets = tickets, Yardstick = Statistics.Median(rounds.Select(r => r.Off.Percentile(99))), LessIsBetter = true,
            });
            Report.Say($"    with the log: {rounds[^1].On.Processors}");
            Report.Say($"    without it: {rounds[^1].Off.Processors}");

            async Task<Round> RoundAsync(bool withLog)
            {
                await stage.QuietAsync();
                if (!withLog) await RunAsync(stage, Stop);
                var round = await Round.RunAsync(callers, options.Round, stage.Clock);
                if (!withLog) await RunAsync(stage, Resume);
                return round;
            }
        }
        finally
        {
            foreach (var connection in connections) connection.Dispose();
        }
    }

    private static async Task RunAsync(Stage stage, string sql)
    {
        await using var command = stage.Database.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }
}
