using Npgsql;
using NpgsqlTypes;

namespace ServiceOrders.EventStore;

/// <summary>
/// Finds out what became of a batch whose connection broke. First the lost session is ended and its end awaited, since it may still be at work; then the events tell:
/// an append went exactly if the event after its expected version is its own first one.
/// </summary>
internal sealed class LostCommit(StoreDatabase database, TimeProvider time)
{
    private static readonly TimeSpan GiveUpAfter = TimeSpan.FromSeconds(10), Pause = TimeSpan.FromMilliseconds(100);

    private const string End = """
        select pg_terminate_backend(l.pid) from pg_locks l
        where l.locktype = 'advisory' and l.granted and l.objsubid = 1 and (l.classid::bigint << 32 | l.objid::bigint) = $1
          and l.database = (select d.oid from pg_database d where d.datname = current_database())
        """;

    private const string Find = """
        select a.ordinal::integer, e.timestamp
        from unnest($1, $2, $3) with ordinality as a (stream_id, version, id, ordinal)
        join events.mt_events e on e.stream_id = a.stream_id and e.version = a.version and e.id = a.id
        """;

    /// <summary>Per append: when its events were recorded, or null where it did not go.</summary>
    /// <exception cref="OutcomeUnknownException">The database does not answer for too long.</exception>
    public async Task<DateTimeOffset?[]> FindAsync(long session, IReadOnlyList<PendingAppend> appends)
    {
        var startedAt = time.GetTimestamp();
        while (true)
        {
            try
            {
                await using var connection = await database.Dedicated.OpenConnectionAsync().ConfigureAwait(false);
                await EndAsync(connection, session).ConfigureAwait(false);
                return await ReadAsync(connection, appends).ConfigureAwait(false);
            }
            catch (Exception error) when (Fault.Of(error) is not FaultKind.Culprit)
            {
                if (time.GetElapsedTime(startedAt) > GiveUpAfter)
                    throw new OutcomeUnknownException("The connection broke during the commit, and the database does not answer.", error);
                await Task.Delay(Pause, time).ConfigureAwait(false);
            }
        }
    }

    private static async Task EndAsync(NpgsqlConnection connection, long session)
    {
        await using var batch = new NpgsqlBatch(connection)
        {
            BatchCommands =
            {
                new(End) { Parameters = { new() { Value = session } } },
                new("select pg_advisory_xact_lock($1)") { Parameters = { new() { Value = session } } },
            },
        };
        await batch.ExecuteNonQueryAsync().ConfigureAwait(false);
    }

    private static async Task<DateTimeOffset?[]> ReadAsync(NpgsqlConnection connection, IReadOnlyList<PendingAppend> appends)
    {
        var found = new DateTimeOffset?[appends.Count];
        await using var command = new NpgsqlCommand(Find, connection)
        {
            Parameters =
            {
                new() { Value = appends.Select(pending => pending.Append.StreamId).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Uuid },
                new() { Value = appends.Select(pending => pending.Append.ExpectedVersion + 1).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Bigint },
                new() { Value = appends.Select(pending => pending.Append.Events[0].Id).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Uuid },
            },
        };
        await using var reader = await command.ExecuteReaderAsync().ConfigureAwait(false);
        while (await reader.ReadAsync().ConfigureAwait(false)) found[reader.GetInt32(0) - 1] = reader.GetFieldValue<DateTimeOffset>(1);
        return found;
    }
}
