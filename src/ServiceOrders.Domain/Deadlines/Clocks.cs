using System.Xml;
using ServiceOrders.Domain.Calendars;
using ServiceOrders.Domain.Tickets;

namespace ServiceOrders.Domain.Deadlines;

/// <summary>
/// What an event does to a ticket's clocks. Within one event the order is: meet, cancel, reopen, retarget, restart, start, pause.
/// </summary>
internal static class Clocks
{
    /// <summary>Milestones that outlive the closing of a ticket: they ask what the customer thinks of it.</summary>
    private static readonly string[] SparedByClosing = ["confirmation", "satisfaction"];

    /// <summary>Emits what the event, already emitted, does to the clocks.</summary>
    public static void React(Unfolding unfolding, Ticket before, ITicketEvent happened, DateTimeOffset at, Actor actor)
    {
        if (Triggers.Of(happened) is not { } trigger || unfolding.Ticket.Policy is null) return;
        var reaction = new Reaction(unfolding, before, PolicyOf(unfolding), trigger, Triggers.DetailOf(happened), at, actor);
        using var _ = unfolding.BecauseOf(unfolding.Events.Count - 1);
        foreach (var rules in reaction.Dropped) Meet(reaction, rules);
        Run(reaction, Phases);
    }

    /// <summary>
    /// Binds the ticket to a later version of its policy: live clocks go on under it, counted from their original starts, pauses kept; those that it no longer has are cancelled. What is breached
    /// stays as it is; what is new starts with its triggers from now on.
    /// </summary>
    public static void Rebind(Unfolding unfolding, RuleChange change, DateTimeOffset at, Actor actor)
    {
        var before = unfolding.Ticket;
        unfolding.Emit(new PolicyRebound(change.Name, change.Version, before.PolicyVersion, change.Cause), at, actor);
        var reaction = new Reaction(unfolding, before, PolicyOf(unfolding), change.Cause, null, at, actor);
        foreach (var cycle in before.Milestones)
        {
            if (cycle.IsLive && !reaction.Policy.Has(cycle.Name)) reaction.Emit(new MilestoneCancelled(cycle.Name, cycle.Cycle, at, change.Cause));
        }
        Run(reaction, [Retargeting, PauseOrResume]);
    }

    /// <summary>Counts live clocks on the corrected version of their calendar. Also where that moves no due time: later pauses must count on it.</summary>
    public static void Correct(Unfolding unfolding, RuleChange change, DateTimeOffset at, Actor actor)
    {
        var reaction = new Reaction(unfolding, unfolding.Ticket, PolicyOf(unfolding), change.Cause, null, at, actor);
        var corrected = reaction.Rules.Calendar(change.Name, change.Version);
        foreach (var cycle in unfolding.Ticket.Milestones)
        {
            if (!change.Concerns(cycle)) continue;
            var promise = Reaction.Recount(RuleOf(unfolding, cycle), cycle, corrected, cycle.Pauses);
            reaction.Emit(new MilestoneRetargeted(cycle.Name, cycle.Cycle, cycle.DueAt, promise.DueAt, promise.Provisional, cycle.Target, cycle.Target,
                corrected.Name, corrected.Version, cycle.Policy, cycle.PolicyVersion, promise.Warnings, change.Cause, cycle.Entry));
        }
    }

    /// <summary>The entry that governs a cycle: the first that applies, else the last of the name.</summary>
    public static MilestoneRule RuleOf(Unfolding unfolding, MilestoneCycle cycle)
    {
        var policy = PolicyOf(unfolding);
        var rules = policy.ByName.First(g => g.Key == cycle.Name);
        return policy.Applying(rules, cycle, unfolding.Ticket) ?? rules.Last();
    }

    private static readonly Action<Reaction, IGrouping<string, MilestoneRule>> Retargeting = Retarget;
    private static readonly Action<Reaction, IGrouping<string, MilestoneRule>>[] Phases = [Meet, Cancel, Reopen, Retargeting, Restart, Start, PauseOrResume];

    private static void Run(Reaction reaction, IEnumerable<Action<Reaction, IGrouping<string, MilestoneRule>>> phases)
    {
        foreach (var phase in phases)
        {
            var told = reaction.Unfolding.Events.Count;
            foreach (var rules in reaction.Policy.ByName) phase(reaction, rules);
            // What is past now is breached at once, with its true due time: when all clocks are retargeted, in the order of their due times.
            if (phase == Retargeting && reaction.Unfolding.Events.Count > told) Settling.Settle(reaction.Unfolding, reaction.At);
        }
    }

    private static Policy PolicyOf(Unfolding unfolding) => unfolding.Context.Rules.Policy(unfolding.Ticket.Policy!, unfolding.Ticket.PolicyVersion);

    private static void Meet(Reaction reaction, IGrouping<string, MilestoneRule> rules)
    {
        if (reaction.Current(rules.Key) is not { IsUnmet: true } cycle || !reaction.Names(reaction.Governing(rules, cycle).MetBy)) return;
        reaction.Emit(Met(reaction, cycle));
    }

    private static MilestoneMet Met(Reaction reaction, MilestoneCycle cycle)
    {
        TimeSpan? overrun = cycle.BreachedAt is null ? null : Budget.Overrun(cycle, reaction.ReportedAt);
        return new MilestoneMet(cycle.Name, cycle.Cycle, reaction.At, cycle.DueAt, reaction.Trigger, overrun is { } late ? XmlConvert.ToString(late) : null);
    }

    private static void Cancel(Reaction reaction, IGrouping<string, MilestoneRule> rules)
    {
        if (reaction.Current(rules.Key) is not { IsLive: true } cycle) return;
        var ended = reaction.Trigger == "cancelled" || (reaction.Trigger == "closed" && !SparedByClosing.Contains(rules.Key));
        if (ended || reaction.Names(reaction.Governing(rules, cycle).CancelledBy))
        {
            reaction.Emit(new MilestoneCancelled(cycle.Name, cycle.Cycle, reaction.At, reaction.Trigger));
        }
    }

    /// <summary>Touches only what resolving, confirming or closing had ended, and nothing that the reopening itself cancels by the policy's word.</summary>
    private static void Reopen(Reaction reaction, IGrouping<string, MilestoneRule> rules)
    {
        if (!reaction.IsReopening) return;
        if (reaction.Current(rules.Key) is not { End: { Trigger: "resolved" or "confirmed" or "closed" } end } cycle) return;
        if (reaction.Applying(rules, cycle) is not { } rule || reaction.Names(rule.CancelledBy)) return;
        // A time that was agreed, and passed while there was nothing to come for, was not missed.
        if (cycle is { Target.Agreed: not null, BreachedAt: null } && cycle.DueAt < reaction.At) return;
        if (rule.OnReopen == OnReopen.Restart) reaction.EmitStart(rule, cycle.Cycle + 1);
        else reaction.EmitResume(rule, cycle, cycle.PausedSince ?? end.At, reopened: true);
    }

    private static void Retarget(Reaction reaction, IGrouping<string, MilestoneRule> rules)
    {
        if (reaction.Current(rules.Key) is not { IsLive: true } cycle) return;
        if (reaction.Applying(rules, cycle) is not { } rule)
        {
            reaction.Emit(new MilestoneCancelled(cycle.Name, cycle.Cycle, reaction.At, reaction.Trigger));
            return;
        }
        // Until a time is agreed, what was promised stands.
        if (reaction.LacksAgreement(rule, cycle.StartedAt)) return;
        var calendar = reaction.CalendarFor(rule, cycle);
        var keepsItsTime = reaction.AgreedTime(rule) is not { } agreed || agreed == cycle.DueAt;
        if (rule.Target == cycle.Target && keepsItsTime && calendar == reaction.CalendarOf(cycle) && reaction.Policy.Version == cycle.PolicyVersion
            && (cycle.Entry is null || cycle.Entry == reaction.Policy.EntryOf(rule))) return;
        var promise = reaction.Promise(rule, calendar, cycle.StartedAt, cycle.Pauses, Unwarned(rule, cycle));
        reaction.Emit(new MilestoneRetargeted(cycle.Name, cycle.Cycle, cycle.DueAt, promise.DueAt, promise.Provisional, cycle.Target, rule.Target,
            calendar.Name, calendar.Version, reaction.Policy.Name, reaction.Policy.Version, promise.Warnings, reaction.Trigger, reaction.Policy.EntryOf(rule)));
    }

    private static void Restart(Reaction reaction, IGrouping<string, MilestoneRule> rules)
    {
        if (reaction.Current(rules.Key) is not { IsUnmet: true } cycle || reaction.Applying(rules, cycle) is not { } rule || !reaction.Names(rule.RestartsOn)) return;
        // A clock for an agreed time has no full target to be set back to: it follows the agreement, and starts anew only with a new one after a breach.
        if (rule.Target.Agreed is not null && (cycle.IsLive || reaction.LacksAgreement(rule, reaction.At))) return;
        if (cycle.State == MilestoneState.Breached)
        {
            reaction.Emit(Met(reaction, cycle));
            reaction.EmitStart(rule, cycle.Cycle + 1);
            return;
        }
        var promise = reaction.Promise(rule, reaction.CalendarOf(cycle), reaction.At, [], rule.WarnAt);
        reaction.Emit(new MilestoneRestarted(cycle.Name, cycle.Cycle, reaction.At, promise.DueAt, promise.Provisional, promise.Warnings));
    }

    private static void Start(Reaction reaction, IGrouping<string, MilestoneRule> rules)
    {
        var rule = rules.FirstOrDefault(r => r.AppliesTo.Matches(reaction.Ticket));
        if (rule is null || !reaction.Names(rule.StartsOn)) return;
        // What is solved is corrected in the files, not promised anew.
        if (reaction.Trigger == "classified" && reaction.Ticket.ResolvedAt is not null) return;
        if (reaction.Actor.Kind == ActorKind.Clock && IsOvertaken(rule, reaction.Ticket)) return;
        var cycle = reaction.Current(rules.Key);
        if (cycle is null) reaction.EmitStart(rule, 1);
        else if (!cycle.IsUnmet && rule.Repeat && !reaction.ChangesNothingFor(rules)) reaction.EmitStart(rule, cycle.Cycle + 1);
    }

    /// <summary>Whether a clock that only the clock itself starts, by a breach or its escalation, comes too late: resolving, or the end of the ticket, would have met or cancelled it.</summary>
    private static bool IsOvertaken(MilestoneRule rule, Ticket ticket) =>
        (ticket.IsEnded && !SparedByClosing.Contains(rule.Name)) || (ticket.ResolvedAt is not null && (rule.MetBy.Contains("resolved") || rule.CancelledBy.Contains("resolved")));

    private static void PauseOrResume(Reaction reaction, IGrouping<string, MilestoneRule> rules)
    {
        if (reaction.Current(rules.Key) is not { IsLive: true } cycle) return;
        var rule = reaction.Governing(rules, cycle);
        // No pause moves an agreed time; a clock that stood still when it came under one runs again.
        var pauses = cycle.Target.Agreed is null && reaction.Ticket.Hold is { } hold && rule.PausedBy.Contains(hold.Reason);
        if (pauses && cycle.State == MilestoneState.Running)
        {
            reaction.Emit(new MilestonePaused(cycle.Name, cycle.Cycle, reaction.At, reaction.Ticket.Hold!.Reason));
        }
        else if (!pauses && cycle.State == MilestoneState.Paused)
        {
            reaction.EmitResume(rule, cycle, cycle.PausedSince!.Value, reopened: false);
        }
    }

    internal static IEnumerable<int> Unwarned(MilestoneRule rule, MilestoneCycle cycle) =>
        rule.WarnAt.Where(p => !cycle.Warnings.Any(w => w.Percent == p && w.WarnedAt is not null));
}
