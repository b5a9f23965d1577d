using Npgsql;

namespace ServiceOrders.AuditLog;

/// <summary>
/// Deletion of whole streams that are past their time (row A3), by the one function that may: <c>audit.delete_stream</c> looks for itself whether a stream is old enough, free of legal hold, and covered
/// by a checkpoint that was signed three years ago. To be called in the transaction that appends the record: without it that cannot commit.
/// </summary>
public static class StreamDeletion
{
    private const string Function = "audit.delete_stream(uuid, timestamptz)";

    private const string Obstacles = """
        select t.id, audit.deletion_obstacle(t.id, $2), (select max(e.seq_id) from events.mt_events e where e.stream_id = t.id) > p.position
        from unnest($1) as t (id), (select coalesce(min(last_seq_id), 9223372036854775807) as position from events.mt_event_progression where strpos(name, ':') = 0) p
        """;

    /// <summary>Whether this login may call the function: its owner, or whoever was granted it.</summary>
    public static async Task<bool> IsAllowedAsync(NpgsqlConnection connection, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand($"select has_function_privilege('{Function}', 'execute')", connection);
        return (bool)(await command.ExecuteScalarAsync(cancellation).ConfigureAwait(false))!;
    }

    /// <summary>Why streams may not be deleted; those that may are left out.</summary>
    /// <param name="connection">The connection.</param>
    /// <param name="streams">The streams.</param>
    /// <param name="at">As of when; no later than now.</param>
    /// <param name="cancellation">Cancels.</param>
    /// <returns>By stream: a word such as <c>tooYoung</c>, or <c>projectionBehind</c> where a subscription has still to read some of its events.</returns>
    public static async Task<IReadOnlyDictionary<Guid, string>> ObstaclesAsync(NpgsqlConnection connection, IReadOnlyCollection<Guid> streams, DateTimeOffset at, CancellationToken cancellation)
    {
        Dictionary<Guid, string> obstacles = [];
        await using var command = Command(connection, Obstacles, streams, at);
        await using var reader = await command.ExecuteReaderAsync(cancellation).ConfigureAwait(false);
        while (await reader.ReadAsync(cancellation).ConfigureAwait(false))
        {
            if (!reader.IsDBNull(1)) obstacles.Add(reader.GetGuid(0), reader.GetString(1));
            else if (!reader.IsDBNull(2) && reader.GetBoolean(2)) obstacles.Add(reader.GetGuid(0), "projectionBehind");
        }
        return obstacles;
    }

    /// <summary>Deletes streams: those that the database lets go. One that it refuses does not keep the others.</summary>
    /// <param name="connection">In the transaction that appends the record.</param>
    /// <param name="streams">The streams, locked.</param>
    /// <param name="at">As of when; no later than now.</param>
    /// <param name="cancellation">Cancels.</param>
    /// <returns>By stream that was deleted, the positions of its events.</returns>
    public static async Task<IReadOnlyDictionary<Guid, long[]>> DeleteAllowedAsync(NpgsqlConnection connection, IReadOnlyCollection<Guid> streams, DateTimeOffset at, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(streams);
        if (await TryDeleteAsync(connection, streams, at, cancellation).ConfigureAwait(false) is { } all) return all;
        Dictionary<Guid, long[]> deleted = [];
        foreach (var stream in streams)
            foreach (var (id, positions) in await TryDeleteAsync(connection, [stream], at, cancellation).ConfigureAwait(false) ?? []) deleted.Add(id, positions);
        return deleted;
    }

    /// <summary>Deletes streams, all or none.</summary>
    /// <param name="connection">In the transaction that appends the record.</param>
    /// <param name="streams">The streams, locked.</param>
    /// <param name="at">As of when; no later than now.</param>
    /// <param name="cancellation">Cancels.</param>
    /// <returns>By stream, the positions of its events.</returns>
    /// <exception cref="PostgresException">SO003: one may not be deleted; SO002: one is not whole. Nothing was.</exception>
    public static async Task<Dictionary<Guid, long[]>> DeleteAsync(NpgsqlConnection connection, IReadOnlyCollection<Guid> streams, DateTimeOffset at, CancellationToken cancellation)
    {
        Dictionary<Guid, long[]> deleted = [];
        await using var command = Command(connection, "select t.id, audit.delete_stream(t.id, $2) from unnest($1) as t (id)", streams, at);
        await using var reader = await command.ExecuteReaderAsync(cancellation).ConfigureAwait(false);
        while (await reader.ReadAsync(cancellation).ConfigureAwait(false)) deleted.Add(reader.GetGuid(0), reader.GetFieldValue<long[]>(1));
        return deleted;
    }

    /// <summary>Null: the database refuses one of them; nothing was deleted, and the transaction goes on.</summary>
    private static async Task<Dictionary<Guid, long[]>?> TryDeleteAsync(NpgsqlConnection connection, IReadOnlyCollection<Guid> streams, DateTimeOffset at, CancellationToken cancellation)
    {
        await ExecuteAsync(connection, "savepoint deletion", cancellation).ConfigureAwait(false);
        try
        {
            var deleted = await DeleteAsync(connection, streams, at, cancellation).ConfigureAwait(false);
            await ExecuteAsync(connection, "release savepoint deletion", cancellation).ConfigureAwait(false);
            return deleted;
        }
        catch (PostgresException refused) when (refused.SqlState is "SO002" or "SO003")
        {
            await ExecuteAsync(connection, "rollback to savepoint deletion; release savepoint deletion", cancellation).ConfigureAwait(false);
            return null;
        }
    }

#pragma warning disable CA2100 // constant texts above
    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(cancellation).ConfigureAwait(false);
    }

    private static NpgsqlCommand Command(NpgsqlConnection connection, string sql, IReadOnlyCollection<Guid> streams, DateTimeOffset at) =>
        new(sql, connection) { Parameters = { new NpgsqlParameter<Guid[]> { TypedValue = [.. streams] }, new NpgsqlParameter<DateTimeOffset> { TypedValue = at } } };
#pragma warning restore CA2100
}
