using System.Numerics;

namespace ServiceOrders.EventStore;

/// <summary>
/// How late this node has settled what was due, since it started: from the due time to the commit. Counts alone, of fixed size, so that it costs nothing to keep; the same
/// figures go to the histogram <c>store.due.lateness</c>. Safe for concurrent use.
/// </summary>
/// <param name="since">When the counting began.</param>
public sealed class DueLateness(DateTimeOffset since)
{
    /// <summary>Upper bounds of the buckets that are told, in milliseconds: from a good machine's millisecond to a day of downtime.</summary>
    public static readonly IReadOnlyList<double> Bounds =
        [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 30_000, 60_000, 300_000, 900_000, 3_600_000, 14_400_000, 86_400_000];

    // Each power of two microseconds is cut into so many steps: a percentile is at most a sixteenth too high.
    private const int Steps = 16, StepBits = 4;
    private const long Longest = (1L << 52) - 1;

    private readonly long[] _steps = new long[StepOf(Longest) + 1];
    private readonly long[] _buckets = new long[Bounds.Count + 1];
    private long _longest;

    /// <summary>Counts one.</summary>
    public void Record(TimeSpan lateness)
    {
        // Another node's clock may be a little ahead of ours; nothing is settled before its time.
        var late = Math.Clamp(lateness.Ticks / TimeSpan.TicksPerMicrosecond, 0, Longest);
        Interlocked.Increment(ref _steps[StepOf(late)]);
        Interlocked.Increment(ref _buckets[BucketOf(late / 1000.0)]);
        for (var longest = Volatile.Read(ref _longest); late > longest;)
        {
            var seen = Interlocked.CompareExchange(ref _longest, late, longest);
            if (seen == longest) break;
            longest = seen;
        }
    }

    /// <summary>The figures as they stand.</summary>
    public LatenessFigures Read()
    {
        var steps = Array.ConvertAll(_steps, static count => Volatile.Read(in count));
        var longest = TimeSpan.FromMicroseconds(Volatile.Read(ref _longest));
        return new LatenessFigures(since, steps.Sum(), Percentile(steps, 50, longest), Percentile(steps, 99, longest), longest,
            [.. _buckets.Select((count, i) => new LatenessBucket(i < Bounds.Count ? TimeSpan.FromMilliseconds(Bounds[i]) : null, count))]);
    }

    private static TimeSpan Percentile(long[] steps, int percent, TimeSpan longest)
    {
        var left = (steps.Sum() * percent + 99) / 100;
        if (left == 0) return TimeSpan.Zero;
        var step = 0;
        while (step < steps.Length - 1 && (left -= steps[step]) > 0) step++;
        var most = TimeSpan.FromMicroseconds(MostOf(step));
        return most < longest ? most : longest;
    }

    private static int StepOf(long microseconds)
    {
        if (microseconds < Steps) return (int)microseconds;
        var power = BitOperations.Log2((ulong)microseconds);
        return (power - StepBits + 1) * Steps + (int)((microseconds >> (power - StepBits)) & (Steps - 1));
    }

    /// <summary>The most that a step stands for.</summary>
    private static long MostOf(int step) => step < Steps ? step : ((Steps + step % Steps + 1L) << (step / Steps - 1)) - 1;

    private static int BucketOf(double milliseconds)
    {
        var bucket = 0;
        while (bucket < Bounds.Count && milliseconds > Bounds[bucket]) bucket++;
        return bucket;
    }
}

/// <summary>How late a node has settled what was due.</summary>
/// <param name="Since">When the counting began.</param>
/// <param name="Count">How often something was settled.</param>
/// <param name="P50">Half of them were no later than this, which is at most a sixteenth too high.</param>
/// <param name="P99">Ninety-nine of a hundred were no later than this.</param>
/// <param name="Longest">The latest.</param>
/// <param name="Buckets">How many were later than the bucket before and no later than this.</param>
public sealed record LatenessFigures(DateTimeOffset Since, long Count, TimeSpan P50, TimeSpan P99, TimeSpan Longest, IReadOnlyList<LatenessBucket> Buckets);

/// <summary>A bucket of a distribution.</summary>
/// <param name="AtMost">Its upper bound; null: none.</param>
/// <param name="Count">How many.</param>
public readonly record struct LatenessBucket(TimeSpan? AtMost, long Count);
