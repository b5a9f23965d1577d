namespace ServiceOrders.Domain.Tickets.Acts;

/// <summary>满意度: the customer rates the service, by telephone or online (row K3).</summary>
public sealed record Rate : ReasonedAct
{
    /// <summary>1 (worst) to 5.</summary>
    public int? Score { get; init; }
    /// <summary>Opinions and suggestions.</summary>
    public string? Comment { get; init; }

    internal static void Validate(Rate act, Check check)
    {
        check.Text("comment", act.Comment);
        if (act.Score is not (>= 1 and <= 5)) check.Wrong("score", "must be a whole number from 1 to 5");
    }

    /// <summary><see cref="TicketRated"/> once there is a resolution, after closing as well; a later rating takes the place of an earlier one. Refused: <c>not-resolved</c>.</summary>
    public static Decision Decide(Ticket ticket, Rate act, ActContext context) =>
        ticket.IsNotResolved() is { } refusal ? refusal : context.Happens(act, new TicketRated(act.Score!.Value, context.SealOptional(act.Comment)));
}
