namespace ServiceOrders.Domain.Tickets.Acts;

/// <summary>The request is withdrawn, or needs no answer.</summary>
public sealed record Cancel : ReasonedAct
{
    internal static void Validate(Cancel act, Check check) { }

    /// <summary><see cref="TicketCancelled"/> while work goes on, on hold as well; what is resolved is closed instead.</summary>
    public static Decision Decide(Ticket ticket, Cancel act, ActContext context) =>
        ticket.WorkIsOver() is { } over ? over : Decision.Happens(new TicketCancelled(context.SealOptional(act.Reason)));
}
