namespace ServiceOrders.Domain.Tickets.Acts;

/// <summary>Nobody needs the ticket as evidence any more: the rules of retention hold for it again (row A3).</summary>
public sealed record LiftLegalHold : ReasonedAct
{
    internal static void Validate(LiftLegalHold act, Check check) => check.RequiredText("reason", act.Reason);

    /// <summary><see cref="LegalHoldLifted"/>. Refused: <c>not-on-legal-hold</c>.</summary>
    public static Decision Decide(Ticket ticket, LiftLegalHold act, ActContext context) => ticket.LegalHold is null
        ? Refusal.State("not-on-legal-hold", "The ticket is not under legal hold.")
        : Decision.Happens(new LegalHoldLifted(context.SealText(act.Reason)));
}
