namespace ServiceOrders.Domain.Tickets.Acts;

/// <summary>The ticket has to wait: for the customer, for parts (配件缺货) or for a third party (row D3).</summary>
public sealed record PutOnHold : TicketAct
{
    /// <summary>For whom or what.</summary>
    public HoldReason? Reason { get; init; }
    /// <summary>When the wait is expected to end.</summary>
    public DateTimeOffset? ExpectedUntil { get; init; }
    /// <summary>More about it.</summary>
    public string? Detail { get; init; }

    /// <summary>A hold without a reason does not exist, so a late report of one always has its reason.</summary>
    internal override bool HasReason => true;

    internal static void Validate(PutOnHold act, Check check) => check.Required("reason", act.Reason).Ahead("expectedUntil", act.ExpectedUntil).Text("detail", act.Detail, Limits.Reason);

    /// <summary><see cref="TicketHeld"/> while work goes on. Refused: <c>already-on-hold</c>, <c>expected-in-the-past</c>.</summary>
    public static Decision Decide(Ticket ticket, PutOnHold act, ActContext context)
    {
        if (ticket.WorkIsOver() is { } over) return over;
        if (ticket.Hold is not null) return Refusal.State("already-on-hold", "The ticket is on hold already; resume it first.");
        if (act.ExpectedUntil <= context.At) return Refusal.Rule("expected-in-the-past", "The wait has to end after it began.", "expectedUntil");
        return Decision.Happens(new TicketHeld(act.Reason!.Value, act.ExpectedUntil?.ToUniversalTime(), context.SealOptional(act.Detail)));
    }
}
