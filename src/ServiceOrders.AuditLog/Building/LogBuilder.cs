using Npgsql;
using ServiceOrders.AuditLog.Reading;
using ServiceOrders.EventStore;

namespace ServiceOrders.AuditLog.Building;

/// <summary>
/// Brings every event into the tree: follows the store by a checkpoint of its own, hashes the raw tuples as they come, and writes the tiles that they fill in the same transaction.
/// So each event is one leaf, in the order of positions, however many nodes run it and whatever ends them in between.
/// </summary>
public sealed class LogBuilder : IRawSubscription
{
    /// <summary>The checkpoint's name in <c>events.mt_event_progression</c>.</summary>
    public const string SubscriptionName = "audit-log";

    /// <inheritdoc/>
    public string Name => SubscriptionName;

    /// <inheritdoc/>
    public async Task HandleAsync(EventRange range, NpgsqlConnection connection, NpgsqlTransaction transaction, CancellationToken cancellation)
    {
        var edge = await TileEdge.ReadAsync(connection, cancellation).ConfigureAwait(false);
        // The checkpoint says where to go on, the tiles say how far they are. Somebody who moved the one would have events left out, or in twice.
        if (edge.LastPosition != range.After) throw new InvalidDataException($"The log ends at position {edge.LastPosition}, its checkpoint at {range.After}.");
        var before = edge.Size;
        await using (var events = await RawEvents.RangeAsync(connection, range.After, range.Last, cancellation).ConfigureAwait(false))
            while (await events.NextAsync(cancellation).ConfigureAwait(false)) edge.Append(events.Position, events.Hash());
        // Events were counted a moment ago, and none of these positions can have gained or lost one since, unless by someone who goes past the store.
        if (edge.Size - before != range.Count) throw new InvalidDataException($"{edge.Size - before} events stand where there were {range.Count}.");
        await edge.WriteAsync(connection, cancellation).ConfigureAwait(false);
        AuditLogMetrics.Leaves.Add(range.Count);
    }
}
