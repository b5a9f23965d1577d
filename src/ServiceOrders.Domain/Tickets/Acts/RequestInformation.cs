namespace ServiceOrders.Domain.Tickets.Acts;

/// <summary>The customer is asked for what is missing, and the ticket waits for the answer (row I3).</summary>
public sealed record RequestInformation : ReasonedAct
{
    /// <summary>What is asked for, see <see cref="InformationFields"/>; null or empty: everything that is missing.</summary>
    public IReadOnlyList<string>? Fields { get; init; }
    /// <summary>The question.</summary>
    public string? Text { get; init; }

    internal static void Validate(RequestInformation act, Check check)
    {
        check.Text("text", act.Text);
        var fields = act.Fields ?? [];
        if (fields.Count > Limits.Fields) check.Wrong("fields", $"must name at most {Limits.Fields}");
        else if (fields.Any(f => !InformationFields.All.Contains(f))) check.Wrong("fields", $"must be of {string.Join(", ", InformationFields.All)}");
    }

    /// <summary>
    /// <see cref="InformationRequested"/> while work goes on, and a hold for the customer unless the ticket is on hold already. Refused: <c>nothing-asked</c> (no field, no
    /// question, and nothing is missing).
    /// </summary>
    public static Decision Decide(Ticket ticket, RequestInformation act, ActContext context)
    {
        if (ticket.WorkIsOver() is { } over) return over;
        IReadOnlyList<string> fields = act.Fields is { Count: > 0 } given ? [.. given.Distinct(StringComparer.Ordinal)] : ticket.MissingInformation;
        var question = context.SealOptional(act.Text);
        if (fields.Count == 0 && question is null) return Refusal.Rule("nothing-asked", "Nothing is missing: name the fields or ask a question.", "fields");
        var requested = new InformationRequested(fields, question);
        return ticket.Hold is null
            ? context.Happens(act, requested, new TicketHeld(HoldReason.AwaitingCustomer, null, null))
            : context.Happens(act, requested);
    }
}
