using System.Globalization;

namespace ServiceOrders.AuditLog.Verifying;

/// <summary>What a verification can find.</summary>
public enum FindingKind
{
    /// <summary>An event is not what it was when it entered the log.</summary>
    Changed,
    /// <summary>An event of the log is gone, and nothing tells why.</summary>
    Removed,
    /// <summary>An event stands among those of the log and never entered it.</summary>
    Inserted,
    /// <summary>An event's content stands in another's place.</summary>
    Moved,
    /// <summary>An event was deleted before it was three years under a signed checkpoint.</summary>
    EarlyDeletion,
    /// <summary>The end is missing: events that the log has, or events and log that a checkpoint has.</summary>
    Truncated,
    /// <summary>The log itself was altered: its hashes do not give what was signed.</summary>
    LogAltered,
    /// <summary>A checkpoint was signed by no key of this log, or altered.</summary>
    CheckpointForged,
    /// <summary>A checkpoint that is kept outside says something else of the past than this log: it was rewritten, or an old backup was continued.</summary>
    Forked,
}

/// <summary>Something that is not as it was. Never holds personal data: it names places, not contents.</summary>
/// <param name="Kind">What.</param>
/// <param name="Subject">Of what: <c>event</c>, <c>tile 0/17</c>, <c>checkpoint 1042</c>, <c>outside checkpoint 1042</c>.</param>
/// <param name="LeafIndex">The leaf; where a range is meant, its first.</param>
/// <param name="Position">The event's position; where a range is meant, that of its first.</param>
/// <param name="StreamId">The event's stream, as far as it is known.</param>
/// <param name="Version">Its version there.</param>
/// <param name="Detail">In words.</param>
public sealed record Finding(FindingKind Kind, string Subject, long? LeafIndex, long? Position, Guid? StreamId, long? Version, string Detail)
{
    /// <summary>The subject of findings about events.</summary>
    public const string Event = "event";

    /// <summary>What makes it the same finding when it is found again.</summary>
    public string Fingerprint => string.Create(CultureInfo.InvariantCulture, $"{Kind}/{Subject}/{LeafIndex}/{Position}/{StreamId}/{Version}");

    internal static Finding Of(FindingKind kind, string subject, long? leaf, long? position, FormattableString detail) => new(kind, subject, leaf, position, null, null, detail.ToString(CultureInfo.InvariantCulture));
}
