using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.ExceptionServices;
using System.Text.Json;
using System.Threading.Channels;
using ServiceOrders.Domain.Deadlines;
using ServiceOrders.Domain.Simulations;
using ServiceOrders.EventStore;
using ServiceOrders.Host.Rules;
using ServiceOrders.Host.Web;
using ServiceOrders.ReadModels.Events;
using ServiceOrders.ReadModels.Tickets;

namespace ServiceOrders.Host.Simulating;

/// <summary>
/// Simulates real tickets, in the order of their openings, and tells of each as it goes: some thousand events are read while those before them are folded, on all processors, so memory
/// does not grow with the number of tickets, and a caller who reads slowly slows it down. It reads streams and nothing else: no key, no number, and writes nothing at all.
/// </summary>
/// <param name="store">The streams.</param>
/// <param name="queue">Finds the tickets.</param>
/// <param name="rules">Asked anew when a ticket names what was published on the way.</param>
/// <param name="time">The clock of the progress.</param>
/// <param name="log">Where unexpected trouble is written.</param>
internal sealed partial class TicketRun(IEventStore store, QueueQuery queue, IRules rules, TimeProvider time, ILogger<TicketRun> log)
{
    private const int TicketsPerPage = 1_000;
    private static readonly TimeSpan ProgressEvery = TimeSpan.FromSeconds(1);

    /// <summary>Simulates all of them. Trouble on the way is told in the last line.</summary>
    /// <param name="candidate">What is tried out.</param>
    /// <param name="tickets">Which tickets.</param>
    /// <param name="until">The end of what is looked at.</param>
    /// <param name="body">Where lines go.</param>
    /// <param name="traceId">Finds the run in the log.</param>
    /// <param name="cancellation">The caller went away, or the service is stopping.</param>
    public async Task RunAsync(Candidate candidate, TicketSelection tickets, DateTimeOffset until, PipeWriter body, string traceId, CancellationToken cancellation)
    {
        var tally = new SimulationTally();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var read = Channel.CreateBounded<IReadOnlyList<StreamHistory>>(1);
        var reading = ReadAsync(FilterOf(tickets, until), read.Writer, stop.Token);
        SimulationAnswer last;
        try
        {
            await SimulateAsync(read.Reader, tally, new Terms(candidate, tickets, until), await queue.CountAsync(FilterOf(tickets, until), cancellation), body, cancellation);
            last = SimulationViews.Of(tally, candidate, until);
        }
        catch (Exception trouble)
        {
            var problem = Trouble.Of(trouble);
            if (problem.Type == ProblemTypes.InternalError) LogUnexpected(trouble, traceId);
            last = new SimulationStopped(tally.Tickets, problem.ToDocument(traceId));
        }
        finally
        {
            await stop.CancelAsync();
            await reading;
        }
        // A caller who went away does not hear it; one whom a stopping service leaves does.
        await TellAsync(body, last, CancellationToken.None);
    }

    private async Task SimulateAsync(ChannelReader<IReadOnlyList<StreamHistory>> read, SimulationTally tally, Terms terms, long selected, PipeWriter body, CancellationToken cancellation)
    {
        await TellAsync(body, new SimulationProgress(0, selected), cancellation);
        var told = time.GetTimestamp();
        await foreach (var streams in read.ReadAllAsync(cancellation))
        {
            (var all, terms) = await KnowingAsync(streams, terms, cancellation);
            foreach (var simulated in all)
            {
                if (simulated is not { } ticket) continue;
                tally.Add(ticket.Milestones);
                Write(body, ticket.Line);
                if (tally.Tickets == terms.Tickets.Limit) return;
            }
            if (time.GetElapsedTime(told) >= ProgressEvery)
            {
                Write(body, Line(new SimulationProgress(tally.Tickets, selected)));
                told = time.GetTimestamp();
            }
            await body.FlushAsync(cancellation);
        }
    }

    /// <summary>A portion's tickets, and the terms from here on: fresh rules, when a ticket names a version that was published since the simulation began.</summary>
    private async ValueTask<((IReadOnlyList<MilestonePair> Milestones, byte[]? Line)?[] Simulated, Terms Terms)> KnowingAsync(IReadOnlyList<StreamHistory> streams, Terms terms, CancellationToken cancellation)
    {
        try
        {
            return (Simulate(streams, terms, cancellation), terms);
        }
        catch (UnknownRuleException)
        {
            var fresh = terms with { Candidate = terms.Candidate.InFrontOf((await rules.RefreshAsync(cancellation)).Rulebook) };
            return (Simulate(streams, fresh, cancellation), fresh);
        }
    }

    /// <summary>Each stream's ticket, in their order; null: it is left out.</summary>
    private static (IReadOnlyList<MilestonePair> Milestones, byte[]? Line)?[] Simulate(IReadOnlyList<StreamHistory> streams, Terms terms, CancellationToken cancellation)
    {
        var simulated = new (IReadOnlyList<MilestonePair>, byte[]?)?[streams.Count];
        try
        {
            Parallel.For(0, streams.Count, new ParallelOptions { CancellationToken = cancellation, MaxDegreeOfParallelism = Environment.ProcessorCount },
                i => simulated[i] = Simulate(streams[i], terms));
        }
        catch (AggregateException several)
        {
            ExceptionDispatchInfo.Throw(several.InnerExceptions[0]);
        }
        return simulated;
    }

    private static (IReadOnlyList<MilestonePair>, byte[]?)? Simulate(StreamHistory stream, Terms terms)
    {
        var (candidate, tickets, until) = terms;
        if (TicketSimulation.Run(EventSerializer.Recorded(stream.Events), stream.StreamId, candidate, until) is not { } ticket) return null;
        if (tickets.Policy.Count > 0 && !tickets.Policy.Contains(ticket.Actual.Policy)) return null;
        var isTold = tickets.Lines == LinesTold.All || (tickets.Lines == LinesTold.Differing && ticket.Milestones.Any(pair => pair.Differs));
        return (ticket.Milestones, isTold ? Line(SimulationViews.Of(ticket, candidate, until)) : null);
    }

    /// <summary>Reads page after page. Never throws: trouble reaches whoever reads the channel.</summary>
    private async Task ReadAsync(QueueFilter filter, ChannelWriter<IReadOnlyList<StreamHistory>> read, CancellationToken cancellation)
    {
        try
        {
            TicketPlace? last = null;
            for (var full = true; full;)
            {
                var page = await queue.PlacesAsync(filter, last, TicketsPerPage, cancellation);
                await foreach (var streams in store.ReadStreamsAsync([.. page.Select(p => p.Id)], cancellation)) await read.WriteAsync(streams, cancellation);
                full = page.Count == TicketsPerPage;
                if (full) last = page[^1];
            }
            read.Complete();
        }
        catch (Exception trouble)
        {
            read.Complete(trouble);
        }
    }

    /// <summary>Tickets that are opened after the end are not there yet.</summary>
    private static QueueFilter FilterOf(TicketSelection tickets, DateTimeOffset until) => new()
    {
        OpenedFrom = tickets.OpenedFrom, OpenedTo = tickets.OpenedTo < until ? tickets.OpenedTo : until + TimeSpan.FromMicroseconds(1), Kind = tickets.Kind, Channel = tickets.Channel,
    };

    private static async Task TellAsync(PipeWriter body, SimulationAnswer answer, CancellationToken cancellation)
    {
        Write(body, Line(answer));
        await body.FlushAsync(cancellation);
    }

    private static byte[] Line(SimulationAnswer answer) => JsonSerializer.SerializeToUtf8Bytes(answer, ApiJson.Options);

    private static void Write(PipeWriter body, byte[]? line)
    {
        if (line is null) return;
        body.Write(line);
        body.Write("\n"u8);
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "A simulation met with something unexpected; trace {TraceId}")]
    private partial void LogUnexpected(Exception trouble, string traceId);

    private sealed record Terms(Candidate Candidate, TicketSelection Tickets, DateTimeOffset Until);
}
