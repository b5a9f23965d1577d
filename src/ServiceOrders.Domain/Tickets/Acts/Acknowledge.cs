namespace ServiceOrders.Domain.Tickets.Acts;

/// <summary>确认接收: receipt is confirmed to the customer (001).</summary>
public sealed record Acknowledge : ReasonedAct
{
    /// <summary>What was said.</summary>
    public string? Text { get; init; }

    internal static void Validate(Acknowledge act, Check check) => check.Text("text", act.Text);

    /// <summary><see cref="TicketAcknowledged"/>, once, while work goes on. Refused: <c>already-acknowledged</c>.</summary>
    public static Decision Decide(Ticket ticket, Acknowledge act, ActContext context)
    {
        if (ticket.WorkIsOver() is { } over) return over;
        if (ticket.AcknowledgedAt is not null) return Refusal.State("already-acknowledged", "Receipt was confirmed already.");
        return context.Happens(act, new TicketAcknowledged(context.SealOptional(act.Text)));
    }
}
