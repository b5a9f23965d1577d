namespace ServiceOrders.Domain.Tickets.Acts;

/// <summary>The customer writes or says something, through any channel (row H14).</summary>
public sealed record ReceiveMessage : ReasonedAct
{
    /// <summary>The message.</summary>
    public string? Text { get; init; }
    /// <summary>By what means; null: as the request came.</summary>
    public Medium? Medium { get; init; }

    internal static void Validate(ReceiveMessage act, Check check) => check.RequiredText("text", act.Text).Known("medium", act.Medium);

    /// <summary>
    /// <see cref="CustomerMessageReceived"/> until the ticket ends, and the end of a wait for the customer. On a resolved ticket it reopens nothing: it may be a word of thanks.
    /// </summary>
    public static Decision Decide(Ticket ticket, ReceiveMessage act, ActContext context)
    {
        if (ticket.HasEnded() is { } ended) return ended;
        return context.Happens(act, ticket.Answered(new CustomerMessageReceived(context.NewId(), act.Medium ?? ticket.Medium, context.SealText(act.Text))));
    }
}
