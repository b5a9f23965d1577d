namespace ServiceOrders.Domain.Tickets.Acts;

/// <summary>What the ticket waited for has come (row D3).</summary>
public sealed record ResumeWork : ReasonedAct
{
    internal static void Validate(ResumeWork act, Check check) { }

    /// <summary><see cref="TicketResumed"/>: where it stood before, it stands again. Refused: <c>not-on-hold</c>.</summary>
    public static Decision Decide(Ticket ticket, ResumeWork act, ActContext context)
    {
        if (ticket.WorkIsOver() is { } over) return over;
        if (ticket.Hold is null) return Refusal.State("not-on-hold", "The ticket is not on hold.");
        return Decision.Happens(new TicketResumed(context.SealOptional(act.Reason)));
    }
}
