using Npgsql;
using NpgsqlTypes;
using ServiceOrders.EventStore;
using ServiceOrders.ReadModels.Events;

namespace ServiceOrders.ReadModels.Auditing;

/// <summary>
/// <c>read.audit_events</c>, with <c>read.audit_blocks</c>, <c>read.audit_streams</c> and <c>read.audit_equipment</c> beside it: by what auditors find events, see <c>Sql/011_audit_index.sql</c>. Follows the events;
/// what was deleted for its age leaves it as well.
/// </summary>
public sealed class AuditIndex : IGenerationalProjection
{
    /// <summary>Names its checkpoint.</summary>
    public const string ProjectionName = "read.audit_events";

    /// <summary>Positions in a block.</summary>
    internal const int BlockSize = 4096;

    private static readonly Column<AuditEventRow>[] EventColumns =
    [
        ColumnOf<AuditEventRow>.Long("position", r => r.Event.Position), ColumnOf<AuditEventRow>.Id("stream_id", r => r.Event.StreamId),
        ColumnOf<AuditEventRow>.Instant("recorded_at", r => r.Event.RecordedAt),
        ColumnOf<AuditEventRow>.Text("type", r => r.Event.Type), ColumnOf<AuditEventRow>.Text("actor", r => r.Actor),
        ColumnOf<AuditEventRow>.Text("channel", r => r.Channel), ColumnOf<AuditEventRow>.Id("customer", r => r.Customer),
    ];

    private static readonly Column<AuditStreamRow>[] StreamColumns =
    [
        ColumnOf<AuditStreamRow>.Id("stream_id", r => r.Id), ColumnOf<AuditStreamRow>.Text("kind", r => r.Kind), ColumnOf<AuditStreamRow>.Text("name", r => r.Name),
        ColumnOf<AuditStreamRow>.Id("customer", r => r.Customer),
    ];

    /// <inheritdoc/>
    public string Name => ProjectionName;

    /// <inheritdoc/>
    public async Task CreateAsync(int generation, NpgsqlConnection connection, CancellationToken cancellation)
    {
        await DropAsync(generation, connection, cancellation).ConfigureAwait(false);
        await RunAsync("select read.make_audit_index($1)", generation, connection, cancellation).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async Task ApplyAsync(int generation, IReadOnlyList<StoredEvent> events, NpgsqlConnection connection, NpgsqlTransaction transaction, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(events);
        var customers = await StreamsAsync(generation, events, connection, cancellation).ConfigureAwait(false);
        var rows = new List<AuditEventRow>(events.Count);
        (string? text, string? channel) = (null, null);
        foreach (var stored in events)
        {
            // What one act brings about has the same headers, word for word.
            if (stored.Headers is null || stored.Headers != text) (text, channel) = (stored.Headers, EventSerializer.Headers(stored).Channel);
            rows.Add(new AuditEventRow(stored, channel, customers.GetValueOrDefault(stored.StreamId)));
        }
        await BulkCopy.RunAsync($"read.audit_events_g{generation}", EventColumns, rows, connection, cancellation).ConfigureAwait(false);
        await BlocksAsync(generation, events, connection, cancellation).ConfigureAwait(false);
        await EquipmentAsync(generation, events, connection, cancellation).ConfigureAwait(false);
        await ForgetAsync(generation, events, connection, cancellation).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public Task SwitchAsync(int generation, NpgsqlConnection connection, NpgsqlTransaction transaction, CancellationToken cancellation) =>
        RunAsync("select read.serve_audit_index($1)", generation, connection, cancellation);

    /// <inheritdoc/>
    public Task DropAsync(int generation, NpgsqlConnection connection, CancellationToken cancellation) =>
        RunAsync("select read.drop_audit_index($1)", generation, connection, cancellation);

    /// <summary>Adds the streams that begin among the events. Answers the customer of every stream that is touched.</summary>
    private static async Task<Dictionary<Guid, Guid?>> StreamsAsync(int generation, IReadOnlyList<StoredEvent> events, NpgsqlConnection connection, CancellationToken cancellation)
    {
        var touched = events.Select(e => e.StreamId).ToHashSet();
        var customers = await KnownAsync(generation, [.. touched], connection, cancellation).ConfigureAwait(false);
        var first = events.Where(e => !customers.ContainsKey(e.StreamId)).DistinctBy(e => e.StreamId).ToArray();
        var kinds = await KindsAsync([.. first.Select(e => e.StreamId)], connection, cancellation).ConfigureAwait(false);
        AuditStreamRow[] fresh = [.. first.Select(e => AuditStreamRow.Of(e, kinds.GetValueOrDefault(e.StreamId, "")))];
        await BulkCopy.RunAsync($"read.audit_streams_g{generation}", StreamColumns, fresh, connection, cancellation).ConfigureAwait(false);
        foreach (var stream in fresh) customers[stream.Id] = stream.Customer;
        return customers;
    }

    private static async Task<Dictionary<Guid, Guid?>> KnownAsync(int generation, Guid[] streams, NpgsqlConnection connection, CancellationToken cancellation)
    {
        var known = new Dictionary<Guid, Guid?>();
        await using var command = Command($"select stream_id, customer from read.audit_streams_g{generation} where stream_id = any($1)", connection, streams);
        await using var reader = await command.ExecuteReaderAsync(cancellation).ConfigureAwait(false);
        while (await reader.ReadAsync(cancellation).ConfigureAwait(false)) known[reader.GetGuid(0)] = reader.IsDBNull(1) ? null : reader.GetGuid(1);
        return known;
    }

    private static async Task<Dictionary<Guid, string>> KindsAsync(Guid[] streams, NpgsqlConnection connection, CancellationToken cancellation)
    {
        var kinds = new Dictionary<Guid, string>();
        if (streams.Length == 0) return kinds;
        await using var command = Command("select id, type from events.mt_streams where id = any($1) and type is not null", connection, streams);
        await using var reader = await command.ExecuteReaderAsync(cancellation).ConfigureAwait(false);
        while (await reader.ReadAsync(cancellation).ConfigureAwait(false)) kinds[reader.GetGuid(0)] = reader.GetString(1);
        return kinds;
    }

    /// <summary>Widens the time of each block of positions that the events lie in. What is deleted narrows none: it is only looked into in vain.</summary>
    private static async Task BlocksAsync(int generation, IReadOnlyList<StoredEvent> events, NpgsqlConnection connection, CancellationToken cancellation)
    {
        var blocks = events.GroupBy(e => e.Position / BlockSize).ToArray();
        await using var command = Command($"""
            insert into read.audit_blocks_g{generation} as b (block, earliest, latest) select * from unnest($1::bigint[], $2::timestamptz[], $3::timestamptz[])
            on conflict (block) do update set earliest = least(b.earliest, excluded.earliest), latest = greatest(b.latest, excluded.latest)
            """, connection, blocks.Select(b => b.Key).ToArray(), blocks.Select(b => b.Min(e => e.RecordedAt).UtcDateTime).ToArray(), blocks.Select(b => b.Max(e => e.RecordedAt).UtcDateTime).ToArray());
        await command.ExecuteNonQueryAsync(cancellation).ConfigureAwait(false);
    }

    private static async Task EquipmentAsync(int generation, IReadOnlyList<StoredEvent> events, NpgsqlConnection connection, CancellationToken cancellation)
    {
        AuditEquipmentRow[] told = [.. events.Select(AuditEquipmentRow.Of).OfType<AuditEquipmentRow>()];
        if (told.Length == 0) return;
        await using var command = Command(
            $"insert into read.audit_equipment_g{generation} (serial_number, stream_id) select * from unnest($1::text[], $2::uuid[]) on conflict do nothing", connection,
            told.Select(t => t.SerialNumber).ToArray(), told.Select(t => t.StreamId).ToArray());
        await command.ExecuteNonQueryAsync(cancellation).ConfigureAwait(false);
    }

    private static async Task ForgetAsync(int generation, IReadOnlyList<StoredEvent> events, NpgsqlConnection connection, CancellationToken cancellation)
    {
        var (streams, positions) = DeletedStreams.Of(events);
        if (streams.Length == 0) return;
        await using var command = Command($"""
            with a as (delete from read.audit_events_g{generation} where position = any($1)),
                 b as (delete from read.audit_streams_g{generation} where stream_id = any($2))
            delete from read.audit_equipment_g{generation} where stream_id = any($2)
            """, connection, positions, streams);
        await command.ExecuteNonQueryAsync(cancellation).ConfigureAwait(false);
    }

    private static async Task RunAsync(string sql, int generation, NpgsqlConnection connection, CancellationToken cancellation)
    {
        await using var command = Command(sql, connection, generation);
        await command.ExecuteNonQueryAsync(cancellation).ConfigureAwait(false);
    }

    private static NpgsqlCommand Command(string sql, NpgsqlConnection connection, params object[] values)
    {
#pragma warning disable CA2100 // our own names
        var command = new NpgsqlCommand(sql, connection);
#pragma warning restore CA2100
        foreach (var value in values) command.Parameters.Add(new NpgsqlParameter { Value = value });
        return command;
    }
}
