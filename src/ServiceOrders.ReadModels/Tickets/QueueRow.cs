using ServiceOrders.Domain.Deadlines;
using ServiceOrders.Domain.Tickets;

namespace ServiceOrders.ReadModels.Tickets;

/// <summary>What lists know of a ticket.</summary>
/// <param name="Ticket">The state that it is read from.</param>
/// <param name="NextDueAt">The earliest deadline that runs; null: none.</param>
/// <param name="BreachCount">Cycles that were ever breached.</param>
/// <param name="Priority">Smaller is first, see <see cref="PriorityOf"/>.</param>
/// <param name="Promises">Its open promises in words, <c>acknowledge:breached resolution:running</c>; null: none.</param>
/// <param name="OverdueSince">The earliest due time that was missed and is still owed; null: none.</param>
public sealed record QueueRow(Ticket Ticket, DateTimeOffset? NextDueAt, int BreachCount, short Priority, string? Promises, DateTimeOffset? OverdueSince)
{
    /// <summary>The row of a ticket.</summary>
    public static QueueRow Of(Ticket ticket)
    {
        ArgumentNullException.ThrowIfNull(ticket);
        DateTimeOffset? next = null, overdue = null;
        string? promises = null;
        var breaches = 0;
        foreach (var cycle in ticket.Milestones)
        {
            if (cycle.BreachedAt is not null) breaches++;
            if (cycle.State == MilestoneState.Running && (next is null || cycle.DueAt < next)) next = cycle.DueAt;
            // What a ticket that has ended missed will not be made good any more; what runs on after its closing still may.
            if (!cycle.IsLive && (cycle.State != MilestoneState.Breached || ticket.IsEnded)) continue;
            var promise = Promise(cycle.Name, cycle.State);
            promises = promises is null ? promise : promises + " " + promise;
            if (cycle.State == MilestoneState.Breached && (overdue is null || cycle.BreachedAt < overdue)) overdue = cycle.BreachedAt;
        }
        return new QueueRow(ticket, next, breaches, PriorityOf(ticket), promises, overdue);
    }

    /// <summary>A promise as a word.</summary>
    internal static string Promise(string milestone, MilestoneState state) => $"{milestone}:{Names<MilestoneState>.Of(state)}";

    /// <summary>
    /// The order of work (rows I7, K2): urgent tickets first, which is the green lane (绿色通道), then important ones, then the rest; within each those of high-value customers
    /// before others; tickets that have ended last. Within one priority the earliest deadline is first.
    /// </summary>
    private static short PriorityOf(Ticket ticket) =>
        ticket.IsEnded ? (short)9 : (short)(((int)ticket.Urgency * 2) + (ticket.Tier == CustomerTier.High ? 0 : 1));
}
