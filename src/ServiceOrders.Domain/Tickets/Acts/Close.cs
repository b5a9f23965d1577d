namespace ServiceOrders.Domain.Tickets.Acts;

/// <summary>The ticket is done with.</summary>
public sealed record Close : ReasonedAct
{
    internal static void Validate(Close act, Check check) { }

    /// <summary><see cref="TicketClosed"/>, of a resolved ticket, confirmed or not; one without a resolution is cancelled instead. Refused: <c>not-resolved</c>.</summary>
    public static Decision Decide(Ticket ticket, Close act, ActContext context) =>
        (ticket.HasEnded() ?? ticket.IsNotResolved()) is { } refusal ? refusal : Decision.Happens(new TicketClosed(context.SealOptional(act.Reason)));
}
