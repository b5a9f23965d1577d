namespace ServiceOrders.Domain.Tickets.Acts;

/// <summary>到达现场: the technician arrives at the customer's for the visit that was agreed (row H7).</summary>
public sealed record Arrive : ReasonedAct
{
    internal static void Validate(Arrive act, Check check) { }

    /// <summary><see cref="VisitArrived"/>, once for each visit, while work goes on. Refused: <c>no-visit</c> (none is agreed), <c>already-arrived</c>.</summary>
    public static Decision Decide(Ticket ticket, Arrive act, ActContext context)
    {
        if (ticket.WorkIsOver() is { } over) return over;
        return ticket.Visit switch
        {
            null or { CompletedAt: not null } => Refusal.State("no-visit", "No visit is agreed; schedule one first."),
            { ArrivedAt: not null } => Refusal.State("already-arrived", "The technician has arrived already."),
            _ => context.Happens(act, new VisitArrived()),
        };
    }
}
