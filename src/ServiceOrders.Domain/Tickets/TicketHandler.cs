using ServiceOrders.Domain.Deadlines;

namespace ServiceOrders.Domain.Tickets;

/// <summary>What an act came to: the events to append, in order, and the ticket after them; or the refusal, and nothing.</summary>
/// <param name="Events">Settled deadlines first, then the act, then what it did to the clocks.</param>
/// <param name="Ticket">The ticket after them.</param>
/// <param name="Refusal">Why not.</param>
public sealed record Outcome(IReadOnlyList<Happened> Events, Ticket Ticket, Refusal? Refusal);

/// <summary>The one way by which anything happens to a ticket: requests, due rows, imports and simulations all come through here.</summary>
public static class TicketHandler
{
    /// <summary>Settles what fell due before the act, decides the act, and lets the clocks react.</summary>
    /// <param name="ticket">The ticket as it stands.</param>
    /// <param name="act">What is asked for.</param>
    /// <param name="decide">The act's decision.</param>
    /// <param name="context">The time, policies, calendars, who.</param>
    public static Outcome Handle(Ticket ticket, TicketAct act, Func<Ticket, TicketAct, ActContext, Decision> decide, ActContext context) => throw new NotImplementedException();

    /// <summary>Settles whatever fell due strictly before <see cref="ActContext.Now"/>: warnings, breaches, their consequences, in order of their due times.</summary>
    public static Outcome Settle(Ticket ticket, ActContext context) => throw new NotImplementedException();
}
