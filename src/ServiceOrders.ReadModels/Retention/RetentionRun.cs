using ServiceOrders.Domain.Retention;
using ServiceOrders.Domain.Tickets;

namespace ServiceOrders.ReadModels.Retention;

/// <summary>A run of retention: every ticket that is past its time is archived or deleted, or, in a dry run, counted.</summary>
/// <param name="Number">Rises from run to run.</param>
/// <param name="Id">Its id; where it records anything, the stream of its records.</param>
/// <param name="Day">The day of a daily run; null: someone asked for it.</param>
/// <param name="RequestedBy">Who did.</param>
/// <param name="RequestedAt">When.</param>
/// <param name="DryRun">Whether it only counts.</param>
/// <param name="FinishedAt">When it was done; null: it is not.</param>
/// <param name="Step">How often it was saved.</param>
/// <param name="Progress">How far it is.</param>
public sealed record RetentionRun(long Number, Guid Id, DateOnly? Day, string RequestedBy, DateTimeOffset RequestedAt, bool DryRun, DateTimeOffset? FinishedAt, long Step, RetentionProgress Progress);

/// <summary>How far a run is, and what it came to so far.</summary>
public sealed record RetentionProgress
{
    /// <summary>Tickets that it names at most, of those it would archive or delete.</summary>
    public const int MostNamed = 100;

    /// <summary>When it began; null: it waits.</summary>
    public DateTimeOffset? StartedAt { get; init; }
    /// <summary>The version of the rules that it goes by. Where another is published meanwhile it begins anew by that.</summary>
    public int RulesVersion { get; init; }
    /// <summary>Whether the login of the node that works on it may delete at all.</summary>
    public bool MayDelete { get; init; }
    /// <summary>What it looks for: first what is to be deleted, then what is to be archived.</summary>
    public RetentionAction Looking { get; init; } = RetentionAction.Delete;
    /// <summary>The last ticket that it looked at; empty: none yet.</summary>
    public Guid LastTicket { get; init; }
    /// <summary>When something was last recorded in that ticket: the order in which tickets to be archived are looked at.</summary>
    public DateTimeOffset LastUpdated { get; init; }
    /// <summary>Tickets past the shortest age of the rules that it looked at, for either action.</summary>
    public long Examined { get; init; }
    /// <summary>What was done, or would be, by rule.</summary>
    public IReadOnlyList<RetentionTally> Done { get; init; } = [];
    /// <summary>Tickets past their time that were left as they are, by the reason.</summary>
    public IReadOnlyDictionary<string, long> Left { get; init; } = new Dictionary<string, long>();
    /// <summary>In a dry run, the first of those that would be archived or deleted.</summary>
    public IReadOnlyList<RetentionCandidate> Named { get; init; } = [];

    /// <summary>With tickets that were left as they are, for a reason of <see cref="RetentionObstacles"/>.</summary>
    public RetentionProgress Leaving(string reason, long tickets = 1) =>
        tickets == 0 ? this : this with { Left = new SortedDictionary<string, long>(Left.ToDictionary(), StringComparer.Ordinal) { [reason] = Left.GetValueOrDefault(reason) + tickets } };

    /// <summary>With tickets that were dealt with by a rule of the version at hand.</summary>
    public RetentionProgress Doing(RetentionRule rule, long tickets, long events)
    {
        ArgumentNullException.ThrowIfNull(rule);
        var known = Done.FirstOrDefault(tally => tally.Rule == rule.Name && tally.Action == rule.Action) ?? new RetentionTally(rule.Name, rule.Action, 0, 0);
        return this with { Done = [.. Done.Where(tally => tally != known), known with { Tickets = known.Tickets + tickets, Events = known.Events + events }] };
    }
}

/// <summary>What a rule came to.</summary>
/// <param name="Rule">The rule's name.</param>
/// <param name="Action">What it does.</param>
/// <param name="Tickets">To how many tickets.</param>
/// <param name="Events">Of how many events.</param>
public sealed record RetentionTally(string Rule, RetentionAction Action, long Tickets, long Events);

/// <summary>A ticket that a dry run names.</summary>
/// <param name="TicketId">Which.</param>
/// <param name="Number">Its service number.</param>
/// <param name="Kind">Its kind.</param>
/// <param name="ClosedAt">When it was closed or cancelled.</param>
/// <param name="Rule">The rule.</param>
/// <param name="Action">What would become of it.</param>
public sealed record RetentionCandidate(Guid TicketId, string Number, TicketKind Kind, DateTimeOffset ClosedAt, string Rule, RetentionAction Action);
