namespace ServiceOrders.Domain.Tickets.Acts;

/// <summary>响应: the customer is contacted for the first time, or told that they are queued and how long it takes (001).</summary>
public sealed record ContactCustomer : ReasonedAct
{
    /// <summary>By what means; null: as the customer prefers, else as they came.</summary>
    public Medium? Medium { get; init; }
    /// <summary>What was said.</summary>
    public string? Text { get; init; }
    /// <summary>For a notice of queueing: the wait that was announced, ISO 8601, at most 30 days.</summary>
    public string? ExpectedWait { get; init; }

    internal static void Validate(ContactCustomer act, Check check) => check.Known("medium", act.Medium).Text("text", act.Text).Wait("expectedWait", act.ExpectedWait);

    /// <summary><see cref="FirstResponseGiven"/>, once, while work goes on; from then on it is a reply. Refused: <c>already-responded</c>.</summary>
    public static Decision Decide(Ticket ticket, ContactCustomer act, ActContext context)
    {
        if (ticket.WorkIsOver() is { } over) return over;
        if (ticket.FirstRespondedAt is not null) return Refusal.State("already-responded", "The first response was given already; what follows is a reply.");
        return context.Happens(act, new FirstResponseGiven(act.Medium ?? ticket.PreferredMedium ?? ticket.Medium, context.SealOptional(act.Text), act.ExpectedWait));
    }
}
