using ServiceOrders.Domain.Tickets;

namespace ServiceOrders.Domain.Retention;

/// <summary>For how long tickets are kept, and what becomes of them then (row A3), as the API writes it.</summary>
public sealed record RetentionRules
{
    /// <summary>The rules; empty: every ticket is kept as it is, for ever.</summary>
    public required IReadOnlyList<RetentionRule> Rules { get; init; }

    /// <summary>The rule by which the time of a closed or cancelled ticket has come; null: it has not, or nobody's rule is for it.</summary>
    /// <param name="action">What is to become of it.</param>
    /// <param name="ticket">The ticket.</param>
    /// <param name="now">The time.</param>
    public RetentionRule? Due(RetentionAction action, Ticket ticket, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(ticket);
        if (ticket.EndedAt is not { } ended) return null;
        // What was added later is a record of its own, and is kept as long: nothing is deleted that is younger than its rule says.
        var since = ended > ticket.UpdatedAt ? ended : ticket.UpdatedAt;
        return Rules.FirstOrDefault(rule => rule.Action == action && rule.AppliesTo(ticket.Kind) && RetentionAge.Ends(since, rule.Age) <= now);
    }

    /// <summary>Why a ticket stays as it is though its time has come (see <see cref="RetentionObstacles"/>); null: nothing is in the way.</summary>
    public static string? ObstacleOf(Ticket ticket)
    {
        ArgumentNullException.ThrowIfNull(ticket);
        return ticket.LegalHold is not null ? RetentionObstacles.LegalHold : ticket.NextDue is not null ? RetentionObstacles.ClockRunning : null;
    }

    /// <summary>The shortest age of an action's rules, in months; null: it has no rule.</summary>
    public int? ShortestMonths(RetentionAction action) => Rules.Where(rule => rule.Action == action).Min(rule => RetentionAge.TryMonths(rule.Age));
}

/// <summary>What becomes of tickets of some kinds at some age. For a kind there is one rule for each action at most.</summary>
public sealed record RetentionRule
{
    /// <summary>Names the rule in the records of what it did: <c>repairs-ten-years</c>.</summary>
    public required string Name { get; init; }
    /// <summary>The kinds that it is for; empty: all.</summary>
    public IReadOnlyList<TicketKind> Kind { get; init; } = [];
    /// <summary>ISO 8601, in years and months, <c>P3Y</c> at least: counted from the closing, or from what was recorded last where that is later.</summary>
    public required string Age { get; init; }
    /// <summary>What becomes of them.</summary>
    public required RetentionAction Action { get; init; }

    /// <summary>Whether it is for tickets of that kind.</summary>
    public bool AppliesTo(TicketKind kind) => Kind.Count == 0 || Kind.Contains(kind);
}

/// <summary>What becomes of a ticket that is past its time.</summary>
public enum RetentionAction
{
    /// <summary>It is taken off the lists and takes no more acts; everyone who may still reads it, with its history.</summary>
    Archive,
    /// <summary>Its whole stream is deleted, and a record of that kept for good.</summary>
    Delete,
}
