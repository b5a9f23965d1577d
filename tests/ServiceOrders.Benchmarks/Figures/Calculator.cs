using System.Diagnostics;
using ServiceOrders.Benchmarks.Loading;
using ServiceOrders.Benchmarks.Plain;
using ServiceOrders.Domain.Calendars;
using ServiceOrders.Domain.Shipped;

namespace ServiceOrders.Benchmarks.Figures;

/// <summary>
/// The arithmetic of deadlines, in this process and on one thread: due times and working time a week and ten years away, on the shipped calendar, beside a loop over the days.
/// </summary>
internal static class Calculator
{
    private const int Starts = 1_024, CallsPerLook = 64;
    private static readonly TimeSpan Week = TimeSpan.FromHours(40), TenYears = TimeSpan.FromHours(20_000);

    /// <summary>Measures and reports.</summary>
    /// <exception cref="InvalidOperationException">The calendar and the loop do not agree.</exception>
    public static void Measure(Options options, Report report)
    {
        var (office, days) = (BusinessCalendar.Compile(ShippedData.ChineseOffice, 1), new DayLoop(ShippedData.ChineseOffice, TimeSpan.FromHours(8)));
        var random = new Random(1);
        var starts = Enumerable.Range(0, Starts).Select(_ => new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero).AddSeconds(random.Next(365 * 86_400))).ToArray();
        foreach (var (name, working, aim) in new[] { ("week", Week, (double?)null), ("10years", TenYears, 100_000) })
        {
            var dues = Array.ConvertAll(starts, start => office.AddWorking(start, working).At);
            for (var i = 0; i < Starts; i++)
            {
                if (days.Add(starts[i], working) != dues[i] || days.Between(starts[i], dues[i]) != working || office.WorkingBetween(starts[i], dues[i]) != working)
                    throw new InvalidOperationException($"Calendar and loop do not agree on {working} from {starts[i]:O}.");
            }
            Compare($"calculator.add.{name}", i => office.AddWorking(starts[i], working).At.Ticks, i => days.Add(starts[i], working).Ticks, aim, options, report);
            Compare($"calculator.between.{name}", i => office.WorkingBetween(starts[i], dues[i]).Ticks, i => days.Between(starts[i], dues[i]).Ticks, aim, options, report);
        }
    }

    /// <summary>Both in turns; the figure is the median of the rounds, and so is the ratio of the rounds' own.</summary>
    private static void Compare(string name, Func<int, long> ours, Func<int, long> loop, double? aim, Options options, Report report)
    {
        PerSecond(ours, options.Round / 4);
        PerSecond(loop, options.Round / 4);
        var rounds = Enumerable.Range(0, options.Rounds).Select(_ => (Ours: PerSecond(ours, options.Round / 4), Loop: PerSecond(loop, options.Round / 4))).ToList();
        var value = Statistics.Median(rounds.Select(r => r.Ours));
        report.Add(new Figure(name, value, "ops/s") { Callers = 1, Yardstick = Statistics.Median(rounds.Select(r => r.Loop)), Ratio = Statistics.Median(rounds.Select(r => r.Ours / r.Loop)) });
        // What is aimed at is the time that a caller waits, not the ratio.
        if (aim is { } wanted) report.Add(new Figure(name + ".each", 1_000_000 / value, "µs") { Callers = 1, Aim = 1_000_000 / wanted, LessIsBetter = true });
    }

    private static double PerSecond(Func<int, long> calculate, TimeSpan duration)
    {
        var (started, calls, sum) = (Stopwatch.GetTimestamp(), 0L, 0L);
        while (Stopwatch.GetElapsedTime(started) < duration)
        {
            for (var i = 0; i < CallsPerLook; i++) sum += calculate((int)(calls++ % Starts));
        }
        var rate = calls / Stopwatch.GetElapsedTime(started).TotalSeconds;
        // Looked at, so that nothing is left out as unused.
        return sum == 0 ? throw new InvalidOperationException("Nothing was calculated.") : rate;
    }
}
