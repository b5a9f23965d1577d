namespace ServiceOrders.Domain.Tickets.Acts;

/// <summary>A resolution is given; the customer has the word (row H12).</summary>
public sealed record Resolve : ReasonedAct
{
    /// <summary>What was done.</summary>
    public string? Text { get; init; }

    internal static void Validate(Resolve act, Check check) => check.Text("text", act.Text);

    /// <summary><see cref="TicketResolved"/> while work goes on; whatever was waited for is waited for no more, so a hold ends first.</summary>
    public static Decision Decide(Ticket ticket, Resolve act, ActContext context)
    {
        if (ticket.WorkIsOver() is { } over) return over;
        var resolved = new TicketResolved(context.SealOptional(act.Text));
        return ticket.Hold is null ? context.Happens(act, resolved) : context.Happens(act, new TicketResumed(null), resolved);
    }
}
