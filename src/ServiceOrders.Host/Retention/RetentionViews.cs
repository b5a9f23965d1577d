using ServiceOrders.Domain.Retention;
using ServiceOrders.Domain.Tickets;
using ServiceOrders.Host.Auditing;
using ServiceOrders.ReadModels.Retention;

namespace ServiceOrders.Host.Retention;

/// <summary>A set of retention rules as the API answers it.</summary>
/// <param name="Version">Its version, from 1; the <c>ETag</c>.</param>
/// <param name="PublishedAt">From when it was in force.</param>
/// <param name="PublishedBy">Who put it in force.</param>
/// <param name="Rules">The rules.</param>
public sealed record RetentionRulesView(int Version, DateTimeOffset PublishedAt, Actor PublishedBy, IReadOnlyList<RetentionRule> Rules)
{
    /// <summary>A version.</summary>
    public static RetentionRulesView Of(RetentionVersion version)
    {
        ArgumentNullException.ThrowIfNull(version);
        return new RetentionRulesView(version.Version, version.PublishedAt, version.By, version.Rules.Rules);
    }
}

/// <summary>What a run of retention is asked to do.</summary>
/// <param name="DryRun">Whether it only counts and names what it would do.</param>
public sealed record RetentionRequest(bool DryRun = false);

/// <summary>A run of retention as the API answers it.</summary>
/// <param name="Id">Its id; where it recorded anything, the stream of its records.</param>
/// <param name="State">How it is.</param>
/// <param name="DryRun">Whether it only counts.</param>
/// <param name="Day">The day of a daily run; null: someone asked for it.</param>
/// <param name="RequestedBy">Who asked for it.</param>
/// <param name="RequestedAt">When.</param>
/// <param name="StartedAt">When it began.</param>
/// <param name="FinishedAt">When it was done.</param>
/// <param name="RulesVersion">The version of the rules that it goes by; null: it has not begun.</param>
/// <param name="MayDelete">Whether the login of the service may delete at all; null: it has not begun.</param>
/// <param name="Examined">Tickets past the shortest age of the rules that it looked at, for either action.</param>
/// <param name="Archived">Tickets that it archived, or would archive.</param>
/// <param name="Deleted">Tickets that it deleted, or would delete.</param>
/// <param name="Rules">The same by rule.</param>
/// <param name="Left">Tickets past their time that were left as they are, by the reason: <c>legalHold</c>, <c>notCovered</c>, <c>notAllowed</c> ….</param>
/// <param name="Named">In a dry run, the first hundred of those that would be archived or deleted.</param>
public sealed record RetentionRunView(Guid Id, RetentionRunState State, bool DryRun, DateOnly? Day, string RequestedBy, DateTimeOffset RequestedAt, DateTimeOffset? StartedAt, DateTimeOffset? FinishedAt,
    int? RulesVersion, bool? MayDelete, long Examined, long Archived, long Deleted, IReadOnlyList<RetentionTally> Rules, IReadOnlyDictionary<string, long> Left, IReadOnlyList<RetentionCandidate> Named)
{
    /// <summary>A run.</summary>
    public static RetentionRunView Of(RetentionRun run)
    {
        ArgumentNullException.ThrowIfNull(run);
        var at = run.Progress;
        var begun = at.StartedAt is not null;
        var state = run.FinishedAt is not null ? RetentionRunState.Done : begun ? RetentionRunState.Running : RetentionRunState.Waiting;
        return new RetentionRunView(run.Id, state, run.DryRun, run.Day, run.RequestedBy, run.RequestedAt, at.StartedAt, run.FinishedAt, begun ? at.RulesVersion : null, begun ? at.MayDelete : null,
            at.Examined, Count(RetentionAction.Archive), Count(RetentionAction.Delete), at.Done, at.Left, at.Named);

        long Count(RetentionAction action) => at.Done.Where(tally => tally.Action == action).Sum(tally => tally.Tickets);
    }
}

/// <summary>How a run is.</summary>
public enum RetentionRunState
{
    /// <summary>Nobody has begun with it.</summary>
    Waiting,
    /// <summary>Tickets are being looked at.</summary>
    Running,
    /// <summary>It has looked at every ticket.</summary>
    Done,
}

/// <summary>A record of what retention did: an event of the audit log.</summary>
/// <param name="Position">Its place in the order of everything.</param>
/// <param name="EventId">Its id.</param>
/// <param name="RunId">The run that did it: its stream.</param>
/// <param name="RecordedAt">When it was recorded, in the transaction that did it.</param>
/// <param name="Action">What was done.</param>
/// <param name="Rule">By which rule.</param>
/// <param name="RuleVersion">The version of the rules that it stood in.</param>
/// <param name="At">When.</param>
/// <param name="Tickets">To which tickets.</param>
/// <param name="Proof">That the record is in the audit log, by the last signed checkpoint; null: that was signed before, and the next one covers it.</param>
public sealed record RetentionRecordView(
    long Position, Guid EventId, Guid RunId, DateTimeOffset RecordedAt, RetentionAction Action, string Rule, int RuleVersion, DateTimeOffset At, IReadOnlyList<RetiredTicketView> Tickets,
    InclusionView? Proof = null);

/// <summary>A ticket that was archived or deleted.</summary>
/// <param name="TicketId">Its id.</param>
/// <param name="Number">Its service number.</param>
/// <param name="Kind">Its kind.</param>
/// <param name="ClosedAt">When it was closed or cancelled.</param>
/// <param name="Events">How many events it has, or had.</param>
/// <param name="Positions">Where it was deleted, their places in the order of everything; empty where it was archived.</param>
public sealed record RetiredTicketView(Guid TicketId, string Number, TicketKind Kind, DateTimeOffset ClosedAt, int Events, IReadOnlyList<long> Positions);
