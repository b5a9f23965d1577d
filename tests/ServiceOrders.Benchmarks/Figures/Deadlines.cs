using System.Diagnostics;
using System.Text;
using Npgsql;
using ServiceOrders.Benchmarks.Loading;

namespace ServiceOrders.Benchmarks.Figures;

/// <summary>
/// How late deadlines fire. Tickets are opened over HTTP, each with the time of its opening set so that its deadline, a minute later, falls where it is wanted; then the
/// breaches are watched as another reader of the database sees them come.
/// </summary>
internal static class Deadlines
{
    private const int Callers = 64;
    private static readonly TimeSpan Head = TimeSpan.FromSeconds(5), Patience = TimeSpan.FromSeconds(120), Look = TimeSpan.FromMilliseconds(25);

    /// <summary>Many deadlines at one instant. The p99 of their lateness is returned, in milliseconds.</summary>
    public static async Task<double> BurstAsync(Stage stage, Options options, Report report, double? emptyP99 = null)
    {
        var tickets = await stage.CountAsync();
        var name = $"due.burst.{options.Burst}";
        var late = await MeasureAsync(stage, options.Burst, (first, _) => first);
        var p99 = Add(report, name, late, tickets, 2_000);
        if (emptyP99 is { } empty) report.Add(new Figure("due.burst.slowdown", p99 / empty, "×") { Tickets = tickets, Aim = 3, LessIsBetter = true });
        return p99;
    }

    /// <summary>So many deadlines a second for a while.</summary>
    public static async Task SteadyAsync(Stage stage, Options options, Report report)
    {
        var tickets = await stage.CountAsync();
        var late = await MeasureAsync(stage, options.SteadyPerSecond * options.SteadySeconds, (first, i) => first + TimeSpan.FromSeconds((double)i / options.SteadyPerSecond));
        Add(report, $"due.steady.{options.SteadyPerSecond}", late, tickets, 300);
    }

    /// <summary>Many deadlines at one instant, on three nodes, one of which is killed in the middle: what it had claimed and not committed, the others settle.</summary>
    /// <exception cref="InvalidOperationException">All had fired before the node was killed.</exception>
    public static async Task StormAsync(Stage stage, Options options, Report report)
    {
        await using var second = await stage.StartNodeAsync();
        await using var third = await stage.StartNodeAsync();
        var tickets = await stage.CountAsync();
        var (killed, fired) = (Task.CompletedTask, 0);
        var late = await MeasureAsync(stage, options.Burst, (first, _) => first, seen =>
        {
            if (fired > 0 || seen < options.Burst / 4) return;
            (fired, killed) = (seen, third.KillAsync());
        });
        await killed;
        if (fired >= options.Burst) throw new InvalidOperationException("All deadlines had fired before the node was killed.");
        var name = $"due.storm.{options.Burst}";
        report.Add(new Figure(name + ".before.kill", fired, "events") { Tickets = tickets });
        Add(report, name, late, tickets, 2_000);
    }

    private static double Add(Report report, string name, Lateness late, long tickets, double aim)
    {
        var p99 = Statistics.Percentile(late.Seen, 99) * 1000;
        report.Add(new Figure(name + ".p50", Statistics.Percentile(late.Seen, 50) * 1000, "ms") { Tickets = tickets, LessIsBetter = true });
        report.Add(new Figure(name + ".p99", p99, "ms") { Tickets = tickets, Aim = aim, LessIsBetter = true });
        report.Add(new Figure(name + ".max", Statistics.Percentile(late.Seen, 100) * 1000, "ms") { Tickets = tickets, LessIsBetter = true });
        report.Add(new Figure(name + ".recorded.p99", Statistics.Percentile(late.Recorded, 99) * 1000, "ms") { Tickets = tickets, LessIsBetter = true });
        report.Add(new Figure(name + ".fired", late.Fired, "events") { Tickets = tickets, Yardstick = late.Expected, Ratio = (double)late.Fired / late.Expected });
        Report.Say($"    {late.Processors}");
        if (late.Fired != late.Expected || late.Streams != late.Expected) throw new InvalidOperationException($"{late.Expected} deadlines fired {late.Fired} times in {late.Streams} tickets.");
        return p99;
    }

    private static async Task<Lateness> MeasureAsync(Stage stage, int count, Func<DateTimeOffset, int, DateTimeOffset> dueOf, Action<int>? onSeen = null)
    {
        var position = await Stage.ScalarAsync<long>(stage.Database, "select coalesce(max(seq_id), 0) from events.mt_events");
        // The first deadline comes when all tickets are surely open; until then their openings lie in the past, but not before the policy.
        var opening = TimeSpan.FromSeconds(Math.Clamp(count / 600.0, 5, 55));
        var earliest = stage.DeadlinesFrom + Stage.Target;
        var first = DateTimeOffset.UtcNow + opening + Head;
        if (first < earliest) first = earliest;
        Report.Say($"    opening {count} tickets whose deadlines begin at {first:HH:mm:ss}");
        await OpenAsync(stage, count, i => dueOf(first, i) - Stage.Target);
        if (DateTimeOffset.UtcNow > first - TimeSpan.FromSeconds(1)) throw new InvalidOperationException("The machine was too slow to open the tickets before their deadlines.");
        return await WatchAsync(stage, position, count, first, onSeen);
    }

    private static async Task OpenAsync(Stage stage, int count, Func<int, DateTimeOffset> occurredAt)
    {
        var next = -1;
        await Task.WhenAll(Enumerable.Range(0, Callers).Select(_ => Task.Run(async () =>
        {
            using var connection = new HttpConnection(stage.Service.Endpoint);
            var requests = new TicketRequests(stage.Service.Endpoint.ToString(), stage.DeadlineKey, occurredAt: true);
            for (int i; (i = Interlocked.Increment(ref next)) < count;)
            {
                var at = occurredAt(i);
                // An act cannot lie in the future; the last ones of a long series may have to wait a little for their time.
                // (A timer may be a little early, by the wall clock.)
                while (at - DateTimeOffset.UtcNow is { Ticks: > 0 } early) await Task.Delay(early + TimeSpan.FromMilliseconds(10));
                var status = await connection.SendAsync(requests.Next(at));
                if (status != 201) throw new InvalidOperationException($"Opening a ticket was answered {status}: {Encoding.UTF8.GetString(connection.Body.Span)}");
            }
        })));
    }

    /// <summary>Reads new breaches every few milliseconds: commit order is position order, so none is missed.</summary>
    private static async Task<Lateness> WatchAsync(Stage stage, long position, int expected, DateTimeOffset first, Action<int>? onSeen)
    {
        await using var connection = await stage.Database.OpenConnectionAsync();
        await using var command = new NpgsqlCommand("""
            select seq_id, stream_id, (data ->> 'dueAt')::timestamptz, timestamp from events.mt_events
            where seq_id > $1 and type = 'milestone_breached' and data ->> 'name' = $2 order by seq_id
            """, connection) { Parameters = { new NpgsqlParameter<long>(), new NpgsqlParameter<string> { TypedValue = Stage.Milestone } } };
        await command.PrepareAsync();
        if (first - DateTimeOffset.UtcNow - TimeSpan.FromMilliseconds(200) is { Ticks: > 0 } wait) await Task.Delay(wait);
        List<double> seen = new(expected), recorded = new(expected);
        HashSet<Guid> streams = new(expected);
        var before = stage.Clock.Read();
        var started = Stopwatch.GetTimestamp();
        var quiet = 0;
        // When all have fired, a little longer: one that fired twice would come now.
        while (quiet < 20 && Stopwatch.GetElapsedTime(started) < Patience)
        {
            ((NpgsqlParameter<long>)command.Parameters[0]).TypedValue = position;
            await using (var reader = await command.ExecuteReaderAsync())
            {
                var now = DateTimeOffset.UtcNow;
                while (await reader.ReadAsync())
                {
                    position = reader.GetInt64(0);
                    streams.Add(reader.GetGuid(1));
                    var due = reader.GetFieldValue<DateTimeOffset>(2);
                    seen.Add((now - due).TotalSeconds);
                    recorded.Add((reader.GetFieldValue<DateTimeOffset>(3) - due).TotalSeconds);
                }
            }
            onSeen?.Invoke(seen.Count);
            if (seen.Count >= expected) quiet++;
            await Task.Delay(Look);
        }
        var use = stage.Clock.Read().Since(before, Stopwatch.GetElapsedTime(started).TotalSeconds);
        return new Lateness([.. seen.Order()], [.. recorded.Order()], seen.Count, streams.Count, expected, use);
    }

    /// <param name="Seen">Seconds from due to seen by another session, rising.</param>
    /// <param name="Recorded">Seconds from due to the recorded time, which the worker took when it decided, rising.</param>
    /// <param name="Fired">Breaches.</param>
    /// <param name="Streams">Tickets that have one.</param>
    /// <param name="Expected">How many there have to be.</param>
    /// <param name="Processors">Who used the processors.</param>
    private sealed record Lateness(double[] Seen, double[] Recorded, int Fired, int Streams, int Expected, ProcessorUse Processors);
}
