using System.Diagnostics;

namespace ServiceOrders.Benchmarks.Loading;

/// <summary>What a round of calls came to.</summary>
/// <param name="Calls">Calls that were answered.</param>
/// <param name="Seconds">How long it took until the last answer.</param>
/// <param name="Latencies">Of each call, in seconds, rising.</param>
/// <param name="Processors">Who used the processors.</param>
internal sealed record Round(int Calls, double Seconds, double[] Latencies, ProcessorUse Processors)
{
    /// <summary>Calls a second.</summary>
    public double PerSecond => Calls / Seconds;

    /// <summary>A latency that so many percent of the calls kept, in milliseconds.</summary>
    public double Percentile(double percent) => Statistics.Percentile(Latencies, percent) * 1000;

    /// <summary>Lets each caller call again and again, each as soon as its last call was answered.</summary>
    /// <param name="callers">A call each; callers do not share one.</param>
    /// <param name="duration">After this nobody starts another call.</param>
    /// <param name="clock">Tells who uses the processors.</param>
    public static async Task<Round> RunAsync(IReadOnlyList<Func<ValueTask>> callers, TimeSpan duration, ProcessorClock clock)
    {
        var latencies = callers.Select(_ => new List<double>(16 * 1024)).ToArray();
        var before = clock.Read();
        var started = Stopwatch.GetTimestamp();
        var until = started + (long)(duration.TotalSeconds * Stopwatch.Frequency);
        await Task.WhenAll(callers.Select((call, i) => Task.Run(() => CallAsync(call, latencies[i], until))));
        var seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        var use = clock.Read().Since(before, seconds);
        var all = latencies.SelectMany(l => l).ToArray();
        Array.Sort(all);
        return new Round(all.Length, seconds, all, use);
    }

    /// <summary>Calls until the compiler is done with what is called: so many calls, or ten rounds where the machine is slow.</summary>
    public static async Task WarmUpAsync(IReadOnlyList<Func<ValueTask>> callers, int calls, TimeSpan duration, ProcessorClock clock)
    {
        for (var i = 0; i < 10 && calls > 0; i++) calls -= (await RunAsync(callers, duration, clock)).Calls;
    }

    private static async Task CallAsync(Func<ValueTask> call, List<double> latencies, long until)
    {
        for (var started = Stopwatch.GetTimestamp(); started < until;)
        {
            await call();
            var ended = Stopwatch.GetTimestamp();
            latencies.Add((double)(ended - started) / Stopwatch.Frequency);
            started = ended;
        }
    }
}
