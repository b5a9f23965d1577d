using System.Xml;
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

    /// <summary>
    /// When an act happened as its reporter said, as far as a milestone that it met late tells: the stream keeps the time at which it took effect. Without an overrun it was in time, so at
    /// the due time at the latest. Null: nothing is told.
    /// </summary>
    /// <param name="before">The ticket's events before this one: spans that did not count into the overrun (between a resolution and the reopening) are put back.</param>
    internal DateTimeOffset? ReportedAt(IEnumerable<RecordedEvent> before)
    {
        if (Event is not MilestoneMet { Overrun: { } overrun } met || Meta.Actor.Kind == ActorKind.Clock) return null;
        var reported = met.DueAt + XmlConvert.ToTimeSpan(overrun);
        foreach (var excluded in before.Select(e => e.Event).OfType<MilestoneResumed>().Where(e => e.Name == met.Name && e.Cycle == met.Cycle && e.At > met.DueAt))
        {
            var from = excluded.PausedFrom > met.DueAt ? excluded.PausedFrom : met.DueAt;
            if (from <= reported) reported += excluded.At - from;
        }
        return reported;
    }
}
