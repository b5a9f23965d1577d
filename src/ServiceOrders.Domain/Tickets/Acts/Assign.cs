namespace ServiceOrders.Domain.Tickets.Acts;

/// <summary>派工: a team, then a person, becomes responsible (责任到人, row H1).</summary>
public sealed record Assign : ReasonedAct
{
    /// <summary>The team; null: stays.</summary>
    public string? Team { get; init; }
    /// <summary>The person; null together with a team: nobody yet.</summary>
    public string? Assignee { get; init; }

    internal static void Validate(Assign act, Check check)
    {
        check.Name("team", act.Team).Name("assignee", act.Assignee);
        if (act.Team.Kept() is null && act.Assignee.Kept() is null) check.Wrong("team", "is required when no assignee is given");
    }

    /// <summary>
    /// <see cref="TicketAssigned"/>, until the ticket ends: a resolved one still needs somebody who calls back. A team without a person hands the ticket to the
    /// team. Refused: <c>nothing-changes</c>.
    /// </summary>
    public static Decision Decide(Ticket ticket, Assign act, ActContext context)
    {
        if (ticket.HasEnded() is { } ended) return ended;
        var assigned = new TicketAssigned(act.Team.Kept() ?? ticket.Team, act.Assignee.Kept(), context.SealOptional(act.Reason));
        return (assigned.Team, assigned.Assignee) == (ticket.Team, ticket.Assignee)
            ? Refusal.Rule("nothing-changes", "The ticket is assigned so already.")
            : Decision.Happens(assigned);
    }
}
