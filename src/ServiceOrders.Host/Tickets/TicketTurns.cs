using ServiceOrders.EventStore;

namespace ServiceOrders.Host.Tickets;

/// <summary>
/// Acts on one ticket take turns on this node: each decides on what the one before left, instead of all deciding on the same state and all but one deciding again. Others' tickets wait
/// for nobody, and a line has an end: requests that wait hold places that all share. Nodes still meet in the database, where the expected version tells. Safe for concurrent use; holds nothing for tickets that nobody acts on.
/// </summary>
public sealed class TicketTurns
{
    /// <summary>How many may wait for their turn on one ticket.</summary>
    public const int MostWaiting = 64;

    private readonly Dictionary<Guid, Line> _lines = [];

    /// <summary>Waits for one's turn, in the order of asking.</summary>
    /// <param name="ticket">The ticket.</param>
    /// <param name="cancellation">Gives up waiting.</param>
    /// <returns>To be disposed of when one is done.</returns>
    /// <exception cref="StoreBusyException"><see cref="MostWaiting"/> wait already.</exception>
    public async ValueTask<IDisposable> TakeAsync(Guid ticket, CancellationToken cancellation)
    {
        Line? line;
        lock (_lines)
        {
            if (!_lines.TryGetValue(ticket, out line)) _lines.Add(ticket, line = new Line());
            if (line.People > MostWaiting) throw new StoreBusyException("As many requests as may be wait for their turn on the ticket.");
            line.People++;
        }
        try
        {
            await line.Turn.WaitAsync(cancellation).ConfigureAwait(false);
        }
        catch
        {
            Leave(ticket, line);
            throw;
        }
        return new Held(this, ticket, line);
    }

    /// <summary>How many tickets somebody acts on.</summary>
    public int Count
    {
        get { lock (_lines) return _lines.Count; }
    }

    private void Leave(Guid ticket, Line line)
    {
        lock (_lines)
        {
            if (--line.People > 0) return;
            _lines.Remove(ticket);
        }
        line.Turn.Dispose();
    }

    private sealed class Line
    {
        public SemaphoreSlim Turn { get; } = new(1);
        public int People { get; set; }
    }

    private sealed class Held(TicketTurns turns, Guid ticket, Line line) : IDisposable
    {
        private bool _left;

        public void Dispose()
        {
            if (_left) return;
            _left = true;
            line.Turn.Release();
            turns.Leave(ticket, line);
        }
    }
}
