namespace ServiceOrders.Domain.Tickets.Acts;

/// <summary>分级分类: a person corrects the classification (row I5). What is left out stays as it is.</summary>
public sealed record Classify : ReasonedAct
{
    /// <summary>What is asked for.</summary>
    public TicketKind? Kind { get; init; }
    /// <summary>How soon.</summary>
    public Urgency? Urgency { get; init; }
    /// <summary>How hard.</summary>
    public Complexity? Complexity { get; init; }
    /// <summary>The customer's tier.</summary>
    public CustomerTier? Tier { get; init; }

    internal static void Validate(Classify act, Check check) =>
        check.Known("kind", act.Kind).Known("urgency", act.Urgency).Known("complexity", act.Complexity).Known("tier", act.Tier);

    /// <summary>
    /// <see cref="TicketClassified"/>, always open to correction until the ticket ends. Refused: <c>nothing-changes</c>; once resolved, another complexity
    /// (<c>ticket-resolved</c>, <c>ticket-confirmed</c>): it would start an escalation of what is solved.
    /// </summary>
    public static Decision Decide(Ticket ticket, Classify act, ActContext context)
    {
        if (ticket.HasEnded() is { } ended) return ended;
        var classified = new TicketClassified(act.Kind ?? ticket.Kind, act.Urgency ?? ticket.Urgency, act.Complexity ?? ticket.Complexity, act.Tier ?? ticket.Tier,
            context.SealOptional(act.Reason));
        if (classified.Complexity != ticket.Complexity && ticket.WorkIsOver() is { } over) return over;
        return (classified.Kind, classified.Urgency, classified.Complexity, classified.Tier) == (ticket.Kind, ticket.Urgency, ticket.Complexity, ticket.Tier)
            ? Refusal.Rule("nothing-changes", "The ticket is classified so already; give at least one of kind, urgency, complexity and tier another value.")
            : Decision.Happens(classified);
    }
}
