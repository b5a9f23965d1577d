namespace ServiceOrders.Domain.Tickets.Acts;

/// <summary>主动告知: the customer is told of a delay, and of the time that is now expected (001, row D3).</summary>
public sealed record NotifyDelay : ReasonedAct
{
    /// <summary>When resolution is now expected.</summary>
    public DateTimeOffset? ExpectedResolution { get; init; }
    /// <summary>What was said.</summary>
    public string? Text { get; init; }

    internal static void Validate(NotifyDelay act, Check check)
    {
        check.Text("text", act.Text).Ahead("expectedResolution", act.ExpectedResolution);
        if (act.ExpectedResolution is null && act.Text.Kept() is null) check.Wrong("expectedResolution", "is required when no text says what was told");
    }

    /// <summary><see cref="DelayNotified"/> while work goes on. Refused: <c>expected-in-the-past</c>.</summary>
    public static Decision Decide(Ticket ticket, NotifyDelay act, ActContext context)
    {
        if (ticket.WorkIsOver() is { } over) return over;
        if (act.ExpectedResolution <= context.At) return Refusal.Rule("expected-in-the-past", "What is expected has to lie ahead.", "expectedResolution");
        return context.Happens(act, new DelayNotified(act.ExpectedResolution?.ToUniversalTime(), context.SealOptional(act.Text)));
    }
}
