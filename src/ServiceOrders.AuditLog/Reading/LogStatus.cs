using ServiceOrders.AuditLog.Building;
using ServiceOrders.AuditLog.Sending;
using ServiceOrders.AuditLog.Signing;
using ServiceOrders.EventStore;

namespace ServiceOrders.AuditLog.Reading;

/// <summary>How the log is.</summary>
/// <param name="LogId">Which log.</param>
/// <param name="Extent">How far it reaches.</param>
/// <param name="Following">How it follows the store.</param>
/// <param name="Last">The last checkpoint signed; null: none yet.</param>
/// <param name="Sinks">What the places outside have.</param>
/// <param name="Refusals">Why nodes sign nothing.</param>
public sealed record LogStatus(string LogId, LogExtent Extent, SubscriptionStatus Following, StoredCheckpoint? Last, IReadOnlyList<SinkState> Sinks, IReadOnlyList<SigningRefusal> Refusals)
{
    /// <summary>The place that has the largest checkpoint; null: nothing is outside yet.</summary>
    public SinkState? Outside => Sinks.Where(sink => sink.Size > 0).MaxBy(sink => sink.Size);

    /// <summary>
    /// Events after the last checkpoint outside, those that wait for the log counted up to 100,000: whoever rules the database could still take them away, or put others in their place,
    /// without contradicting anything that is kept elsewhere.
    /// </summary>
    public long NotYetProtected => Math.Max(0, Extent.Size - (Outside?.Size ?? 0)) + Following.Behind;

    /// <summary>Reads it.</summary>
    public static async Task<LogStatus> ReadAsync(StoreDatabase database, CancellationToken cancellation = default)
    {
        var reader = new LogReader(database.Pooled);
        // The places before what was signed: so none has more than that.
        var sinks = await new SinkTable(database.Pooled).ListAsync(cancellation).ConfigureAwait(false);
        // The log before the store: so what came in between is behind, not unheard of.
        return new(await reader.IdAsync(cancellation).ConfigureAwait(false), await reader.ExtentAsync(cancellation).ConfigureAwait(false),
            await new SubscriptionState(database).ReadAsync(LogBuilder.SubscriptionName, cancellation).ConfigureAwait(false),
            await new CheckpointTable(database.Pooled).LatestAsync(cancellation).ConfigureAwait(false), sinks,
            await new RefusalTable(database.Pooled).ListAsync(cancellation).ConfigureAwait(false));
    }
}
