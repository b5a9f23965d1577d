namespace ServiceOrders.Domain.Tickets;

/// <summary>A ticket while a decision unfolds: each event that is emitted changes it at once, so that what follows sees it.</summary>
internal sealed class Unfolding(Ticket ticket, ActContext context)
{
    private readonly List<Happened> _events = [];
    private int? _cause;

    public Ticket Ticket { get; private set; } = ticket;

    public ActContext Context { get; } = context;

    public IReadOnlyList<Happened> Events => _events;

    public void Emit(ITicketEvent happened, DateTimeOffset at, Actor actor)
    {
        _events.Add(new Happened(happened, at, actor, _cause));
        Ticket = Ticket.Evolve(happened, new EventMeta(Ticket.Version + 1, at, Context.Now, actor));
    }

    /// <summary>What is emitted until the answer is disposed of is a reaction to that event (row A1); to null: to none, it comes of itself.</summary>
    /// <param name="cause">Its place among <see cref="Events"/>.</param>
    public Because BecauseOf(int? cause) => new(this, cause);

    /// <summary>A span of reactions; they nest.</summary>
    internal readonly struct Because : IDisposable
    {
        private readonly Unfolding _unfolding;
        private readonly int? _before;

        public Because(Unfolding unfolding, int? cause) => ((_unfolding, _before), unfolding._cause) = ((unfolding, unfolding._cause), cause);

        public void Dispose() => _unfolding._cause = _before;
    }
}
