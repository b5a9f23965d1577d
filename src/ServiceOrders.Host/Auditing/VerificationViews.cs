using ServiceOrders.AuditLog.Verifying;

namespace ServiceOrders.Host.Auditing;

/// <summary>A verification of the whole store.</summary>
/// <param name="Id">Its number.</param>
/// <param name="State">How it is.</param>
/// <param name="Requested">Whether somebody asked for it; else the service did it by itself.</param>
/// <param name="RequestedBy">Who asked.</param>
/// <param name="RequestedAt">When.</param>
/// <param name="StartedAt">When it began.</param>
/// <param name="FinishedAt">When it ended.</param>
/// <param name="Node">Where it runs, or ran.</param>
/// <param name="Size">How many events the log had when it began.</param>
/// <param name="Verified">How many of them it has looked at.</param>
/// <param name="Events">Events read and hashed.</param>
/// <param name="Deleted">Events that are gone with good reason: deleted after their time, as the log records.</param>
/// <param name="Checkpoints">Signed checkpoints of the database that it compared.</param>
/// <param name="OutsideCheckpoints">Checkpoints outside of the database that it compared.</param>
/// <param name="NotYetProtected">Events after the last good checkpoint outside; null: not known yet.</param>
/// <param name="Findings">How much it found; 0: all is as it was.</param>
/// <param name="Error">Why it broke off, as a kind of error.</param>
public sealed record VerificationView(long Id, VerificationState State, bool Requested, string? RequestedBy, DateTimeOffset RequestedAt, DateTimeOffset? StartedAt, DateTimeOffset? FinishedAt, string? Node,
    long Size, long Verified, long Events, long Deleted, long Checkpoints, long OutsideCheckpoints, long? NotYetProtected, long Findings, string? Error)
{
    internal static VerificationView Of(Verification run) => new(run.Id, run.State, run.IsRequested, run.RequestedBy, run.RequestedAt, run.StartedAt, run.FinishedAt, run.Node,
        run.Size, run.Leaves, run.Events, run.Deleted, run.Checkpoints, run.OutsideCheckpoints, run.NotYetProtected, run.Findings, run.Error);
}

/// <summary>Something that is not as it was.</summary>
/// <param name="Id">Its number.</param>
/// <param name="Kind">What.</param>
/// <param name="Subject">Of what: an event, a tile of the log, a checkpoint.</param>
/// <param name="LeafIndex">The event's leaf; where a range is meant, the first.</param>
/// <param name="Position">The event's position; where a range is meant, that of its first.</param>
/// <param name="StreamId">The event's stream, as far as it is known: a ticket's id.</param>
/// <param name="Version">The event's version there.</param>
/// <param name="Detail">In words.</param>
/// <param name="FoundAt">When it was found first.</param>
/// <param name="FoundBy">By which verification.</param>
/// <param name="LastFoundAt">When it was found last.</param>
/// <param name="LastFoundBy">By which verification.</param>
/// <param name="Standing">Whether the last complete verification found it as well.</param>
public sealed record FindingView(long Id, FindingKind Kind, string Subject, long? LeafIndex, long? Position, Guid? StreamId, long? Version, string Detail,
    DateTimeOffset FoundAt, long FoundBy, DateTimeOffset LastFoundAt, long LastFoundBy, bool Standing)
{
    internal static FindingView Of(KeptFinding kept) => new(kept.Id, kept.Finding.Kind, kept.Finding.Subject, kept.Finding.LeafIndex, kept.Finding.Position, kept.Finding.StreamId, kept.Finding.Version,
        kept.Finding.Detail, kept.FoundAt, kept.RunId, kept.LastFoundAt, kept.LastRunId, kept.IsStanding);
}
