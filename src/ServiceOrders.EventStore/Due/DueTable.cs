using Npgsql;

namespace ServiceOrders.EventStore;

/// <summary>What operators see of the due rows.</summary>
public sealed class DueTable(StoreDatabase database)
{
    private const string Columns = "stream_id, due_at, next_try_at, attempts, last_error";

    // Late is what should have been settled: what no worker has come to yet, which the index gives in order, and what was put off, which is little and has its own.
    private const string Late = $"""
        select {Columns} from (
            (select {Columns} from events.due where next_try_at < $2 and attempts = 0 order by next_try_at limit $1)
            union all
            (select {Columns} from events.due where due_at < $2 and attempts > 0 order by due_at limit $1)) late
        order by due_at limit $1
        """;

    private const string Backlog = """
        select (select count(*) from (select from events.due where next_try_at < $1 and attempts = 0 limit 100000) late) + off.late, off.failing,
            least(off.oldest, (select min(next_try_at) from events.due where next_try_at < $1 and attempts = 0))
        from (select count(*) filter (where due_at < $1) as late, count(*) as failing, min(due_at) filter (where due_at < $1) as oldest from events.due where attempts > 0) off
        """;

    /// <summary>What is due next.</summary>
    /// <param name="limit">At most so many.</param>
    /// <param name="cancellation">Cancels.</param>
    public Task<IReadOnlyList<DueRow>> ReadDueAsync(int limit, CancellationToken cancellation = default) =>
        ReadAsync($"select {Columns} from events.due order by next_try_at limit $1", limit, null, cancellation);

    /// <summary>What should have been settled before <paramref name="now"/>, the oldest first: not come to yet, or put off.</summary>
    /// <param name="now">The time.</param>
    /// <param name="limit">At most so many.</param>
    /// <param name="cancellation">Cancels.</param>
    public Task<IReadOnlyList<DueRow>> ReadLateAsync(DateTimeOffset now, int limit, CancellationToken cancellation = default) => ReadAsync(Late, limit, now, cancellation);

    /// <summary>How much is late, how much was put off, and since when the oldest is late.</summary>
    /// <param name="now">The time.</param>
    /// <param name="cancellation">Cancels.</param>
    public async Task<DueBacklog> ReadBacklogAsync(DateTimeOffset now, CancellationToken cancellation = default)
    {
        await using var command = database.Pooled.CreateCommand(Backlog);
        command.Parameters.Add(new() { Value = now });
        await using var reader = await command.ExecuteReaderAsync(cancellation).ConfigureAwait(false);
        await reader.ReadAsync(cancellation).ConfigureAwait(false);
        return new DueBacklog(reader.GetInt64(0), reader.GetInt64(1), reader.IsDBNull(2) ? null : reader.GetFieldValue<DateTimeOffset>(2));
    }

    /// <summary>What failed and was put off, and why.</summary>
    /// <param name="limit">At most so many.</param>
    /// <param name="cancellation">Cancels.</param>
    public Task<IReadOnlyList<DueRow>> ReadPutOffAsync(int limit, CancellationToken cancellation = default) =>
        ReadAsync($"select {Columns} from events.due where attempts > 0 order by stream_id limit $1", limit, null, cancellation);

    /// <summary>Has a stream that was put off tried again at once, when its cause was mended.</summary>
    /// <returns>False: it was not put off.</returns>
    public async Task<bool> RetryNowAsync(Guid streamId, CancellationToken cancellation = default)
    {
        await using var command = database.Pooled.CreateCommand("update events.due set next_try_at = due_at where stream_id = $1 and attempts > 0");
        command.Parameters.Add(new() { Value = streamId });
        return await command.ExecuteNonQueryAsync(cancellation).ConfigureAwait(false) == 1;
    }

    private async Task<IReadOnlyList<DueRow>> ReadAsync(string sql, int limit, DateTimeOffset? now, CancellationToken cancellation)
    {
#pragma warning disable CA2100 // constant texts above
        await using var command = database.Pooled.CreateCommand(sql);
#pragma warning restore CA2100
        command.Parameters.Add(new() { Value = limit });
        if (now is { } before) command.Parameters.Add(new() { Value = before });
        List<DueRow> rows = [];
        await using var reader = await command.ExecuteReaderAsync(cancellation).ConfigureAwait(false);
        while (await reader.ReadAsync(cancellation).ConfigureAwait(false))
            rows.Add(new DueRow(reader.GetGuid(0), reader.GetFieldValue<DateTimeOffset>(1), reader.GetFieldValue<DateTimeOffset>(2), reader.GetInt32(3), reader.IsDBNull(4) ? null : reader.GetString(4)));
        return rows;
    }
}
