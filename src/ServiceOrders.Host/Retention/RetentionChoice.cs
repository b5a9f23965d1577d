using ServiceOrders.Domain.Retention;
using ServiceOrders.Domain.Tickets;
using ServiceOrders.ReadModels.Retention;

namespace ServiceOrders.Host.Retention;

/// <summary>A ticket past its time.</summary>
/// <param name="Ticket">As it was read.</param>
/// <param name="Rule">By which rule.</param>
/// <param name="WasLeft">Whether the run came by it before, when it looked for what is to be deleted: whatever was in the way then is counted already.</param>
public sealed record DueTicket(Ticket Ticket, RetentionRule Rule, bool WasLeft = false);

/// <summary>Which tickets of a page are dealt with in one transaction, and how far the run is after them.</summary>
/// <param name="Tickets">Those past their time with nothing in the way.</param>
/// <param name="Progress">The run's progress, with these still to be counted.</param>
public sealed record RetentionChoice(IReadOnlyList<DueTicket> Tickets, RetentionProgress Progress)
{
    /// <summary>Tickets in a transaction, and events: where a page has more, it ends before its end. While one that deletes commits, nobody appends: it looks each stream up in its record.</summary>
    public const int MostTickets = 50, MostEvents = 1_000;

    /// <summary>Chooses.</summary>
    /// <param name="page">The page.</param>
    /// <param name="last">Its last ticket.</param>
    /// <param name="at">The run before it.</param>
    /// <param name="rules">The rules.</param>
    /// <param name="now">The time.</param>
    public static RetentionChoice Of(CandidatePage page, (Guid Id, DateTimeOffset UpdatedAt) last, RetentionProgress at, RetentionRules rules, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(page);
        ArgumentNullException.ThrowIfNull(at);
        ArgumentNullException.ThrowIfNull(rules);
        List<DueTicket> chosen = [];
        var events = 0L;
        foreach (var candidate in page.Candidates)
        {
            if (candidate.State is not { } ticket) at = WasPassed(candidate, at, rules, now) ? at : at.Leaving(RetentionObstacles.Unreadable);
            else if (rules.Due(at.Looking, ticket, now) is { } rule)
            {
                var due = new DueTicket(ticket, rule, at.Looking == RetentionAction.Archive && rules.Due(RetentionAction.Delete, ticket, now) is not null);
                if (RetentionRules.ObstacleOf(ticket) is { } obstacle) at = at.Leaving(due, obstacle);
                else if (chosen.Count > 0 && (chosen.Count == MostTickets || events + ticket.Version > MostEvents)) return new RetentionChoice(chosen, at);
                else
                {
                    chosen.Add(due);
                    events += ticket.Version;
                }
            }
            at = at with { Examined = at.Examined + (candidate.State is null ? 0 : 1), LastTicket = candidate.Id, LastUpdated = candidate.UpdatedAt };
        }
        return new RetentionChoice(chosen, at with { LastTicket = last.Id, LastUpdated = last.UpdatedAt });
    }

    /// <summary>Nothing recorded after this can be old enough for an action's rules; null: it has none. Months are not all of one length: whether a ticket's time has come, the rule tells exactly.</summary>
    public static DateTimeOffset? Until(RetentionAction action, RetentionRules rules, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(rules);
        return rules.ShortestMonths(action) is { } months ? now.AddMonths(-months).AddDays(3) : null;
    }

    private static bool WasPassed(RetentionTicket candidate, RetentionProgress at, RetentionRules rules, DateTimeOffset now) =>
        at.Looking == RetentionAction.Archive && candidate.UpdatedAt <= Until(RetentionAction.Delete, rules, now);
}

/// <summary>Counts what is left.</summary>
internal static class RetentionLeft
{
    /// <summary>With a ticket that was left as it is: each once in a run, by what was in the way first.</summary>
    public static RetentionProgress Leaving(this RetentionProgress at, DueTicket due, string reason) => due.WasLeft ? at : at.Leaving(reason);
}
