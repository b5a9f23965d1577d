namespace ServiceOrders.Domain.Tickets;

/// <summary>How events make a ticket.</summary>
public static class TicketEvolution
{
    /// <summary>The ticket after an event. Total: every kind of event has its case; an unknown one throws.</summary>
    public static Ticket Evolve(this Ticket ticket, ITicketEvent happened, EventMeta meta) => throw new NotImplementedException();
}
