namespace ServiceOrders.Domain.Tickets.Acts;

/// <summary>
/// Someone may need the ticket as evidence: nothing of it is deleted, archived or erased until the hold is lifted (row A3). In any status; channels see that it is so, not why. With a reason, but where the customer's
/// data was erased: a court may want what is left, and no text could be sealed there.
/// </summary>
public sealed record PlaceLegalHold : ReasonedAct
{
    internal static void Validate(PlaceLegalHold act, Check check) => check.Text("reason", act.Reason);

    /// <summary><see cref="LegalHoldPlaced"/>. Refused: <c>already-on-legal-hold</c>, <c>legal-hold-needs-a-reason</c>.</summary>
    public static Decision Decide(Ticket ticket, PlaceLegalHold act, ActContext context)
    {
        if (ticket.LegalHold is not null) return Refusal.State("already-on-legal-hold", "The ticket is under legal hold already; whoever has another reason for it adds a note.");
        return WithoutReason(act, context) is { } refused ? refused : Decision.Happens(new LegalHoldPlaced(context.SealOptional(act.Reason)));
    }

    /// <summary>Why a hold is neither placed nor lifted without a reason; null: there is one, or none can be kept.</summary>
    internal static Refusal? WithoutReason(ReasonedAct act, ActContext context) => act.HasReason || context.SubjectErased || context.Historical || context.Simulated ? null
        : Refusal.Rule("legal-hold-needs-a-reason", "A legal hold is placed and lifted for a reason; only where the customer's data was erased is there none.", "reason");
}
