using System.Collections.Immutable;
using System.Xml;
using ServiceOrders.Domain.Tickets;

namespace ServiceOrders.Domain.Deadlines;

/// <summary>How the clock's events make milestone cycles. Computes nothing: every time stands in the events.</summary>
internal static class MilestoneEvolution
{
    /// <summary>The cycles after an event of the clock.</summary>
    /// <exception cref="InvalidOperationException">The event is none of the clock's, or names a cycle that never started.</exception>
    public static ImmutableArray<MilestoneCycle> Evolve(ImmutableArray<MilestoneCycle> cycles, ITicketEvent happened) => happened switch
    {
        MilestoneStarted e => cycles.Add(Start(e)),
        MilestonePaused e => Change(cycles, e.Name, e.Cycle, c => c with { State = MilestoneState.Paused, PausedSince = e.At }),
        MilestoneResumed e => Change(cycles, e.Name, e.Cycle, c => Resume(c, e)),
        MilestoneRetargeted e => Change(cycles, e.Name, e.Cycle, c => c with
        {
            DueAt = e.DueAt, Provisional = e.Provisional, Target = e.Target, Calendar = e.Calendar, CalendarVersion = e.CalendarVersion,
            Policy = e.Policy, PolicyVersion = e.PolicyVersion, Entry = e.Entry, Warnings = Replan(c.Warnings, e.Warnings),
        }),
        MilestoneRestarted e => Change(cycles, e.Name, e.Cycle, c => c with
        {
            State = MilestoneState.Running, StartedAt = e.StartedAt, DueAt = e.DueAt, Provisional = e.Provisional, Pauses = [], PausedSince = null,
            Warnings = Replan([], e.Warnings),
        }),
        MilestoneWarned e => Change(cycles, e.Name, e.Cycle, c => c with
        {
            Warnings = [.. c.Warnings.Select(w => w.Percent == e.Percent ? w with { WarnedAt = e.At } : w)],
        }),
        MilestoneBreached e => Change(cycles, e.Name, e.Cycle, c => c with
        {
            State = MilestoneState.Breached, PausedSince = null, DueAt = e.DueAt, BreachedAt = e.DueAt, BreachSettledAt = e.SettledAt,
        }),
        BreachAnnotated e => Change(cycles, e.Name, e.Cycle, c => c with { Annotations = c.Annotations + 1 }),
        MilestoneMet e => Change(cycles, e.Name, e.Cycle, c => c with
        {
            State = c.BreachedAt is null ? MilestoneState.Met : MilestoneState.MetLate, MetAt = e.At, End = new CycleEnd(e.At, e.MetBy),
            Overrun = e.Overrun is null ? null : XmlConvert.ToTimeSpan(e.Overrun),
        }),
        MilestoneCancelled e => Change(cycles, e.Name, e.Cycle, c => c with { State = MilestoneState.Cancelled, End = new CycleEnd(e.At, e.Cause) }),
        _ => throw new InvalidOperationException($"{happened.GetType().Name} is no event that a ticket knows."),
    };

    private static MilestoneCycle Start(MilestoneStarted e) => new()
    {
        Name = e.Name, Cycle = e.Cycle, State = MilestoneState.Running, StartedAt = e.StartedAt, DueAt = e.DueAt, Provisional = e.Provisional, Target = e.Target,
        Calendar = e.Calendar, CalendarVersion = e.CalendarVersion, Policy = e.Policy, PolicyVersion = e.PolicyVersion, Entry = e.Entry,
        Warnings = Replan([], e.Warnings),
    };

    private static MilestoneCycle Resume(MilestoneCycle cycle, MilestoneResumed e) => cycle with
    {
        // A breach is kept for ever: a cycle that was met late and is taken up again is breached and unmet again.
        State = cycle.BreachedAt is null ? MilestoneState.Running : MilestoneState.Breached,
        DueAt = e.DueAt, Provisional = e.Provisional, Pauses = cycle.Pauses.Add(new Pause(e.PausedFrom, e.At)), PausedSince = null,
        Warnings = Replan(cycle.Warnings, e.Warnings), MetAt = null, Overrun = null, End = null,
    };

    /// <summary>Warnings that were given stay as they were; the others get their new times.</summary>
    private static ImmutableArray<Warning> Replan(ImmutableArray<Warning> old, IReadOnlyList<PlannedWarning> planned) =>
        [.. old.Where(w => w.WarnedAt is not null).Concat(planned.Select(p => new Warning(p.Percent, p.At, null))).OrderBy(w => w.Percent)];

    private static ImmutableArray<MilestoneCycle> Change(ImmutableArray<MilestoneCycle> cycles, string name, int number, Func<MilestoneCycle, MilestoneCycle> change)
    {
        for (var i = cycles.Length - 1; i >= 0; i--)
        {
            if (cycles[i].Cycle == number && cycles[i].Name == name) return cycles.SetItem(i, change(cycles[i]));
        }
        throw new InvalidOperationException($"Cycle {number} of {name} never started.");
    }
}
