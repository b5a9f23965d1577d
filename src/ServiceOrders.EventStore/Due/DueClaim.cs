using Npgsql;

namespace ServiceOrders.EventStore;

/// <summary>A stream that this transaction has claimed, with all its events.</summary>
internal sealed record ClaimedStream(Guid Id, string Type, long Version, DateTimeOffset DueAt, int Attempts, List<StoredEvent> Events);

/// <summary>What a claim brought: the streams, the generation to write, and, where there are none, when to look again.</summary>
internal sealed record DueClaim(IReadOnlyList<ClaimedStream> Streams, int Generation, DateTimeOffset? NextTryAt)
{
    private const string Claim = "select generation, stream_id, stream_type, version, due_at, attempts from events.claim($1, $2, $3, $4)";
    private const string Load = $"select {EventReader.Columns} from events.mt_events e where e.stream_id = any ((select events.claimed())::uuid[]) order by e.stream_id, e.version";
    private const string Next = "select min(next_try_at) from events.due";

    /// <summary>Claims and loads in one round trip.</summary>
    /// <param name="connection">In a transaction.</param>
    /// <param name="now">Due is what was to happen strictly before this.</param>
    /// <param name="options">The bounds.</param>
    /// <param name="wanted">Only these streams; null: whatever is due.</param>
    /// <param name="cancellation">Cancels.</param>
    public static async Task<DueClaim> TakeAsync(NpgsqlConnection connection, DateTimeOffset now, DueOptions options, Guid[]? wanted, CancellationToken cancellation)
    {
        await using var batch = new NpgsqlBatch(connection)
        {
            BatchCommands =
            {
                new(Claim)
                {
                    Parameters =
                    {
                        new() { Value = now }, new() { Value = options.BatchSize }, new() { Value = (long)options.MaxEvents },
                        new() { Value = (object?)wanted ?? DBNull.Value, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Array | NpgsqlTypes.NpgsqlDbType.Uuid },
                    },
                },
                new(Load),
                new(Next),
            },
        };
        await using var reader = await batch.ExecuteReaderAsync(cancellation).ConfigureAwait(false);
        var (generation, streams) = (0, new Dictionary<Guid, ClaimedStream>());
        while (await reader.ReadAsync(cancellation).ConfigureAwait(false))
        {
            generation = reader.GetInt32(0);
            streams.Add(reader.GetGuid(1), new(reader.GetGuid(1), reader.IsDBNull(2) ? "" : reader.GetString(2), reader.GetInt64(3), reader.GetFieldValue<DateTimeOffset>(4), reader.GetInt32(5), []));
        }
        await reader.NextResultAsync(cancellation).ConfigureAwait(false);
        while (await reader.ReadAsync(cancellation).ConfigureAwait(false))
        {
            var read = EventReader.Read(reader);
            streams[read.StreamId].Events.Add(read);
        }
        await reader.NextResultAsync(cancellation).ConfigureAwait(false);
        await reader.ReadAsync(cancellation).ConfigureAwait(false);
        return new DueClaim([.. streams.Values], generation, reader.IsDBNull(0) ? null : reader.GetFieldValue<DateTimeOffset>(0));
    }
}
