namespace ServiceOrders.Domain.Tickets.Acts;

/// <summary>Nobody needs the ticket as evidence any more: the rules of retention hold for it again (row A3). With a reason, but where the customer's data was erased.</summary>
public sealed record LiftLegalHold : ReasonedAct
{
    internal static void Validate(LiftLegalHold act, Check check) => check.Text("reason", act.Reason);

    /// <summary><see cref="LegalHoldLifted"/>. Refused: <c>not-on-legal-hold</c>, <c>legal-hold-needs-a-reason</c>.</summary>
    public static Decision Decide(Ticket ticket, LiftLegalHold act, ActContext context) => ticket.LegalHold is null
        ? Refusal.State("not-on-legal-hold", "The ticket is not under legal hold.")
        : PlaceLegalHold.WithoutReason(act, context) is { } refused ? refused : Decision.Happens(new LegalHoldLifted(context.SealOptional(act.Reason)));
}
