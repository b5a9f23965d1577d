namespace ServiceOrders.Domain.Tickets.Acts;

/// <summary>The customer rejects what is pending: the preliminary solution, or the resolution (rows D5, H12).</summary>
public sealed record Reject : ReasonedAct
{
    internal static void Validate(Reject act, Check check) { }

    /// <summary>
    /// Of a resolved ticket <see cref="ResolutionRejected"/>, which reopens it; while work goes on <see cref="SolutionRejected"/>, and, since it is an answer, the end of a
    /// wait for the customer. Escalation is the policy's business. Refused: <c>nothing-pending</c>; once confirmed, <c>ticket-confirmed</c>.
    /// </summary>
    public static Decision Decide(Ticket ticket, Reject act, ActContext context)
    {
        var reason = context.SealOptional(act.Reason);
        if (ticket.Status == TicketStatus.Resolved) return Decision.Happens(new ResolutionRejected(reason));
        if (ticket.WorkIsOver() is { } over) return over;
        return ticket.SolutionPending
            ? Decision.Happens(ticket.Answered(new SolutionRejected(reason)))
            : Refusal.State("nothing-pending", "Neither a preliminary solution nor a resolution waits for the customer's word.");
    }
}
