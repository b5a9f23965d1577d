using System.Runtime.CompilerServices;
using Npgsql;
using NpgsqlTypes;

namespace ServiceOrders.EventStore;

/// <summary>Whole streams, page by page in order of their ids. No transaction is held from one page to the next.</summary>
internal sealed class StreamPages(StoreDatabase database)
{
    public const int MaxStreams = 2_000, MaxEvents = 20_000;
    private const int MaxEventsAtOnce = 5_000;

    private const string After = "select id, coalesce(type, ''), coalesce(version, 0), coalesce(is_archived, false) from events.mt_streams where id > $1 and ($3 is null or type = any ($3)) order by id limit $2";
    private const string These = "select id, coalesce(type, ''), coalesce(version, 0), coalesce(is_archived, false) from events.mt_streams where id = any ($1) and ($2 is null or type = any ($2))";
    private const string Events = $"select {EventReader.Columns} from events.mt_events e where e.stream_id = any ($1) order by e.stream_id, e.version";

    /// <summary>The page after a stream, of the types wanted (null: any), and its last stream; null: there is none.</summary>
    public async Task<(List<StreamHistory> Streams, Guid Last)?> AfterAsync(Guid last, string[]? wanted, CancellationToken cancellation)
    {
        await using var connection = await database.Background.OpenConnectionAsync(cancellation).ConfigureAwait(false);
        Dictionary<Guid, StreamKind> kinds = [];
        await using (var command = new NpgsqlCommand(After, connection) { Parameters = { new() { Value = last }, new() { Value = MaxStreams }, Types(wanted) } })
        await using (var reader = await command.ExecuteReaderAsync(cancellation).ConfigureAwait(false))
        {
            for (var events = 0L; events < MaxEvents && await reader.ReadAsync(cancellation).ConfigureAwait(false); events += reader.GetInt64(2))
                kinds.Add(last = reader.GetGuid(0), KindOf(reader));
        }
        return kinds.Count == 0 ? null : (await ReadAsync(connection, kinds, cancellation).ConfigureAwait(false), last);
    }

    /// <summary>Certain streams, of the types wanted (null: any), whole.</summary>
    public static async Task<List<StreamHistory>> TheseAsync(NpgsqlConnection connection, IEnumerable<Guid> ids, string[]? wanted, CancellationToken cancellation)
    {
        Dictionary<Guid, StreamKind> kinds = [];
        await using (var command = new NpgsqlCommand(These, connection) { Parameters = { new() { Value = ids.ToArray() }, Types(wanted) } })
        await using (var reader = await command.ExecuteReaderAsync(cancellation).ConfigureAwait(false))
            while (await reader.ReadAsync(cancellation).ConfigureAwait(false)) kinds.Add(reader.GetGuid(0), KindOf(reader));
        return await ReadAsync(connection, kinds, cancellation).ConfigureAwait(false);
    }

    /// <summary>Certain streams, whole, in the order in which they are named, some thousands of events at a time.</summary>
    public async IAsyncEnumerable<IReadOnlyList<StreamHistory>> InOrderAsync(IReadOnlyCollection<Guid> ids, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var known = new Dictionary<Guid, (StreamKind Kind, long Events)>(ids.Count);
        await using (var connection = await database.Background.OpenConnectionAsync(cancellation).ConfigureAwait(false))
        await using (var command = new NpgsqlCommand(These, connection) { Parameters = { new() { Value = ids.ToArray() }, Types(null) } })
        await using (var reader = await command.ExecuteReaderAsync(cancellation).ConfigureAwait(false))
            while (await reader.ReadAsync(cancellation).ConfigureAwait(false)) known.Add(reader.GetGuid(0), (KindOf(reader), reader.GetInt64(2)));
        Dictionary<Guid, StreamKind> next = [];
        var events = 0L;
        foreach (var id in ids.Where(known.ContainsKey))
        {
            if (next.Count > 0 && events + known[id].Events > MaxEventsAtOnce)
            {
                yield return await InOrderAsync(next, cancellation).ConfigureAwait(false);
                (next, events) = ([], 0);
            }
            next.Add(id, known[id].Kind);
            events += known[id].Events;
        }
        if (next.Count > 0) yield return await InOrderAsync(next, cancellation).ConfigureAwait(false);
    }

    private static NpgsqlParameter Types(string[]? wanted) => new() { Value = (object?)wanted ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Varchar };

    private async Task<IReadOnlyList<StreamHistory>> InOrderAsync(Dictionary<Guid, StreamKind> kinds, CancellationToken cancellation)
    {
        await using var connection = await database.Background.OpenConnectionAsync(cancellation).ConfigureAwait(false);
        var streams = (await ReadAsync(connection, kinds, cancellation).ConfigureAwait(false)).ToDictionary(s => s.StreamId);
        return [.. kinds.Keys.Select(id => streams.GetValueOrDefault(id)).OfType<StreamHistory>()];
    }

    private static async Task<List<StreamHistory>> ReadAsync(NpgsqlConnection connection, Dictionary<Guid, StreamKind> kinds, CancellationToken cancellation)
    {
        List<StreamHistory> streams = new(kinds.Count);
        List<StoredEvent> current = [];
        await using var command = new NpgsqlCommand(Events, connection) { Parameters = { new() { Value = kinds.Keys.ToArray() } } };
        await using var reader = await command.ExecuteReaderAsync(cancellation).ConfigureAwait(false);
        while (await reader.ReadAsync(cancellation).ConfigureAwait(false))
        {
            var read = EventReader.Read(reader);
            if (current.Count == 0 || current[0].StreamId != read.StreamId) streams.Add(new StreamHistory(read.StreamId, kinds[read.StreamId].Type, current = [], kinds[read.StreamId].IsArchived));
            current.Add(read);
        }
        return streams;
    }

    private static StreamKind KindOf(NpgsqlDataReader reader) => new(reader.GetString(1), reader.GetBoolean(3));

    private readonly record struct StreamKind(string Type, bool IsArchived);
}
