namespace ServiceOrders.Domain.Tickets.Acts;

/// <summary>回访: someone who did not do the work calls back and asks whether the problem is solved (001, row H12).</summary>
public sealed record CallBack : ReasonedAct
{
    /// <summary>Whether the customer was reached; null: yes.</summary>
    public bool? Reached { get; init; }
    /// <summary>Whether the problem is solved, as the customer says; null: they could not say.</summary>
    public bool? Solved { get; init; }
    /// <summary>What was said.</summary>
    public string? Text { get; init; }

    internal static void Validate(CallBack act, Check check)
    {
        check.Text("text", act.Text);
        if (act.Reached == false && act.Solved is not null) check.Wrong("solved", "is known only when the customer was reached");
    }

    /// <summary>
    /// <see cref="FollowUpCalled"/> once there is a resolution, after closing as well. It records what was heard and nothing more: that the problem is not solved reopens
    /// the ticket only when the caller then rejects (or, after closing, reopens) it in the customer's name. Refused: <c>not-resolved</c>, <c>own-work</c> (the caller is the assignee).
    /// </summary>
    public static Decision Decide(Ticket ticket, CallBack act, ActContext context)
    {
        if (ticket.IsNotResolved() is { } refusal) return refusal;
        if (!context.Historical && context.Actor.Kind == ActorKind.Staff && context.Actor.Id == ticket.Assignee)
        {
            return Refusal.Rule("own-work", "Whoever did the work does not call back: someone else has to.");
        }
        return context.Happens(act, new FollowUpCalled(act.Reached ?? true, act.Solved, context.SealOptional(act.Text)));
    }
}
