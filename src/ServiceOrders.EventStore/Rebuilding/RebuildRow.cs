using Npgsql;

namespace ServiceOrders.EventStore;

/// <summary>How far the rebuild of the inline read models has come, saved with each page.</summary>
internal sealed record RebuildRow(int Generation, long Position, Guid LastStream, long Streams, long Events, bool FirstPassDone)
{
    public static async Task<RebuildRow?> FindAsync(NpgsqlConnection connection, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand("select generation, position, last_stream, streams, events, first_pass_done from events.rebuilds where name = 'inline'", connection);
        await using var reader = await command.ExecuteReaderAsync(cancellation).ConfigureAwait(false);
        return await reader.ReadAsync(cancellation).ConfigureAwait(false)
            ? new(reader.GetInt32(0), reader.GetInt64(1), reader.GetGuid(2), reader.GetInt64(3), reader.GetInt64(4), reader.GetBoolean(5))
            : null;
    }

    public Task SaveAsync(NpgsqlConnection connection, CancellationToken cancellation) => RebuildLock.RunAsync(connection, """
        insert into events.rebuilds (name, generation, position, last_stream, streams, events, first_pass_done) values ('inline', $1, $2, $3, $4, $5, $6)
        on conflict (name) do update set generation = excluded.generation, position = excluded.position, last_stream = excluded.last_stream,
            streams = excluded.streams, events = excluded.events, first_pass_done = excluded.first_pass_done
        """, cancellation, Generation, Position, LastStream, Streams, Events, FirstPassDone);

    public static Task RemoveAsync(NpgsqlConnection connection, CancellationToken cancellation) =>
        RebuildLock.RunAsync(connection, "delete from events.rebuilds where name = 'inline'", cancellation);
}
