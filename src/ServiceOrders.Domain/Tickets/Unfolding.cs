namespace ServiceOrders.Domain.Tickets;

/// <summary>A ticket while a decision unfolds: each event that is emitted changes it at once, so that what follows sees it.</summary>
internal sealed class Unfolding(Ticket ticket, ActContext context)
{
    private readonly List<Happened> _events = [];

    public Ticket Ticket { get; private set; } = ticket;

    public ActContext Context { get; } = context;

    public IReadOnlyList<Happened> Events => _events;

    public void Emit(ITicketEvent happened, DateTimeOffset at, Actor actor)
    {
        _events.Add(new Happened(happened, at, actor));
        Ticket = Ticket.Evolve(happened, new EventMeta(Ticket.Version + 1, at, Context.Now, actor));
    }
}
