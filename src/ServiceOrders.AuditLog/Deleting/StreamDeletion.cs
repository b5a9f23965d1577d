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

    /// <summary>Deletes streams.</summary>
    /// <param name="connection">In the transaction that appends the record.</param>
    /// <param name="streams">The streams, locked.</param>
    /// <param name="at">As of when; no later than now.</param>
    /// <param name="cancellation">Cancels.</param>
    /// <returns>By stream, the positions of its events.</returns>
    /// <exception cref="PostgresException">SO003: one may not be deleted; nothing was.</exception>
    public static async Task<IReadOnlyDictionary<Guid, long[]>> DeleteAsync(NpgsqlConnection connection, IReadOnlyCollection<Guid> streams, DateTimeOffset at, CancellationToken cancellation)
    {
        Dictionary<Guid, long[]> deleted = [];
        await using var command = Command(connection, "select t.id, audit.delete_stream(t.id, $2) from unnest($1) as t (id)", streams, at);
        await using var reader = await command.ExecuteReaderAsync(cancellation).ConfigureAwait(false);
        while (await reader.ReadAsync(cancellation).ConfigureAwait(false)) deleted.Add(reader.GetGuid(0), reader.GetFieldValue<long[]>(1));
        return deleted;
    }

#pragma warning disable CA2100 // constant texts above
    private static NpgsqlCommand Command(NpgsqlConnection connection, string sql, IReadOnlyCollection<Guid> streams, DateTimeOffset at) =>
        new(sql, connection) { Parameters = { new NpgsqlParameter<Guid[]> { TypedValue = [.. streams] }, new NpgsqlParameter<DateTimeOffset> { TypedValue = at } } };
#pragma warning restore CA2100
}
