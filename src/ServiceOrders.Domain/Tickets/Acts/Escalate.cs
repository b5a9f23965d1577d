namespace ServiceOrders.Domain.Tickets.Acts;

/// <summary>启动升级: a person takes the ticket a level up (001, row D5). Deadlines do the same by themselves.</summary>
public sealed record Escalate : ReasonedAct
{
    /// <summary>The highest level that a person can escalate to.</summary>
    public const int HighestLevel = 9;

    /// <summary>The supervisor or department that it goes to.</summary>
    public string? To { get; init; }

    internal static void Validate(Escalate act, Check check) => check.Name("to", act.To);

    /// <summary><see cref="TicketEscalated"/>, one level up, while work goes on. Refused: <c>highest-level</c>.</summary>
    public static Decision Decide(Ticket ticket, Escalate act, ActContext context)
    {
        if (ticket.WorkIsOver() is { } over) return over;
        if (ticket.EscalationLevel >= HighestLevel) return Refusal.State("highest-level", "The ticket is at the highest level already.");
        return Decision.Happens(new TicketEscalated(ticket.EscalationLevel + 1, Automatic: false, "manual", act.To.Kept(), context.SealOptional(act.Reason)));
    }
}
