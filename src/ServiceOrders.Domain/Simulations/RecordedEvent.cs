using ServiceOrders.Domain.Deadlines;
using ServiceOrders.Domain.Tickets;

namespace ServiceOrders.Domain.Simulations;

/// <summary>An event of a real ticket.</summary>
/// <param name="Event">What happened.</param>
/// <param name="Meta">When, and who did it.</param>
/// <param name="Historical">Whether an import of the past wrote it.</param>
public readonly record struct RecordedEvent(ITicketEvent Event, EventMeta Meta, bool Historical = false)
{
    /// <summary>
    /// Whether somebody did it: the ticket's story, which stays what it was whatever had been promised. The rest follows from promises: what the clock wrote, or a job that gave running
    /// clocks other promises, and what an act did to the clocks.
    /// </summary>
    public bool IsStory => Meta.Actor.Kind != ActorKind.Clock && Event is not (
        MilestoneStarted or MilestonePaused or MilestoneResumed or MilestoneRetargeted or MilestoneRestarted or MilestoneWarned or MilestoneBreached or MilestoneMet or MilestoneCancelled
        or PolicyRebound or TicketEscalated { Automatic: true });

    /// <summary>The change of rules that a job made running clocks follow here; null: it is no such event.</summary>
    internal RuleChange? Change => Event switch
    {
        PolicyRebound e => new RuleChange(ChangedRule.Policy, e.Policy, e.PolicyVersion),
        MilestoneRetargeted e when new RuleChange(ChangedRule.Calendar, e.Calendar, e.CalendarVersion) is var change && change.Cause == e.Cause => change,
        _ => null,
    };

    /// <summary>The calendar that a clock was counted on from here on, with its version; null: it says nothing of that.</summary>
    internal (string Name, int Version)? Calendar => Event switch
    {
        MilestoneStarted e => (e.Calendar, e.CalendarVersion),
        MilestoneRetargeted e => (e.Calendar, e.CalendarVersion),
        _ => null,
    };

    /// <summary>The deadline or warning, at its true time, that the clock came by for; null: it is no such event.</summary>
    internal DateTimeOffset? FellDueAt => Event switch
    {
        MilestoneBreached e => e.DueAt,
        MilestoneWarned e => e.At,
        _ => null,
    };
}
