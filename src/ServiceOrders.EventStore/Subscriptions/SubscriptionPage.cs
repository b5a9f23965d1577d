using Npgsql;

namespace ServiceOrders.EventStore;

/// <summary>What a subscription applies in one transaction.</summary>
/// <param name="First">The position of the first event that is applied.</param>
/// <param name="Last">The position up to which it reaches, and the checkpoint's next.</param>
/// <param name="Count">How many events are applied; 0: the page holds nothing for this subscription, the checkpoint moves all the same.</param>
/// <param name="RecordedAt">When the last of them was recorded.</param>
/// <param name="ApplyAsync">Applies them within a transaction.</param>
internal sealed record SubscriptionPage(
    long First, long Last, int Count, DateTimeOffset RecordedAt, Func<NpgsqlConnection, NpgsqlTransaction, CancellationToken, Task> ApplyAsync);

/// <summary>Cuts what follows a position into pages: events that are read for the subscription, or a range that it reads itself.</summary>
internal static class SubscriptionPages
{
    /// <summary>The next page; null: nothing there.</summary>
    public delegate Task<SubscriptionPage?> Next(long after, int limit, NpgsqlDataSource source, CancellationToken cancellation);

    /// <summary>Pages of the events that it wants, without Marten's tombstones.</summary>
    public static Next Of(ISubscription subscription) => async (after, limit, source, cancellation) =>
    {
        if (await Checkpoint.PageAsync(after, limit, subscription.Types, source, cancellation).ConfigureAwait(false) is not { Events: var events, Last: var last }) return null;
        return events.Count == 0 ? new(last, last, 0, default, static (_, _, _) => Task.CompletedTask)
            : new(events[0].Position, last, events.Count, events[^1].RecordedAt, (connection, transaction, stop) => subscription.HandleAsync(events, connection, transaction, stop));
    };

    /// <summary>Ranges of events; only how far they reach is looked at here.</summary>
    public static Next Of(IRawSubscription subscription) => async (after, limit, source, cancellation) =>
    {
        await using var command = source.CreateCommand("""
            select min(e.seq_id), max(e.seq_id), count(*)::int, (select l.timestamp from events.mt_events l where l.seq_id = max(e.seq_id))
            from (select seq_id from events.mt_events where seq_id > $1 order by seq_id limit $2) e
            """);
        command.Parameters.Add(new() { Value = after });
        command.Parameters.Add(new() { Value = limit });
        await using var reader = await command.ExecuteReaderAsync(cancellation).ConfigureAwait(false);
        await reader.ReadAsync(cancellation).ConfigureAwait(false);
        if (reader.GetInt32(2) is var count && count == 0) return null;
        var range = new EventRange(after, reader.GetInt64(1), count);
        return new(reader.GetInt64(0), range.Last, count, reader.GetFieldValue<DateTimeOffset>(3), (connection, transaction, stop) => subscription.HandleAsync(range, connection, transaction, stop));
    };
}
