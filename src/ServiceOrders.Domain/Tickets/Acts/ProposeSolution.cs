namespace ServiceOrders.Domain.Tickets.Acts;

/// <summary>初步解决方案: a preliminary solution is proposed to the customer (001).</summary>
public sealed record ProposeSolution : ReasonedAct
{
    /// <summary>The solution.</summary>
    public string? Text { get; init; }

    internal static void Validate(ProposeSolution act, Check check) => check.Text("text", act.Text);

    /// <summary><see cref="SolutionProposed"/> while work goes on; it takes the place of one that still waits for the customer's word.</summary>
    public static Decision Decide(Ticket ticket, ProposeSolution act, ActContext context) =>
        ticket.WorkIsOver() is { } over ? over : context.Happens(act, new SolutionProposed(context.SealOptional(act.Text)));
}
