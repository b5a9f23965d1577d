using System.Globalization;
using System.Text.Json;
using Npgsql;
using ServiceOrders.Audit.Leaves;

namespace ServiceOrders.AuditLog.Verifying;

/// <summary>A stream that a record of deletion names.</summary>
internal sealed record DeletedStream(Guid Id, IReadOnlyList<long> Positions);

/// <summary>A record of deletion, and what it names.</summary>
internal sealed class RecordedDeletion
{
    private RecordedDeletion(long? leafIndex, EventRecord record, IReadOnlyList<DeletedStream> streams) =>
        (Index, Position, StreamId, At, Streams) = (leafIndex, record.Position, record.StreamId, record.RecordedAt, streams);

    /// <summary>The record's leaf; null: it is not in the log yet.</summary>
    public long? Index { get; }

    /// <summary>The record's position.</summary>
    public long Position { get; }

    /// <summary>The record's own stream.</summary>
    public Guid? StreamId { get; }

    /// <summary>When it was made: as it says itself, or earlier where a checkpoint proves it.</summary>
    public DateTimeOffset At { get; set; }

    /// <summary>What it says was deleted.</summary>
    public IReadOnlyList<DeletedStream> Streams { get; }

    /// <summary>Reads one; null: it is none, whatever it calls itself. It may be anybody's, and must not stop whoever looks for what else is wrong.</summary>
    public static RecordedDeletion? Read(long? leafIndex, EventRecord record)
    {
        try
        {
            using var json = JsonDocument.Parse(record.Data);
            return new(leafIndex, record, [.. json.RootElement.GetProperty("streams").EnumerateArray().Select(StreamIn)]);
        }
        catch (Exception broken) when (broken is JsonException or FormatException or InvalidOperationException or KeyNotFoundException)
        {
            return null;
        }
    }

    private static DeletedStream StreamIn(JsonElement stream)
    {
        var positions = stream.GetProperty("positions").EnumerateArray().Select(position => position.GetInt64()).ToArray();
        return stream.GetProperty("events").GetInt64() == positions.Length ? new(stream.GetProperty("streamId").GetGuid(), positions) : throw new FormatException("The record names another number of events than positions.");
    }
}

/// <summary>
/// Lays records of deletion beside the store: only the service's own kind of stream holds them, and they name whole streams of which nothing is left. One that does not hold explains nothing.
/// </summary>
/// <param name="source">The database.</param>
/// <param name="findings">Takes what is wrong.</param>
internal sealed class DeletionRecords(NpgsqlDataSource source, FindingList findings)
{
    private const int Batch = 500;

    /// <summary>Those of them that hold, in whole or for some of their streams: as pairs of record and stream.</summary>
    public async Task<List<(RecordedDeletion Record, DeletedStream Stream)>> HoldingAsync(IReadOnlyList<RecordedDeletion> records, CancellationToken cancellation)
    {
        var holding = new List<(RecordedDeletion, DeletedStream)>();
        foreach (var some in records.Chunk(Batch))
        {
            var own = await AmongAsync("select id from events.mt_streams where id = any($1) and type = 'retention'", [.. some.Select(r => r.StreamId).OfType<Guid>()], cancellation);
            foreach (var record in some.Where(r => r.StreamId is not { } id || !own.Contains(id))) Refuse(record, null, $"stands in a stream that is none of retention");
            foreach (var streams in some.Where(r => r.StreamId is { } id && own.Contains(id)).SelectMany(record => record.Streams.Select(stream => (Record: record, Stream: stream))).Chunk(Batch))
                await HoldAsync(streams, holding, cancellation);
        }
        return holding;
    }

    /// <summary>A record that is none.</summary>
    public static Finding Broken(long? leaf, EventRecord record) => new(FindingKind.Removed, "record of deletion", leaf, record.Position, record.StreamId, record.Version,
        string.Create(CultureInfo.InvariantCulture, $"The event at position {record.Position} calls itself a record of deletion and cannot be read as one: it explains nothing."));

    private async Task HoldAsync((RecordedDeletion Record, DeletedStream Stream)[] named, List<(RecordedDeletion, DeletedStream)> holding, CancellationToken cancellation)
    {
        var left = await AmongAsync("select distinct stream_id from events.mt_events where stream_id = any($1)", [.. named.Select(n => n.Stream.Id)], cancellation);
        var there = await AmongAsync("select seq_id from events.mt_events where seq_id = any($1)", [.. named.SelectMany(n => n.Stream.Positions)], cancellation);
        foreach (var (record, stream) in named)
        {
            if (left.Contains(stream.Id)) Refuse(record, stream.Id, $"says that stream {stream.Id} was deleted, of which events are left");
            else if (stream.Positions.FirstOrDefault(there.Contains, -1) is >= 0 and var position) Refuse(record, stream.Id, $"says that the event at position {position} was deleted, which is there");
            else holding.Add((record, stream));
        }
    }

    private void Refuse(RecordedDeletion record, Guid? stream, FormattableString why) => findings.Add(new(FindingKind.Removed, "record of deletion", record.Index, record.Position, stream, null,
        string.Create(CultureInfo.InvariantCulture, $"The record of deletion at position {record.Position} {why.ToString(CultureInfo.InvariantCulture)}: it explains nothing.")));

    private async Task<HashSet<T>> AmongAsync<T>(string sql, T[] values, CancellationToken cancellation)
    {
        await using var query = source.CreateCommand(sql);
        query.Parameters.Add(new() { Value = values });
        await using var rows = await query.ExecuteReaderAsync(cancellation);
        var found = new HashSet<T>();
        while (await rows.ReadAsync(cancellation)) found.Add(rows.GetFieldValue<T>(0));
        return found;
    }
}
