using ServiceOrders.AuditLog.Reading;
using ServiceOrders.AuditLog.Sending;
using ServiceOrders.AuditLog.Signing;

namespace ServiceOrders.Host.Auditing;

/// <summary>How the audit log is.</summary>
/// <param name="LogId">Names the log in its checkpoints.</param>
/// <param name="Size">Events in it.</param>
/// <param name="Position">The position of the last of them; 0: none.</param>
/// <param name="Behind">Events that are stored and not in it yet, counted up to 100,000.</param>
/// <param name="OldestMissing">When the oldest of them was recorded; null: none is missing.</param>
/// <param name="Stopped">Whether an event could not be taken in; `POST /v1/projections/audit-log/resume` tries again after the cause was mended.</param>
/// <param name="LastCheckpoint">The last checkpoint signed; null: none yet.</param>
/// <param name="LastOutside">The place outside of the database that has the largest checkpoint; null: none has any.</param>
/// <param name="NotYetProtected">Events after that checkpoint: that they are missing, or others in their place, could not be proven to whoever rules the database.</param>
/// <param name="Outside">Every place that checkpoints are sent to.</param>
/// <param name="Refusals">Nodes that sign nothing, and why: what they found contradicts what was signed before.</param>
public sealed record AuditLogView(string LogId, long Size, long Position, long Behind, DateTimeOffset? OldestMissing, bool Stopped, CheckpointView? LastCheckpoint, OutsideView? LastOutside,
    long NotYetProtected, IReadOnlyList<OutsideView> Outside, IReadOnlyList<RefusalView> Refusals)
{
    internal static AuditLogView Of(LogStatus status) => new(status.LogId, status.Extent.Size, status.Extent.Position, status.Following.Behind, status.Following.OldestMissing,
        status.Following.Stopped, status.Last is { } last ? CheckpointView.Of(last) : null, status.Outside is { } outside ? OutsideView.Of(outside) : null, status.NotYetProtected,
        [.. status.Sinks.Select(OutsideView.Of)], [.. status.Refusals.Select(refusal => new RefusalView(refusal.Node, refusal.Kind, refusal.Detail, refusal.Since))]);
}

/// <summary>A signed checkpoint.</summary>
/// <param name="Size">How many events it covers.</param>
/// <param name="Root">The Merkle tree's root over them, base64.</param>
/// <param name="SignedAt">When it was signed.</param>
/// <param name="Position">The position of the last event in it.</param>
/// <param name="KeyId">The key that signed it.</param>
/// <param name="Note">The signed note, byte for byte as it is sent outside: what an auditor keeps.</param>
public sealed record CheckpointView(long Size, string Root, DateTimeOffset SignedAt, long Position, string KeyId, string Note)
{
    internal static CheckpointView Of(StoredCheckpoint checkpoint) =>
        new(checkpoint.Size, checkpoint.Root.ToBase64(), checkpoint.SignedAt, checkpoint.Position, checkpoint.KeyId, checkpoint.Note);
}

/// <summary>A place outside of the database where checkpoints are kept.</summary>
/// <param name="Name">The place.</param>
/// <param name="Size">The largest checkpoint that it has; 0: none.</param>
/// <param name="SentAt">When it got it.</param>
/// <param name="FailedAttempts">Tries that failed since then.</param>
/// <param name="LastError">The kind of error of the last one; null: it went.</param>
public sealed record OutsideView(string Name, long Size, DateTimeOffset? SentAt, int FailedAttempts, string? LastError)
{
    internal static OutsideView Of(SinkState sink) => new(sink.Name, sink.Size, sink.SentAt, sink.Attempts, sink.LastError);
}

/// <summary>That a node signs nothing.</summary>
/// <param name="Node">Which.</param>
/// <param name="Kind">Why.</param>
/// <param name="Detail">Which checkpoint, and what is wrong.</param>
/// <param name="Since">Since when.</param>
public sealed record RefusalView(string Node, SigningRefusalKind Kind, string Detail, DateTimeOffset Since);

/// <summary>A key that checkpoints are, or were, signed with.</summary>
/// <param name="Id">The first 16 hexadecimal digits of the SHA-256 of the public key.</param>
/// <param name="PublicKey">The public key, PEM: what an auditor keeps, to know whose signatures these are.</param>
/// <param name="IntroducedAt">Since when.</param>
/// <param name="InUse">Whether it is the one that signs.</param>
public sealed record AuditKeyView(string Id, string PublicKey, DateTimeOffset IntroducedAt, bool InUse);

/// <summary>That an event is in the log (RFC 9162, 2.1.3).</summary>
/// <param name="Position">The event's position.</param>
/// <param name="LeafIndex">Its leaf, from 0.</param>
/// <param name="LeafHash">The leaf's hash, base64.</param>
/// <param name="Path">The hashes beside its path to the root, from the leaf upwards, base64.</param>
/// <param name="Checkpoint">The checkpoint whose root they lead to.</param>
public sealed record InclusionView(long Position, long LeafIndex, string LeafHash, IReadOnlyList<string> Path, CheckpointView Checkpoint);

/// <summary>That one state of the log is the beginning of another (RFC 9162, 2.1.4).</summary>
/// <param name="From">Events in the earlier.</param>
/// <param name="FromRoot">Its root, base64.</param>
/// <param name="To">Events in the later.</param>
/// <param name="ToRoot">Its root, base64.</param>
/// <param name="Path">The proof, base64.</param>
public sealed record ConsistencyView(long From, string FromRoot, long To, string ToRoot, IReadOnlyList<string> Path);
