using System.Buffers;
using System.IO.Pipelines;
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
/// <param name="portions">Simulates what was read.</param>
/// <param name="rules">Asked anew when a ticket names what was published on the way.</param>
/// <param name="time">The clock of the progress.</param>
/// <param name="log">Where unexpected trouble is written.</param>
internal sealed partial class TicketRun(IEventStore store, QueueQuery queue, SimulatedPortions portions, IRules rules, TimeProvider time, ILogger<TicketRun> log)
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
        var tally = new Tally();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var read = Channel.CreateBounded<IReadOnlyList<StreamHistory>>(1);
        var reading = ReadAsync(FilterOf(tickets, until), read.Writer, stop.Token);
        SimulationAnswer last;
        try
        {
            await SimulateAsync(read.Reader, tally, new SimulationTerms(candidate, tickets, until), await queue.CountAsync(FilterOf(tickets, until), cancellation), body, cancellation);
            last = SimulationViews.Of(tally.Simulated, tally.NotSimulated, candidate, until);
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

    private async Task SimulateAsync(ChannelReader<IReadOnlyList<StreamHistory>> read, Tally tally, SimulationTerms terms, long selected, PipeWriter body, CancellationToken cancellation)
    {
        await TellAsync(body, new SimulationProgress(0, selected), cancellation);
        var told = time.GetTimestamp();
        await foreach (var streams in read.ReadAllAsync(cancellation))
        {
            (var all, terms) = await KnowingAsync(streams, terms, cancellation);
            foreach (var simulated in all)
            {
                if (simulated is null) continue;
                tally.Add(simulated);
                Write(body, simulated.Line);
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
    private async ValueTask<(Simulated?[] All, SimulationTerms Terms)> KnowingAsync(IReadOnlyList<StreamHistory> streams, SimulationTerms terms, CancellationToken cancellation)
    {
        try
        {
            return (portions.Simulate(streams, terms, knowsAll: false, cancellation), terms);
        }
        catch (UnknownRuleException)
        {
            var fresh = terms with { Candidate = terms.Candidate.InFrontOf((await rules.RefreshAsync(cancellation)).Rulebook) };
            return (portions.Simulate(streams, fresh, knowsAll: true, cancellation), fresh);
        }
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

    internal static byte[] Line(SimulationAnswer answer) => JsonSerializer.SerializeToUtf8Bytes(answer, ApiJson.Options);

    private static void Write(PipeWriter body, byte[]? line)
    {
        if (line is null) return;
        body.Write(line);
        body.Write("\n"u8);
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "A simulation met with something unexpected; trace {TraceId}")]
    private partial void LogUnexpected(Exception trouble, string traceId);

    /// <summary>What has been told of.</summary>
    private sealed class Tally
    {
        public SimulationTally Simulated { get; } = new();
        public long NotSimulated { get; private set; }
        public long Tickets => Simulated.Tickets + NotSimulated;

        public void Add(Simulated ticket)
        {
            if (ticket.Milestones is { } milestones) Simulated.Add(milestones);
            else NotSimulated++;
        }
    }
}
