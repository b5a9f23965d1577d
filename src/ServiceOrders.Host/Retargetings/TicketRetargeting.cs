using ServiceOrders.Domain.Deadlines;
using ServiceOrders.Domain.Tickets;
using ServiceOrders.EventStore;
using ServiceOrders.Host.Rules;
using ServiceOrders.Host.Tickets;
using ServiceOrders.ReadModels.Events;

namespace ServiceOrders.Host.Retargetings;

/// <summary>Brings one ticket under a change of rules: one decision, one append; decided anew where others were faster. Done twice it does nothing the second time.</summary>
/// <param name="store">The streams.</param>
/// <param name="rules">Policies and calendars.</param>
/// <param name="time">The clock.</param>
public sealed class TicketRetargeting(IEventStore store, IRules rules, TimeProvider time)
{
    private const int MostDecisions = 8, MostWaits = 8;
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(20);

    /// <summary>Retargets a ticket, if the change concerns it and holds: what was retired or superseded by now changes nothing.</summary>
    /// <param name="ticket">As it was read; it may be older than its stream.</param>
    /// <param name="change">The change.</param>
    /// <param name="cancellation">Cancels what has not been handed to the store.</param>
    /// <returns>Whether events were appended.</returns>
    /// <exception cref="StoreBusyException">The store was busy for seconds.</exception>
    /// <exception cref="StreamHeldException">Someone held this ticket's stream for seconds.</exception>
    /// <exception cref="InvalidOperationException">Others changed it again and again, or it is archived.</exception>
    public async Task<bool> RetargetAsync(Ticket ticket, RuleChange change, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(ticket);
        ArgumentNullException.ThrowIfNull(change);
        for (var decision = 1; decision <= MostDecisions; decision++)
        {
            var now = time.Now();
            var outcome = await rules.WithAsync(known => change.IsInForce(known.Rulebook, now) ? TicketHandler.Retarget(ticket, change, ContextOf(known, now)) : null, cancellation);
            if (outcome is null or { Events.Count: 0 }) return false;
            switch (await AppendAsync(TicketAppends.Of(ticket, outcome, now, new EventOrigin(null, change.CausationId)), cancellation))
            {
                case Appended: return true;
                case StreamArchived: throw new InvalidOperationException("Nothing can be added to an archived ticket.");
            }
            ticket = Ticket.Unopened.Fold(await store.ReadStreamAsync(ticket.Id, cancellation: cancellation));
        }
        throw new InvalidOperationException("Others changed the ticket, again and again.");
    }

    /// <summary>Waits out a store that is busy, or a stream that someone holds, for a few seconds.</summary>
    private async Task<AppendOutcome> AppendAsync(Append append, CancellationToken cancellation)
    {
        for (var (tries, pause) = (1, FirstPause); ; tries++, pause *= 2)
        {
            try
            {
                return await store.AppendAsync(append, cancellation);
            }
            catch (StoreBusyException) when (tries < MostWaits)
            {
                await Task.Delay(pause, time, cancellation);
            }
        }
    }

    private static ActContext ContextOf(RuleSnapshot known, DateTimeOffset now) => new()
    {
        Now = now, Actor = RuleChange.Actor, Rules = known.Rulebook,
        Seal = static _ => throw new InvalidOperationException("A change of rules has nothing personal to say."),
    };
}
