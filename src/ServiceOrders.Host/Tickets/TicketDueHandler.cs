using ServiceOrders.Domain.Deadlines;
using ServiceOrders.Domain.Tickets;
using ServiceOrders.EventStore;
using ServiceOrders.Host.Rules;
using ServiceOrders.ReadModels.Events;

namespace ServiceOrders.Host.Tickets;

/// <summary>
/// What the due workers do with a ticket that is due: settle it, with the clock as the actor. <see cref="Handle"/> is their <see cref="DueHandler"/>.
/// </summary>
/// <param name="rules">Policies and calendars.</param>
public sealed class TicketDueHandler(IRules rules)
{
    private static readonly EventOrigin Origin = new(null);

    /// <summary>Settles whatever fell due strictly before <paramref name="now"/>.</summary>
    /// <param name="streamId">The ticket.</param>
    /// <param name="events">All its events.</param>
    /// <param name="now">The time.</param>
    /// <returns>The append; null: nothing is or will be due in it.</returns>
    /// <exception cref="UnknownRuleException">Even a fresh reading of the rules lacks a version that the ticket names.</exception>
    public Append? Handle(Guid streamId, IReadOnlyList<StoredEvent> events, DateTimeOffset now)
    {
        var ticket = Ticket.Unopened.Fold(events);
        if (ticket.NextDue is not { } due) return null;
        var instant = now.ToMicroseconds();
        if (due >= instant) return OnlyDueRow(ticket, instant);
        var outcome = Settle(ticket, instant);
        // Always with its due row: the one that brought us here has to move.
        return outcome.Events.Count == 0 ? OnlyDueRow(ticket, instant) : TicketAppends.Of(ticket, outcome, instant, Origin) with { Due = DueChange.To(outcome.Ticket.NextDue) };
    }

    private Outcome Settle(Ticket ticket, DateTimeOffset now)
    {
        try
        {
            return TicketHandler.Settle(ticket, ContextOf(rules.Current, now));
        }
        catch (UnknownRuleException)
        {
            // Published a moment ago by another node. Rare, and the worker has nothing else to do for this batch.
            var fresh = Task.Run(() => rules.RefreshAsync(CancellationToken.None)).GetAwaiter().GetResult();
            return TicketHandler.Settle(ticket, ContextOf(fresh, now));
        }
    }

    private static ActContext ContextOf(RuleSnapshot known, DateTimeOffset now) => new()
    {
        Now = now, Actor = Actor.Clock, Rules = known.Rulebook,
        Seal = static _ => throw new InvalidOperationException("The clock has nothing personal to say."),
    };

    private static Append OnlyDueRow(Ticket ticket, DateTimeOffset now) => new()
    {
        StreamId = ticket.Id, StreamType = TicketAppends.StreamType, ExpectedVersion = ticket.Version, Events = [], Now = now, Due = DueChange.To(ticket.NextDue),
    };
}
