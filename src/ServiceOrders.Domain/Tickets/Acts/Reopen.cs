namespace ServiceOrders.Domain.Tickets.Acts;

/// <summary>The problem is back, or was never solved: work goes on (row H12).</summary>
public sealed record Reopen : ReasonedAct
{
    internal static void Validate(Reopen act, Check check) { }

    /// <summary><see cref="TicketReopened"/> of a resolved, confirmed or closed ticket. Refused: <c>not-resolved</c>; a cancelled one stays so, <c>ticket-cancelled</c>.</summary>
    public static Decision Decide(Ticket ticket, Reopen act, ActContext context) =>
        ticket.IsNotResolved() is { } refusal ? refusal : Decision.Happens(new TicketReopened(context.SealOptional(act.Reason)));
}
