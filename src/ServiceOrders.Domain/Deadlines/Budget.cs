using System.Collections.Immutable;
using System.Xml;
using ServiceOrders.Domain.Calendars;
using ServiceOrders.Domain.Tickets;

namespace ServiceOrders.Domain.Deadlines;

/// <summary>What a clock promises.</summary>
/// <param name="DueAt">When it is due.</param>
/// <param name="Provisional">Whether the span leaves the dates for which the calendar's holidays are known.</param>
/// <param name="Warnings">When to warn.</param>
public sealed record Promise(DateTimeOffset DueAt, bool Provisional, ImmutableArray<PlannedWarning> Warnings);

/// <summary>
/// The arithmetic of clocks: from a target, a start and the pauses to the due time, and back to how much is used. "Deadlines: what the words mean" in the
/// architecture is its specification.
/// </summary>
public static class Budget
{
    private static readonly BusinessCalendar ClockTime = BusinessCalendar.Always;

    /// <summary>
    /// When a clock is due and when it warns. Pauses extend an elapsed target by their clock time, a working target by their working time; for working days
    /// the paused working time is added from the unpaused due time on; an agreed time is never moved.
    /// </summary>
    /// <param name="target">How long it may take.</param>
    /// <param name="calendar">The calendar that working time is counted on.</param>
    /// <param name="start">When the clock started.</param>
    /// <param name="pauses">Ended pauses, in order, none before the start.</param>
    /// <param name="percents">At how much to warn.</param>
    /// <param name="agreed">The time agreed, for an agreed target.</param>
    /// <exception cref="CalendarRangeException">The span leaves the years that calendars compute with.</exception>
    public static Promise Promise(Target target, BusinessCalendar calendar, DateTimeOffset start, ImmutableArray<Pause> pauses, IEnumerable<int> percents, DateTimeOffset? agreed = null)
    {
        var kept = target.Agreed is null ? pauses : [];
        var kind = KindOf(target, calendar);
        var (due, provisional) = DueOf(target, kind, start, kept, agreed);
        var whole = target.WorkingDays is { } days ? kind.WorkingBetween(start, kind.AddWorkingDays(start, days).At)
            : target.Agreed is not null ? due - start : Length(target);
        return new Promise(due, provisional, [.. percents.SelectMany(p => Warning(kind, start, kept, whole, p))]);
    }

    /// <summary>A warning; none where it lies beyond the years that calendars compute with. That says nothing of the due time: a time agreed is due when it was agreed, however far off.</summary>
    private static PlannedWarning[] Warning(BusinessCalendar kind, DateTimeOffset start, ImmutableArray<Pause> pauses, TimeSpan whole, int percent)
    {
        try
        {
            return [new PlannedWarning(percent, Spend(kind, start, pauses, Share(whole, percent)).At)];
        }
        catch (CalendarRangeException)
        {
            return [];
        }
    }

    /// <summary>
    /// How much of its budget a clock has used at <paramref name="now"/>, or had when it ended or paused, in its target's own kind of time. What lies outside of the years that calendars compute with is
    /// not counted: a ticket must be readable whatever times it was once given.
    /// </summary>
    public static TimeSpan Used(MilestoneCycle cycle, BusinessCalendar calendar, DateTimeOffset now)
    {
        var until = cycle.End?.At ?? now;
        if (cycle.PausedSince is { } paused && paused < until) until = paused;
        var kind = KindOf(cycle.Target, calendar);
        var used = TimeSpan.Zero;
        foreach (var (from, to) in Segments(cycle.StartedAt, cycle.Target.Agreed is null ? cycle.Pauses : []))
        {
            if (from >= until) break;
            used += kind.WorkingWithin(from, to < until ? to : until);
        }
        return used;
    }

    /// <summary>Clock time past due at <paramref name="at"/>, spans after it that do not count (between a resolution and the reopening) left out; zero when it is not past.</summary>
    public static TimeSpan Overrun(MilestoneCycle cycle, DateTimeOffset at)
    {
        var overrun = at - cycle.DueAt;
        foreach (var (from, to) in cycle.Pauses)
        {
            var (start, end) = (from > cycle.DueAt ? from : cycle.DueAt, to < at ? to : at);
            if (end > start) overrun -= end - start;
        }
        return overrun > TimeSpan.Zero ? overrun : TimeSpan.Zero;
    }

    /// <summary>The other way round: when the overrun was so long; the earliest such instant.</summary>
    internal static DateTimeOffset WhenOver(MilestoneCycle cycle, TimeSpan overrun)
    {
        var at = cycle.DueAt;
        foreach (var (from, to) in cycle.Pauses)
        {
            if (to <= at) continue;
            var start = from > at ? from : at;
            if (overrun <= start - at) break;
            overrun -= start - at;
            at = to;
        }
        return at + overrun;
    }

    /// <summary>Clock time for which a cycle stood still, until <paramref name="now"/> or until it ended.</summary>
    public static TimeSpan PausedFor(MilestoneCycle cycle, DateTimeOffset now)
    {
        var sum = cycle.Pauses.Aggregate(TimeSpan.Zero, (total, pause) => total + (pause.To - pause.From));
        return cycle.PausedSince is { } since ? sum + ((cycle.End?.At ?? now) - since) : sum;
    }

    /// <summary>The length of an elapsed or a working target.</summary>
    /// <exception cref="FormatException">Neither is an ISO 8601 duration.</exception>
    public static TimeSpan Length(Target target) => XmlConvert.ToTimeSpan(target.Elapsed ?? target.Working ?? throw new FormatException("The target has no length of its own."));

    private static DueTime DueOf(Target target, BusinessCalendar kind, DateTimeOffset start, ImmutableArray<Pause> pauses, DateTimeOffset? agreed)
    {
        if (target.Agreed is not null) return new DueTime(agreed ?? throw new ArgumentNullException(nameof(agreed)), false);
        if (target.WorkingDays is not { } days) return Spend(kind, start, pauses, Length(target));
        var unpaused = kind.AddWorkingDays(start, days);
        var paused = pauses.Aggregate(TimeSpan.Zero, (sum, pause) => sum + kind.WorkingBetween(pause.From, pause.To));
        return paused == TimeSpan.Zero ? unpaused : Sure(kind, start, kind.AddWorking(unpaused.At, paused));
    }

    /// <summary>The instant at which a budget is used up: walks from pause to pause, then asks the calendar once.</summary>
    private static DueTime Spend(BusinessCalendar kind, DateTimeOffset start, ImmutableArray<Pause> pauses, TimeSpan budget)
    {
        foreach (var (from, to) in Segments(start, pauses))
        {
            if (to == DateTimeOffset.MaxValue) return Sure(kind, start, kind.AddWorking(from, budget));
            var available = kind.WorkingBetween(from, to);
            // A budget that ends exactly where a pause begins is not yet overdrawn: it goes on after the pause. One that ended at closing time, before the pause, is.
            if (budget <= available && kind.AddWorking(from, budget) is var due && due.At < to) return Sure(kind, start, due);
            budget -= available;
        }
        throw new InvalidOperationException("The last segment has no end.");
    }

    private static IEnumerable<(DateTimeOffset From, DateTimeOffset To)> Segments(DateTimeOffset start, ImmutableArray<Pause> pauses)
    {
        foreach (var pause in pauses)
        {
            yield return (start, pause.From);
            start = pause.To;
        }
        yield return (start, DateTimeOffset.MaxValue);
    }

    private static DueTime Sure(BusinessCalendar kind, DateTimeOffset start, DueTime due) => due with { Provisional = kind.IsProvisional(start, due.At) };

    private static BusinessCalendar KindOf(Target target, BusinessCalendar calendar) => target.Elapsed is null && target.Agreed is null ? calendar : ClockTime;

    private static TimeSpan Share(TimeSpan whole, int percent) => new((long)((Int128)whole.Ticks * percent / 100) / 10 * 10);
}
