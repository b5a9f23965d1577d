using Npgsql;

namespace ServiceOrders.EventStore;

/// <summary>A position in <c>mt_event_progression</c>, moved by compare-and-set. Never the row <c>HighWaterMark</c>, which is Marten's own.</summary>
internal static class Checkpoint
{
    /// <summary>The position; makes the row, at 0, where there is none.</summary>
    public static async Task<long> ReadAsync(string name, NpgsqlDataSource source, CancellationToken cancellation)
    {
        if (name == "HighWaterMark") throw new ArgumentException("HighWaterMark is Marten's own row.", nameof(name));
        await using var command = source.CreateCommand("""
            with made as (insert into events.mt_event_progression (name, last_seq_id) values ($1, 0) on conflict (name) do nothing)
            select coalesce((select last_seq_id from events.mt_event_progression where name = $1), 0)
            """);
        command.Parameters.Add(new() { Value = name });
        return (long)(await command.ExecuteScalarAsync(cancellation).ConfigureAwait(false))!;
    }

    /// <summary>
    /// Moves it within the connection's transaction, and holds the row to its end. False: someone else moved it. The transaction does not wait for the disk at its commit: rows
    /// and checkpoint are lost together in a crash or not at all, and what is lost is done again. So appends have the disk to themselves.
    /// </summary>
    public static async Task<bool> MoveAsync(string name, long from, long to, NpgsqlConnection connection, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand(
            """
            update events.mt_event_progression set last_seq_id = $3, last_updated = transaction_timestamp()
            from (select set_config('synchronous_commit', 'off', true)) as hasty
            where name = $1 and last_seq_id = $2
            """, connection)
        {
            Parameters = { new() { Value = name }, new() { Value = from }, new() { Value = to } },
        };
        return await command.ExecuteNonQueryAsync(cancellation).ConfigureAwait(false) == 1;
    }

    /// <summary>Events after a position, without Marten's tombstones, and the position of the last row read; null: nothing there.</summary>
    public static async Task<(List<StoredEvent> Events, long Last)?> PageAsync(long after, int limit, NpgsqlDataSource source, CancellationToken cancellation)
    {
        await using var command = source.CreateCommand($"select {EventReader.Columns} from events.mt_events e where e.seq_id > $1 order by e.seq_id limit $2");
        command.Parameters.Add(new() { Value = after });
        command.Parameters.Add(new() { Value = limit });
        await using var reader = await command.ExecuteReaderAsync(cancellation).ConfigureAwait(false);
        var events = await EventReader.ReadAsync(reader, cancellation).ConfigureAwait(false);
        if (events.Count == 0) return null;
        var last = events[^1].Position;
        events.RemoveAll(read => read.Type == "tombstone");
        return (events, last);
    }
}
