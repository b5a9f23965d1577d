using ServiceOrders.Domain.Deadlines;
using ServiceOrders.Domain.Tickets;

namespace ServiceOrders.ReadModels.Tickets;

/// <summary>What lists know of a ticket.</summary>
/// <param name="Ticket">The state that it is read from.</param>
/// <param name="NextDueAt">The earliest deadline that runs; null: none.</param>
/// <param name="BreachCount">Cycles that were ever breached.</param>
/// <param name="Priority">Smaller is first, see <see cref="PriorityOf"/>.</param>
public sealed record QueueRow(Ticket Ticket, DateTimeOffset? NextDueAt, int BreachCount, short Priority)
{
    /// <summary>The row of a ticket.</summary>
    public static QueueRow Of(Ticket ticket)
    {
        ArgumentNullException.ThrowIfNull(ticket);
        DateTimeOffset? next = null;
        var breaches = 0;
        foreach (var cycle in ticket.Milestones)
        {
            if (cycle.BreachedAt is not null) breaches++;
            if (cycle.State == MilestoneState.Running && (next is null || cycle.DueAt < next)) next = cycle.DueAt;
        }
        return new QueueRow(ticket, next, breaches, PriorityOf(ticket));
    }

    /// <summary>
    /// The order of work (rows I7, K2): urgent tickets first, which is the green lane (绿色通道), then important ones, then the rest; within each those of high-value customers
    /// before others; tickets that have ended last. Within one priority the earliest deadline is first.
    /// </summary>
    private static short PriorityOf(Ticket ticket) =>
        ticket.IsEnded ? (short)9 : (short)(((int)ticket.Urgency * 2) + (ticket.Tier == CustomerTier.High ? 0 : 1));
}
