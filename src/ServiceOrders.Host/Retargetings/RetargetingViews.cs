using ServiceOrders.ReadModels.Retargetings;

namespace ServiceOrders.Host.Retargetings;

/// <summary>A job that brings running tickets under a change of rules, as the API answers it.</summary>
/// <param name="Id">Its id, <c>policy-standard-3</c>.</param>
/// <param name="State">How it is.</param>
/// <param name="Cause"><c>policyPublished</c> or <c>calendarCorrected</c>: what the events in the tickets name as their cause.</param>
/// <param name="Name">The policy's or calendar's name.</param>
/// <param name="Version">The version that running tickets are brought under.</param>
/// <param name="CausationId">The causation id of the events in the tickets, <c>policy:standard/3</c>.</param>
/// <param name="RequestedAt">When the change was recorded.</param>
/// <param name="NextAt">From when it is worked on, or on; null: it is done.</param>
/// <param name="StartedAt">When it began.</param>
/// <param name="FinishedAt">When it was done.</param>
/// <param name="Total">Tickets that ran when it began.</param>
/// <param name="Examined">How many of them were looked at; more than the total where tickets were opened meanwhile.</param>
/// <param name="Changed">Tickets that the change concerned: each has its events. Exact once the job is done.</param>
/// <param name="Failed">Tickets that could not be retargeted.</param>
/// <param name="Failures">The first hundred of them.</param>
public sealed record RetargetingView(string Id, RetargetingState State, string Cause, string Name, int Version, string CausationId, DateTimeOffset RequestedAt, DateTimeOffset? NextAt,
    DateTimeOffset? StartedAt, DateTimeOffset? FinishedAt, long Total, long Examined, long Changed, long Failed, IReadOnlyList<RetargetingFailure> Failures)
{
    /// <summary>A job.</summary>
    public static RetargetingView Of(Retargeting job)
    {
        ArgumentNullException.ThrowIfNull(job);
        var at = job.Progress;
        var state = at.FinishedAt is not null ? RetargetingState.Done : at.StartedAt is not null ? RetargetingState.Running : RetargetingState.Waiting;
        return new RetargetingView(job.Id, state, job.Change.Cause, job.Change.Name, job.Change.Version, job.Change.CausationId, job.RequestedAt, at.FinishedAt is null ? job.NextAt : null,
            at.StartedAt, at.FinishedAt, at.Total, at.Examined, at.Changed, at.Failed, at.Failures);
    }
}

/// <summary>How a job is.</summary>
public enum RetargetingState
{
    /// <summary>Until the change is in force on every node, and while other jobs are worked on.</summary>
    Waiting,
    /// <summary>Tickets are being retargeted, or were, and are to be looked through once more.</summary>
    Running,
    /// <summary>Every ticket that the change concerns is retargeted, but for those that failed.</summary>
    Done,
}
