namespace ServiceOrders.Domain.Tickets.Acts;

/// <summary>Someone may need the ticket as evidence: nothing of it is deleted, archived or erased until the hold is lifted (row A3). In any status; channels see that it is so, not why.</summary>
public sealed record PlaceLegalHold : ReasonedAct
{
    internal static void Validate(PlaceLegalHold act, Check check) => check.RequiredText("reason", act.Reason);

    /// <summary><see cref="LegalHoldPlaced"/>. Refused: <c>already-on-legal-hold</c>.</summary>
    public static Decision Decide(Ticket ticket, PlaceLegalHold act, ActContext context) => ticket.LegalHold is null
        ? Decision.Happens(new LegalHoldPlaced(context.SealText(act.Reason)))
        : Refusal.State("already-on-legal-hold", "The ticket is under legal hold already; whoever has another reason for it adds a note.");
}
