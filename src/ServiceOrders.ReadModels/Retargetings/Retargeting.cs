using ServiceOrders.Domain.Deadlines;

namespace ServiceOrders.ReadModels.Retargetings;

/// <summary>A job: running tickets are being brought under a change of rules (row D6).</summary>
/// <param name="Change">The change.</param>
/// <param name="Number">Rises from job to job.</param>
/// <param name="RequestedAt">When the change was recorded.</param>
/// <param name="NextAt">Not worked on before.</param>
/// <param name="Progress">How far it is.</param>
public sealed record Retargeting(RuleChange Change, long Number, DateTimeOffset RequestedAt, DateTimeOffset NextAt, RetargetingProgress Progress)
{
    /// <summary>The last walk's number.</summary>
    public const int LastWalk = 2;

    /// <summary>The job of a change: <c>policy-standard-3</c>.</summary>
    public static string IdOf(RuleChange change) => $"{KindOf(change)}-{change.Name}-{change.Version}";

    /// <summary>Its id.</summary>
    public string Id => IdOf(Change);

    internal static string KindOf(RuleChange change) => change.Rule == ChangedRule.Policy ? "policy" : "calendar";
}

/// <summary>How far a job is.</summary>
public sealed record RetargetingProgress
{
    /// <summary>When it began; null: it waits.</summary>
    public DateTimeOffset? StartedAt { get; init; }
    /// <summary>When it was done; null: it is not.</summary>
    public DateTimeOffset? FinishedAt { get; init; }
    /// <summary>1: every running ticket. 2: once more.</summary>
    public int Walk { get; init; } = 1;
    /// <summary>The last ticket of this walk; empty: none yet.</summary>
    public Guid LastTicket { get; init; }
    /// <summary>Tickets that ran when it began.</summary>
    public long Total { get; init; }
    /// <summary>Running tickets that the first walk looked at.</summary>
    public long Examined { get; init; }
    /// <summary>Tickets that it changed, as their events tell; about so many while it runs, exactly once it is done.</summary>
    public long Changed { get; init; }
    /// <summary>Tickets that could not be retargeted in this walk.</summary>
    public long Failed { get; init; }
    /// <summary>The first of them.</summary>
    public IReadOnlyList<RetargetingFailure> Failures { get; init; } = [];
}

/// <summary>A ticket that could not be retargeted.</summary>
/// <param name="TicketId">Which.</param>
/// <param name="Error">The kind of error.</param>
public sealed record RetargetingFailure(Guid TicketId, string Error);
