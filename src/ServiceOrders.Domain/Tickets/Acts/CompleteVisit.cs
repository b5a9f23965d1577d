namespace ServiceOrders.Domain.Tickets.Acts;

/// <summary>The visit is over (row H7). Whether the problem is solved, a resolution says; if it is not, the next visit can be agreed.</summary>
public sealed record CompleteVisit : ReasonedAct
{
    /// <summary>What was done.</summary>
    public string? Text { get; init; }

    internal static void Validate(CompleteVisit act, Check check) => check.Text("text", act.Text);

    /// <summary>
    /// <see cref="VisitCompleted"/>, until the ticket ends: whoever resolved the problem at the customer's may come to the papers later. Refused: <c>not-arrived</c>
    /// (no technician is at the customer's).
    /// </summary>
    public static Decision Decide(Ticket ticket, CompleteVisit act, ActContext context)
    {
        if (ticket.HasEnded() is { } ended) return ended;
        return ticket.Visit is { ArrivedAt: not null, CompletedAt: null }
            ? context.Happens(act, new VisitCompleted(context.SealOptional(act.Text)))
            : Refusal.State("not-arrived", "No technician has arrived for a visit that is still going on.");
    }
}
