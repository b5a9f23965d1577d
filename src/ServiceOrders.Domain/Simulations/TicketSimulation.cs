using ServiceOrders.Domain.Deadlines;
using ServiceOrders.Domain.Tickets;

namespace ServiceOrders.Domain.Simulations;

/// <summary>A real ticket beside itself under other rules.</summary>
/// <param name="Actual">As it really stands, settled until the end.</param>
/// <param name="Candidate">As it would stand.</param>
/// <param name="Milestones">Every milestone cycle of either, both sides of each.</param>
public sealed record SimulatedTicket(Ticket Actual, Ticket Candidate, IReadOnlyList<MilestonePair> Milestones);

/// <summary>
/// Replays a real ticket's story under other rules: what people did stays as and when they did it, and the same functions that write a ticket's clocks let them run anew beside it.
/// Under its own rules a ticket comes out as it was.
/// </summary>
public static class TicketSimulation
{
    /// <summary>Milestone cycles that a ticket may come to under other rules: some fifty for each event, by a policy that starts them at whatever happens, would be hundreds of thousands.</summary>
    public const int MostCycles = 5_000;

    /// <summary>The ticket as it would stand; null: it was not yet opened.</summary>
    /// <param name="history">All of its events, in order.</param>
    /// <param name="id">Its id.</param>
    /// <param name="candidate">What is tried out.</param>
    /// <param name="until">The end of what is looked at: later events are left out, and whatever falls due before is settled on both sides.</param>
    /// <param name="cancellation">Stops it before the next event.</param>
    /// <exception cref="TooManyCyclesException">Under the other rules the ticket would come to more than <see cref="MostCycles"/> milestone cycles.</exception>
    /// <exception cref="UnknownRuleException">The ticket names a policy or calendar that the candidate's snapshot does not know.</exception>
    public static SimulatedTicket? Run(IReadOnlyList<RecordedEvent> history, Guid id, Candidate candidate, DateTimeOffset until, CancellationToken cancellation = default)
    {
        var events = history.TakeWhile(e => e.Meta.OccurredAt <= until).ToList();
        if (events.Count == 0) return null;
        var actual = events.Aggregate(Ticket.Unopened, (ticket, e) => ticket.Evolve(e.Event, e.Meta));
        var replayed = new Replay(events, actual, candidate).Until(until, cancellation) with { Id = id };
        actual = Replay.Settled(actual, candidate.Known, until, historical: false) with { Id = id };
        return new SimulatedTicket(actual, replayed, MilestonePair.Of(actual, replayed, until));
    }
}

/// <summary>A ticket would come to more milestone cycles than are followed.</summary>
public sealed class TooManyCyclesException() : Exception($"The ticket would come to more than {TicketSimulation.MostCycles} milestone cycles.");
