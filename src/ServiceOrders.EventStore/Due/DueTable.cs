using Npgsql;

namespace ServiceOrders.EventStore;

/// <summary>What operators see of the due rows.</summary>
public sealed class DueTable(StoreDatabase database)
{
    /// <summary>What is due next.</summary>
    /// <param name="limit">At most so many.</param>
    /// <param name="cancellation">Cancels.</param>
    public Task<IReadOnlyList<DueRow>> ReadDueAsync(int limit, CancellationToken cancellation = default) =>
        ReadAsync("select stream_id, due_at, next_try_at, attempts, last_error from events.due order by next_try_at limit $1", limit, cancellation);

    /// <summary>What failed and was put off, and why.</summary>
    /// <param name="limit">At most so many.</param>
    /// <param name="cancellation">Cancels.</param>
    public Task<IReadOnlyList<DueRow>> ReadPutOffAsync(int limit, CancellationToken cancellation = default) =>
        ReadAsync("select stream_id, due_at, next_try_at, attempts, last_error from events.due where attempts > 0 order by stream_id limit $1", limit, cancellation);

    /// <summary>Has a stream that was put off tried again at once, when its cause was mended.</summary>
    /// <returns>False: it was not put off.</returns>
    public async Task<bool> RetryNowAsync(Guid streamId, CancellationToken cancellation = default)
    {
        await using var command = database.Pooled.CreateCommand("update events.due set next_try_at = due_at where stream_id = $1 and attempts > 0");
        command.Parameters.Add(new() { Value = streamId });
        return await command.ExecuteNonQueryAsync(cancellation).ConfigureAwait(false) == 1;
    }

    private async Task<IReadOnlyList<DueRow>> ReadAsync(string sql, int limit, CancellationToken cancellation)
    {
#pragma warning disable CA2100 // constant texts above
        await using var command = database.Pooled.CreateCommand(sql);
#pragma warning restore CA2100
        command.Parameters.Add(new() { Value = limit });
        List<DueRow> rows = [];
        await using var reader = await command.ExecuteReaderAsync(cancellation).ConfigureAwait(false);
        while (await reader.ReadAsync(cancellation).ConfigureAwait(false))
            rows.Add(new DueRow(reader.GetGuid(0), reader.GetFieldValue<DateTimeOffset>(1), reader.GetFieldValue<DateTimeOffset>(2), reader.GetInt32(3), reader.IsDBNull(4) ? null : reader.GetString(4)));
        return rows;
    }
}
