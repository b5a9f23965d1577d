using ServiceOrders.Domain.Deadlines;

namespace ServiceOrders.Domain.Tickets.Acts;

/// <summary>Explains a breach: it can never be removed, only annotated with a reason (row D4), on an ended ticket too. Not shown to channels.</summary>
public sealed record AnnotateBreach : ReasonedAct
{
    /// <summary>The milestone that was breached.</summary>
    public string? Milestone { get; init; }
    /// <summary>Its cycle, from 1; null: the last that was breached.</summary>
    public int? Cycle { get; init; }

    internal static void Validate(AnnotateBreach act, Check check)
    {
        if (string.IsNullOrWhiteSpace(act.Milestone)) check.Missing("milestone");
        check.Name("milestone", act.Milestone).RequiredText("reason", act.Reason);
    }

    /// <summary><see cref="BreachAnnotated"/>. Refused: <c>not-breached</c>.</summary>
    public static Decision Decide(Ticket ticket, AnnotateBreach act, ActContext context)
    {
        var breached = ticket.Milestones.LastOrDefault(c => c.Name == act.Milestone && c.BreachedAt is not null && (act.Cycle is null || c.Cycle == act.Cycle));
        return breached is null
            ? Refusal.State("not-breached", $"No such cycle of {act.Milestone} was breached.")
            : Decision.Happens(new BreachAnnotated(breached.Name, breached.Cycle, null, context.SealText(act.Reason)));
    }
}
