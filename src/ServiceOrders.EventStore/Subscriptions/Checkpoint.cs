using Npgsql;
using NpgsqlTypes;

namespace ServiceOrders.EventStore;

/// <summary>A position in <c>mt_event_progression</c>, moved by compare-and-set. Never the row <c>HighWaterMark</c>, which is Marten's own.</summary>
internal static class Checkpoint
{
    private const string Wanted = "(e.type <> 'tombstone' and ($3::text[] is null or e.type = any($3)))";

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

    /// <summary>What follows a position: events of some types (null: all but Marten's tombstones), as far as so many of any type reach; null: nothing there.</summary>
    public static async Task<EventPage?> PageAsync(long after, int limit, IReadOnlyCollection<string>? types, NpgsqlDataSource source, CancellationToken cancellation)
    {
        // The page's last event comes in any case: it tells how far the page reaches.
        await using var command = source.CreateCommand($"""
            with page as materialized (select max(p.seq_id) as last, count(*)::int as passed from (select seq_id from events.mt_events where seq_id > $1 order by seq_id limit $2) p)
            select {EventReader.Columns}, {Wanted}, (select passed from page) from events.mt_events e
            where e.seq_id > $1 and e.seq_id <= (select last from page) and ({Wanted} or e.seq_id = (select last from page)) order by e.seq_id
            """);
        command.Parameters.Add(new() { Value = after });
        command.Parameters.Add(new() { Value = limit });
        command.Parameters.Add(new() { Value = types?.ToArray() ?? (object)DBNull.Value, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text });
        await using var reader = await command.ExecuteReaderAsync(cancellation).ConfigureAwait(false);
        List<StoredEvent> events = [];
        var (last, passed) = (0L, 0);
        while (await reader.ReadAsync(cancellation).ConfigureAwait(false))
        {
            (last, passed) = (reader.GetInt64(0), reader.GetInt32(EventReader.Count + 1));
            if (reader.GetBoolean(EventReader.Count)) events.Add(EventReader.Read(reader));
        }
        if (passed == 0) return null;
        return new EventPage(events, last, passed);
    }
}

/// <summary>Events that follow a position.</summary>
/// <param name="Events">Those that are wanted.</param>
/// <param name="Last">The position up to which the page reaches.</param>
/// <param name="Passed">How many it has with those that are not wanted.</param>
internal sealed record EventPage(IReadOnlyList<StoredEvent> Events, long Last, int Passed);
