using ServiceOrders.Domain.Retention;
using ServiceOrders.Domain.Tickets;
using ServiceOrders.ReadModels.Retention;

namespace ServiceOrders.Host.Retention;

/// <summary>A ticket past its time.</summary>
/// <param name="Ticket">As it was read.</param>
/// <param name="Rule">By which rule.</param>
public sealed record DueTicket(Ticket Ticket, RetentionRule Rule);

/// <summary>Which tickets of a page are dealt with in one transaction, and how far the run is after them.</summary>
/// <param name="Tickets">Those past their time with nothing in the way.</param>
/// <param name="Progress">The run's progress, with these still to be counted.</param>
public sealed record RetentionChoice(IReadOnlyList<DueTicket> Tickets, RetentionProgress Progress)
{
    /// <summary>Events in a transaction: where a page has more, it ends before its end.</summary>
    public const int MostEvents = 20_000;

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
        foreach (var ticket in page.Tickets)
        {
            if (rules.Due(at.Looking, ticket, now) is { } rule)
            {
                if (RetentionRules.ObstacleOf(ticket) is { } obstacle) at = at.Leaving(obstacle);
                else if (chosen.Count == 0 || events + ticket.Version <= MostEvents) chosen.Add(new DueTicket(ticket, rule));
                else return new RetentionChoice(chosen, at);
                events += ticket.Version;
            }
            at = at with { Examined = at.Examined + 1, LastTicket = ticket.Id, LastUpdated = ticket.UpdatedAt };
        }
        return new RetentionChoice(chosen, at.Leaving(RetentionObstacles.Unreadable, page.Unreadable) with { LastTicket = last.Id, LastUpdated = last.UpdatedAt });
    }
}
