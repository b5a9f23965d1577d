using Npgsql;

namespace ServiceOrders.EventStore;

/// <summary>A stream that is locked for this transaction.</summary>
/// <param name="Id">Which.</param>
/// <param name="Version">Its version.</param>
/// <param name="IsArchived">Whether it is archived: nothing can be appended to it.</param>
public sealed record StreamState(Guid Id, long Version, bool IsArchived);

/// <summary>Archives streams, as Marten does: <c>is_archived</c> on the stream and on its events, the one thing of an event that ever changes.</summary>
public static class StreamArchive
{
    // Rows that someone else holds are left alone: nobody waits here.
    private const string Lock = "select s.id, s.version, coalesce(s.is_archived, false) from events.mt_streams s where s.id = any ($1) order by s.id for update skip locked";

    private const string SetStreams = "update events.mt_streams set is_archived = $2 where id = any ($1)";
    private const string SetEvents = "update events.mt_events set is_archived = $2 where stream_id = any ($1) and is_archived is distinct from $2";

    /// <summary>Locks streams that nobody else has locked, in the order of their ids, and never waits.</summary>
    public static async Task<IReadOnlyList<StreamState>> LockAsync(NpgsqlConnection connection, IReadOnlyCollection<Guid> ids, CancellationToken cancellation)
    {
        List<StreamState> locked = [];
        await using var command = new NpgsqlCommand(Lock, connection) { Parameters = { new NpgsqlParameter<Guid[]> { TypedValue = [.. ids] } } };
        await using var reader = await command.ExecuteReaderAsync(cancellation).ConfigureAwait(false);
        while (await reader.ReadAsync(cancellation).ConfigureAwait(false)) locked.Add(new StreamState(reader.GetGuid(0), reader.GetInt64(1), reader.GetBoolean(2)));
        return locked;
    }

    /// <summary>Archives locked streams.</summary>
    public static Task ArchiveAsync(NpgsqlConnection connection, IReadOnlyCollection<Guid> ids, CancellationToken cancellation) => SetAsync(connection, ids, true, cancellation);

    /// <summary>Brings locked streams back.</summary>
    public static Task RestoreAsync(NpgsqlConnection connection, IReadOnlyCollection<Guid> ids, CancellationToken cancellation) => SetAsync(connection, ids, false, cancellation);

    /// <summary>
    /// Keeps rebuilds away until the transaction ends, or tells that one is running: a rebuild looks again at what was appended to meanwhile, and not at what was archived or deleted.
    /// </summary>
    public static async Task<bool> TryKeepRebuildsAwayAsync(NpgsqlConnection connection, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand("select pg_try_advisory_xact_lock_shared(21327, 4)", connection);
        return (bool)(await command.ExecuteScalarAsync(cancellation).ConfigureAwait(false))!;
    }

    private static async Task SetAsync(NpgsqlConnection connection, IReadOnlyCollection<Guid> ids, bool archived, CancellationToken cancellation)
    {
        await using var batch = new NpgsqlBatch(connection) { BatchCommands = { Command(SetStreams, ids, archived), Command(SetEvents, ids, archived) } };
        await batch.ExecuteNonQueryAsync(cancellation).ConfigureAwait(false);
    }

#pragma warning disable CA2100 // constant texts above
    private static NpgsqlBatchCommand Command(string sql, IReadOnlyCollection<Guid> ids, bool archived) =>
        new(sql) { Parameters = { new NpgsqlParameter<Guid[]> { TypedValue = [.. ids] }, new NpgsqlParameter<bool> { TypedValue = archived } } };
#pragma warning restore CA2100
}
