using ServiceOrders.Domain.Tickets;

namespace ServiceOrders.Domain.Deadlines;

/// <summary>A change of rules that running clocks follow (row D6): a policy's version that was published for running tickets too, or a calendar's corrected version.</summary>
/// <param name="Rule">What changed.</param>
/// <param name="Name">Its name.</param>
/// <param name="Version">The version that it has since.</param>
public sealed record RuleChange(ChangedRule Rule, string Name, int Version)
{
    /// <summary>Who retargets: the service itself. Like the clock's, such events make no caller's look stale.</summary>
    public static readonly Actor Actor = new(ActorKind.System, "retargeting");

    /// <summary>What the events name as their cause: <c>policyPublished</c>, <c>calendarCorrected</c>.</summary>
    public string Cause => Rule == ChangedRule.Policy ? "policyPublished" : "calendarCorrected";

    /// <summary>The causation id of the events, <c>policy:standard/3</c>.</summary>
    public string CausationId => $"{(Rule == ChangedRule.Policy ? "policy" : "calendar")}:{Name}/{Version}";

    /// <summary>
    /// Whether a ticket is to be retargeted. By a policy: one that an older version of it binds, that is not over, and that the new version is still for. By a calendar: one with a live clock that
    /// is counted on an older version of it. Once retargeted, no more; an older change never undoes a later one.
    /// </summary>
    /// <exception cref="UnknownRuleException">The rules do not know the new version yet.</exception>
    public bool Concerns(Ticket ticket, Rulebook rules) => Rule == ChangedRule.Policy
        ? ticket.Policy == Name && ticket.PolicyVersion < Version && (!ticket.IsEnded || ticket.Milestones.Any(cycle => cycle.IsLive)) && rules.Policy(Name, Version).AppliesTo.Matches(ticket)
        : ticket.Milestones.Any(Concerns);

    /// <summary>
    /// Whether it holds at <paramref name="at"/>. A policy's version that was retired or superseded since it was published is called off: tickets keep what they were promised, whatever it would
    /// have brought. A calendar's correction always holds.
    /// </summary>
    /// <exception cref="UnknownRuleException">The rules do not know the new version yet.</exception>
    public bool IsInForce(Rulebook rules, DateTimeOffset at) => Rule == ChangedRule.Calendar || rules.IsInForce(Name, Version, at);

    /// <summary>Whether a cycle runs on an older version of the calendar.</summary>
    internal bool Concerns(MilestoneCycle cycle) => cycle.IsLive && cycle.Calendar == Name && cycle.CalendarVersion < Version;
}

/// <summary>What running clocks follow.</summary>
public enum ChangedRule
{
    /// <summary>A policy.</summary>
    Policy,
    /// <summary>A business calendar.</summary>
    Calendar,
}
