using Npgsql;

namespace ServiceOrders.EventStore;

/// <summary>Reads rows of <c>mt_events</c>, ours and Marten's own: headers may be absent or a JSON <c>null</c>, and tombstones are rows like others.</summary>
internal static class EventReader
{
    public const string Columns = "e.seq_id, e.id, e.stream_id, e.version, e.type, e.data::text, e.timestamp, e.correlation_id, e.causation_id, e.user_name, e.headers::text";

    /// <summary>How many columns that are.</summary>
    public const int Count = 11;

    public static async Task<List<StoredEvent>> ReadAsync(NpgsqlDataReader reader, CancellationToken cancellation)
    {
        List<StoredEvent> events = [];
        while (await reader.ReadAsync(cancellation).ConfigureAwait(false)) events.Add(Read(reader));
        return events;
    }

    public static StoredEvent Read(NpgsqlDataReader row) => new(
        row.GetInt64(0), row.GetGuid(1), row.IsDBNull(2) ? Guid.Empty : row.GetGuid(2), row.GetInt64(3), row.GetString(4), row.GetString(5), row.GetFieldValue<DateTimeOffset>(6),
        Text(row, 7), Text(row, 8), Text(row, 9), Text(row, 10) is { } headers and not "null" ? headers : null);

    private static string? Text(NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetString(column);
}
