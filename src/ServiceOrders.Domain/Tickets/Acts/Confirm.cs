namespace ServiceOrders.Domain.Tickets.Acts;

/// <summary>The customer confirms the resolution: the loop is closed (闭环, row H12).</summary>
public sealed record Confirm : ReasonedAct
{
    /// <summary>What was said.</summary>
    public string? Text { get; init; }

    internal static void Validate(Confirm act, Check check) => check.Text("text", act.Text);

    /// <summary><see cref="ResolutionConfirmed"/> of a resolved ticket. Refused: <c>not-resolved</c>, <c>already-confirmed</c>.</summary>
    public static Decision Decide(Ticket ticket, Confirm act, ActContext context) => (ticket.HasEnded() ?? ticket.IsNotResolved()) switch
    {
        { } refusal => refusal,
        null when ticket.Status == TicketStatus.Confirmed => Refusal.State("already-confirmed", "The resolution was confirmed already."),
        null => context.Happens(act, new ResolutionConfirmed(context.SealOptional(act.Text))),
    };
}
