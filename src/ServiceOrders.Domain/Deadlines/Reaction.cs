using System.Collections.Immutable;
using ServiceOrders.Domain.Calendars;
using ServiceOrders.Domain.Tickets;

namespace ServiceOrders.Domain.Deadlines;

/// <summary>One event's effect on the clocks, while it unfolds: what every phase of <see cref="Clocks"/> needs.</summary>
internal sealed record Reaction(Unfolding Unfolding, Ticket Before, Policy Policy, string Trigger, string? Detail, DateTimeOffset At, Actor Actor)
{
    public Ticket Ticket => Unfolding.Ticket;

    public Rulebook Rules => Unfolding.Context.Rules;

    /// <summary>The time that the act's reporter names; a clock's own event has no other than its own.</summary>
    public DateTimeOffset ReportedAt => Actor.Kind == ActorKind.Clock ? At : Unfolding.Context.ReportedAt;

    /// <summary>Whether a list of triggers names this one.</summary>
    public bool Names(IReadOnlyList<string> triggers)
    {
        foreach (var named in triggers)
        {
            if (named == Trigger || (Detail is not null && IsExactly(named, Trigger, Detail))) return true;
        }
        return false;
    }

    private static bool IsExactly(ReadOnlySpan<char> named, string trigger, string detail) =>
        named.StartsWith(trigger) && named[trigger.Length..] is [':', .. var after] && after.SequenceEqual(detail);

    /// <summary>The current cycle of a milestone: the last that started.</summary>
    public MilestoneCycle? Current(string name)
    {
        for (var i = Ticket.Milestones.Length - 1; i >= 0; i--)
        {
            if (Ticket.Milestones[i].Name == name) return Ticket.Milestones[i];
        }
        return null;
    }

    /// <summary>The entry under which a clock goes on: the first that applies; null when none does any more.</summary>
    public MilestoneRule? Applying(IEnumerable<MilestoneRule> rules, MilestoneCycle cycle) => Policy.Applying(rules, cycle, Ticket);

    /// <summary>The entry whose conditions hold: the first that applies, else the last.</summary>
    public MilestoneRule Governing(IEnumerable<MilestoneRule> rules, MilestoneCycle cycle) => Applying(rules, cycle) ?? rules.Last();

    public string CalendarNameOf(MilestoneRule rule) =>
        Ticket.Calendar is { } other && rule.Calendar != BusinessCalendar.Always.Name ? other : rule.Calendar;

    /// <summary>
    /// The calendar that a live clock goes on by: the version that it was promised on, unless the entry names another calendar. What is reopened goes on by the latest: the corrections
    /// of the time in which it had ended passed it by.
    /// </summary>
    public BusinessCalendar CalendarFor(MilestoneRule rule, MilestoneCycle cycle)
    {
        var name = CalendarNameOf(rule);
        if (name != cycle.Calendar) return Rules.Calendar(name);
        // Its own is asked for in any case: a node that has not heard of it yet must not take an older one for the latest.
        return CalendarOf(cycle) is var own && IsReopening ? Rules.Calendar(name) : own;
    }

    /// <summary>
    /// Breached milestones that the policy no longer has, because a version without them was applied to the running ticket: they can still be met, late, by the words of the version that
    /// promised them.
    /// </summary>
    public IEnumerable<IGrouping<string, MilestoneRule>> Dropped => Ticket.Milestones.Where(c => c.PolicyVersion != Policy.Version && c.IsUnmet && !Policy.Has(c.Name))
        .Select(c => Rules.Policy(c.Policy, c.PolicyVersion).ByName.First(rules => rules.Key == c.Name));

    /// <summary>Whether the event opens the ticket again.</summary>
    public bool IsReopening => Trigger is "rejected" or "reopened";

    public BusinessCalendar CalendarOf(MilestoneCycle cycle) => Rules.Calendar(cycle.Calendar, cycle.CalendarVersion);

    public Promise Promise(MilestoneRule rule, BusinessCalendar calendar, DateTimeOffset start, ImmutableArray<Pause> pauses, IEnumerable<int> percents) =>
        Promise(rule.Target, calendar, start, pauses, percents, AgreedTime(rule));

    public void Emit(ITicketEvent happened) => Unfolding.Emit(happened, At, Actor);

    /// <summary>Starts a cycle; one whose time nobody has agreed yet does not start.</summary>
    public void EmitStart(MilestoneRule rule, int cycle)
    {
        if (LacksAgreement(rule, At)) return;
        var calendar = Rules.Calendar(CalendarNameOf(rule));
        var promise = Promise(rule, calendar, At, [], rule.WarnAt);
        Emit(new MilestoneStarted(rule.Name, cycle, At, promise.DueAt, promise.Provisional, rule.Target, calendar.Name, calendar.Version,
            Policy.Name, Policy.Version, promise.Warnings, Policy.EntryOf(rule)));
    }

    /// <summary>Whether the entry is about a time that is not agreed, or agreed for a time before the clock's start: nothing that it could promise.</summary>
    public bool LacksAgreement(MilestoneRule rule, DateTimeOffset start) => rule.Target.Agreed is not null && !(AgreedTime(rule) >= start);

    /// <summary>
    /// A classification that leaves a ticket among those that a classification starts it for (another urgency of a complex one, another length for what was diagnosed already) is no
    /// new start.
    /// </summary>
    public bool ChangesNothingFor(IEnumerable<MilestoneRule> rules) =>
        Trigger == "classified" && rules.FirstOrDefault(r => r.AppliesTo.Matches(Before)) is { } before && Names(before.StartsOn);

    /// <summary>Lets a cycle run on, the time since <paramref name="stoodSince"/> excluded.</summary>
    public void EmitResume(MilestoneRule rule, MilestoneCycle cycle, DateTimeOffset stoodSince, bool reopened)
    {
        var promise = Recount(rule, cycle, CalendarOf(cycle), cycle.Pauses.Add(new Pause(stoodSince, At)));
        // The true due time of a breach never moves.
        var due = cycle.BreachedAt ?? promise.DueAt;
        Emit(new MilestoneResumed(cycle.Name, cycle.Cycle, stoodSince, At, due, promise.Provisional, promise.Warnings, reopened));
    }

    /// <summary>What was promised, counted anew with other pauses or on another version of its calendar.</summary>
    public static Promise Recount(MilestoneRule rule, MilestoneCycle cycle, BusinessCalendar calendar, ImmutableArray<Pause> pauses) =>
        Promise(cycle.Target, calendar, cycle.StartedAt, pauses, Clocks.Unwarned(rule, cycle), cycle.Target.Agreed is null ? null : cycle.DueAt);

    private static Promise Promise(Target target, BusinessCalendar calendar, DateTimeOffset start, ImmutableArray<Pause> pauses, IEnumerable<int> percents, DateTimeOffset? agreed)
    {
        try
        {
            return Budget.Promise(target, calendar, start, pauses, percents, agreed);
        }
        catch (CalendarRangeException)
        {
            // A target of years on a calendar of an hour a week: as good as never, and no reason to refuse the customer's request.
            return new Promise(BusinessCalendar.Horizon, true, []);
        }
    }

    /// <summary>The time agreed that the entry is about; null: it is about none, or none is agreed.</summary>
    public DateTimeOffset? AgreedTime(MilestoneRule rule) =>
        rule.Target.Agreed is { } name && Ticket.Agreed.TryGetValue(name, out var time) ? time : null;
}
