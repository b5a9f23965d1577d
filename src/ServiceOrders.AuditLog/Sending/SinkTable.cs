using Npgsql;
using ServiceOrders.AuditLog.Reading;

namespace ServiceOrders.AuditLog.Sending;

/// <summary>How far a place outside has been told.</summary>
/// <param name="Name">The place.</param>
/// <param name="Size">The largest checkpoint that it has; 0: none.</param>
/// <param name="SentAt">When it got it.</param>
/// <param name="Attempts">Tries that failed since then.</param>
/// <param name="NextTryAt">Not tried again before.</param>
/// <param name="LastError">The kind of error of the last one; null: it went.</param>
public sealed record SinkState(string Name, long Size, DateTimeOffset? SentAt, int Attempts, DateTimeOffset NextTryAt, string? LastError);

/// <summary>What is remembered of the places outside.</summary>
/// <param name="source">The database.</param>
public sealed class SinkTable(NpgsqlDataSource source)
{
    /// <summary>All places that were ever sent to, or should have been.</summary>
    public async Task<IReadOnlyList<SinkState>> ListAsync(CancellationToken cancellation = default)
    {
        await using var query = source.CreateCommand("select distinct on (sink) sink, size, sent_at, attempts, next_try_at, last_error from audit.sinks order by sink, size desc");
        await using var rows = await query.ExecuteReaderAsync(cancellation).ConfigureAwait(false);
        List<SinkState> read = [];
        while (await rows.ReadAsync(cancellation).ConfigureAwait(false))
        {
            read.Add(new(rows.GetString(0), rows.GetInt64(1), rows.TimeOrNull(2), rows.GetInt32(3),
                rows.Time(4), rows.IsDBNull(5) ? null : rows.GetString(5)));
        }
        return read;
    }

    /// <summary>A checkpoint arrived there.</summary>
    internal Task SentAsync(string sink, long size, DateTimeOffset at, CancellationToken cancellation) => RunAsync("""
        insert into audit.sinks as s (sink, size, sent_at) values ($1, $2, $3)
        on conflict (sink) do update set size = greatest(s.size, excluded.size), sent_at = excluded.sent_at, attempts = 0, next_try_at = '2000-01-01T00:00:00Z', last_error = null
        """, cancellation, sink, size, at);

    /// <summary>It could not be brought there.</summary>
    internal Task FailedAsync(string sink, DateTimeOffset nextTryAt, string error, CancellationToken cancellation) => RunAsync("""
        insert into audit.sinks as s (sink, attempts, next_try_at, last_error) values ($1, 1, $2, $3)
        on conflict (sink) do update set attempts = least(greatest(s.attempts, 0), 1000000) + 1, next_try_at = excluded.next_try_at, last_error = excluded.last_error
        """, cancellation, sink, nextTryAt, error);

    private async Task RunAsync(string sql, CancellationToken cancellation, params object[] values)
    {
        await using var command = source.CreateCommand(sql);
        foreach (var value in values) command.Parameters.Add(new() { Value = value });
        await command.ExecuteNonQueryAsync(cancellation).ConfigureAwait(false);
    }
}
