namespace ServiceOrders.Domain.Tickets.Acts;

/// <summary>启动升级: a person takes the ticket a level up (001, row D5). Deadlines do the same by themselves.</summary>
public sealed record Escalate : ReasonedAct
{
    /// <summary>The highest level that a person can escalate to.</summary>
    public const int HighestLevel = 9;

    /// <summary>The supervisor or department that it goes to; null: the team's supervisor of that level.</summary>
    public string? To { get; init; }
    /// <summary>The level to climb to, above the one that the ticket is at; null: the next.</summary>
    public int? Level { get; init; }

    internal static void Validate(Escalate act, Check check)
    {
        check.Name("to", act.To);
        if (act.Level is < 1 or > HighestLevel) check.Wrong("level", $"must be from 1 to {HighestLevel}");
    }

    /// <summary><see cref="TicketEscalated"/>, up the ladder, while work goes on. Refused: <c>highest-level</c>; <c>nothing-changes</c>, where it is at that level already.</summary>
    public static Decision Decide(Ticket ticket, Escalate act, ActContext context)
    {
        if (ticket.WorkIsOver() is { } over) return over;
        if (ticket.EscalationLevel >= HighestLevel) return Refusal.State("highest-level", "The ticket is at the highest level already.");
        var level = act.Level ?? ticket.EscalationLevel + 1;
        if (level <= ticket.EscalationLevel) return Refusal.Rule("nothing-changes", $"The ticket is at level {ticket.EscalationLevel} already.", "level");
        return Decision.Happens(new TicketEscalated(level, Automatic: false, "manual", act.To.Kept() ?? context.Rules.Supervisor(ticket.Team, level), context.SealOptional(act.Reason)));
    }
}
