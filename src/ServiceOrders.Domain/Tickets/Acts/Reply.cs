namespace ServiceOrders.Domain.Tickets.Acts;

/// <summary>Staff reply to the customer (row H14).</summary>
public sealed record Reply : ReasonedAct
{
    /// <summary>The reply.</summary>
    public string? Text { get; init; }
    /// <summary>By what means; null: as the customer prefers, else as they came.</summary>
    public Medium? Medium { get; init; }
    /// <summary>The message that it answers.</summary>
    public Guid? InReplyTo { get; init; }

    internal static void Validate(Reply act, Check check) => check.RequiredText("text", act.Text).Known("medium", act.Medium);

    /// <summary><see cref="StaffReplySent"/>, until the ticket ends. Refused: <c>unknown-message</c>.</summary>
    public static Decision Decide(Ticket ticket, Reply act, ActContext context)
    {
        if (ticket.HasEnded() is { } ended) return ended;
        if (act.InReplyTo is { } answered && !ticket.Messages.Contains(answered))
        {
            return Refusal.Rule("unknown-message", "No recent message of this ticket has that id.", "inReplyTo");
        }
        return context.Happens(act, new StaffReplySent(context.NewId(), act.Medium ?? ticket.PreferredMedium ?? ticket.Medium, context.SealText(act.Text), act.InReplyTo));
    }
}
