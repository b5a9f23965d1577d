using System.Text.Json;
using Npgsql;
using ServiceOrders.Domain.Retention;
using ServiceOrders.ReadModels.Events;

namespace ServiceOrders.Host.Retention;

/// <summary>Reads the records of retention from the events themselves, by the partial index <c>events.retention_records</c>.</summary>
/// <param name="database">Where they are.</param>
public sealed class RetentionRecordQuery(NpgsqlDataSource database)
{
    private const string Sql = """
        select e.seq_id, e.id, e.stream_id, e.timestamp, e.type, e.data::text from events.mt_events e
        where e.type in ('records_archived', 'records_deleted') and e.seq_id < $1 order by e.seq_id desc limit $2
        """;

    /// <summary>Records, the newest first.</summary>
    /// <param name="below">Only those before this position.</param>
    /// <param name="limit">At most so many.</param>
    /// <param name="cancellation">Cancels.</param>
    public async Task<IReadOnlyList<RetentionRecordView>> ListAsync(long below, int limit, CancellationToken cancellation)
    {
        List<RetentionRecordView> records = [];
        await using var command = database.CreateCommand(Sql);
        command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = below });
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = limit });
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        while (await reader.ReadAsync(cancellation))
        {
            var record = JsonSerializer.Deserialize(reader.GetString(5), EventTypes.Find(reader.GetString(4))!, EventSerializer.Json);
            records.Add(ViewOf(record, reader.GetInt64(0), reader.GetGuid(1), reader.GetGuid(2), reader.GetFieldValue<DateTimeOffset>(3)));
        }
        return records;
    }

    private static RetentionRecordView ViewOf(object? record, long position, Guid id, Guid run, DateTimeOffset recordedAt) => record switch
    {
        RecordsArchived e => new RetentionRecordView(position, id, run, recordedAt, RetentionAction.Archive, e.Rule, e.RuleVersion, e.ArchivedAt,
            [.. e.Streams.Select(s => new RetiredTicketView(s.StreamId, s.Number, s.Kind, s.ClosedAt, s.Events, []))]),
        RecordsDeleted e => new RetentionRecordView(position, id, run, recordedAt, RetentionAction.Delete, e.Rule, e.RuleVersion, e.DeletedAt,
            [.. e.Streams.Select(s => new RetiredTicketView(s.StreamId, s.Number, s.Kind, s.ClosedAt, s.Events, s.Positions))]),
        _ => throw new InvalidOperationException("The index of retention's records holds what is none."),
    };
}
