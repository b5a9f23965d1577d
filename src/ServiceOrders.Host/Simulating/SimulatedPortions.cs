using System.Runtime.ExceptionServices;
using ServiceOrders.Domain.Deadlines;
using ServiceOrders.Domain.Simulations;
using ServiceOrders.Domain.Tickets;
using ServiceOrders.EventStore;
using ServiceOrders.ReadModels.Events;

namespace ServiceOrders.Host.Simulating;

/// <summary>What a simulation is about.</summary>
/// <param name="Candidate">What is tried out.</param>
/// <param name="Tickets">Which tickets.</param>
/// <param name="Until">The end of what is looked at.</param>
internal sealed record SimulationTerms(Candidate Candidate, TicketSelection Tickets, DateTimeOffset Until);

/// <summary>What became of a ticket.</summary>
/// <param name="Milestones">Its milestone cycles, both sides of each; null: nothing can be said of it.</param>
/// <param name="Line">What is told of it; null: nothing.</param>
internal sealed record Simulated(IReadOnlyList<MilestonePair>? Milestones, byte[]? Line);

/// <summary>Simulates a portion of tickets on all processors. One of which nothing can be said does not stop the others.</summary>
/// <param name="log">Where unexpected trouble is written.</param>
internal sealed partial class SimulatedPortions(ILogger<SimulatedPortions> log)
{
    /// <summary>Each stream's ticket, in their order; null: it is left out.</summary>
    /// <param name="streams">The portion.</param>
    /// <param name="terms">What the simulation is about.</param>
    /// <param name="knowsAll">Whether the rules were read after the streams: what a ticket names and they do not know, nothing knows.</param>
    /// <param name="cancellation">Stops it before the next event.</param>
    /// <exception cref="UnknownRuleException">A ticket names a policy or calendar that the rules, read before it was, do not know.</exception>
    public Simulated?[] Simulate(IReadOnlyList<StreamHistory> streams, SimulationTerms terms, bool knowsAll, CancellationToken cancellation)
    {
        var simulated = new Simulated?[streams.Count];
        try
        {
            Parallel.For(0, streams.Count, new ParallelOptions { CancellationToken = cancellation, MaxDegreeOfParallelism = Environment.ProcessorCount },
                i => simulated[i] = Simulate(streams[i], terms, knowsAll, cancellation));
        }
        catch (AggregateException several)
        {
            ExceptionDispatchInfo.Throw(several.InnerExceptions[0]);
        }
        return simulated;
    }

    private Simulated? Simulate(StreamHistory stream, SimulationTerms terms, bool knowsAll, CancellationToken cancellation)
    {
        try
        {
            return Simulate(stream, terms, cancellation);
        }
        catch (TooManyCyclesException)
        {
            return NotSimulated(stream, terms, NotSimulatedReason.TooManyCycles);
        }
        catch (Exception trouble) when (trouble is not OperationCanceledException && (knowsAll || trouble is not UnknownRuleException))
        {
            LogUnreadable(trouble, stream.StreamId);
            return NotSimulated(stream, terms, NotSimulatedReason.Unreadable);
        }
    }

    private static Simulated? Simulate(StreamHistory stream, SimulationTerms terms, CancellationToken cancellation)
    {
        var (candidate, tickets, until) = terms;
        var history = EventSerializer.Recorded(stream.Events);
        // Which policy a ticket has is said when it is opened, and never changes: what is not asked for need not be followed.
        if (tickets.Policy.Count > 0 && history is [{ Event: TicketOpened opened }, ..] && !tickets.Policy.Contains(opened.Policy)) return null;
        if (TicketSimulation.Run(history, stream.StreamId, candidate, until, cancellation) is not { } ticket) return null;
        var isTold = tickets.Lines == LinesTold.All || (tickets.Lines == LinesTold.Differing && ticket.Milestones.Any(pair => pair.Differs));
        return new Simulated(ticket.Milestones, isTold ? TicketRun.Line(SimulationViews.Of(ticket, candidate, until)) : null);
    }

    private static Simulated NotSimulated(StreamHistory stream, SimulationTerms terms, NotSimulatedReason reason) =>
        new(null, terms.Tickets.Lines == LinesTold.None ? null : TicketRun.Line(new TicketNotSimulated(stream.StreamId, reason)));

    [LoggerMessage(Level = LogLevel.Error, Message = "Ticket {TicketId} cannot be simulated")]
    private partial void LogUnreadable(Exception trouble, Guid ticketId);
}
