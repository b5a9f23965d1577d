using Npgsql;

namespace ServiceOrders.AuditLog.Reading;

/// <summary>How far the tree reaches.</summary>
/// <param name="Size">How many events are in it.</param>
/// <param name="Position">The position of the last; 0: none is.</param>
public sealed record LogExtent(long Size, long Position)
{
    /// <summary>Reads it.</summary>
    /// <param name="command">Makes a command: on a connection, or on one of a pool.</param>
    /// <param name="cancellation">Cancels.</param>
    public static async Task<LogExtent> ReadAsync(Func<string, NpgsqlCommand> command, CancellationToken cancellation = default)
    {
        await using var query = command("select tile * 256 + cardinality(positions), positions[cardinality(positions)] from audit.leaf_tiles order by tile desc limit 1");
        await using var rows = await query.ExecuteReaderAsync(cancellation).ConfigureAwait(false);
        return await rows.ReadAsync(cancellation).ConfigureAwait(false) ? new(rows.GetInt64(0), rows.GetInt64(1)) : new(0, 0);
    }
}

/// <summary>What stands where in the log.</summary>
/// <param name="source">The database.</param>
public sealed class LogReader(NpgsqlDataSource source)
{
    private volatile string? _id;

    /// <summary>The log's id: 16 hexadecimal digits, the same for as long as the database lives, in restored backups too.</summary>
    public async ValueTask<string> IdAsync(CancellationToken cancellation = default)
    {
        if (_id is { } known) return known;
        await using var query = source.CreateCommand("select id from audit.log");
        return _id = (string)(await query.ExecuteScalarAsync(cancellation).ConfigureAwait(false))!;
    }

    /// <summary>How far the tree reaches.</summary>
    public Task<LogExtent> ExtentAsync(CancellationToken cancellation = default) => LogExtent.ReadAsync(source.CreateCommand, cancellation);

    /// <summary>The leaves of events, by their positions; one that is not in the log is left out.</summary>
    public async Task<IReadOnlyDictionary<long, long>> LeavesOfAsync(IReadOnlyCollection<long> positions, CancellationToken cancellation = default)
    {
        await using var query = source.CreateCommand("""
            select w.position, t.tile * 256 + array_position(t.positions, w.position) - 1 from unnest($1) as w (position)
            cross join lateral (select tile, positions from audit.leaf_tiles where first_position <= w.position order by first_position desc limit 1) t
            where array_position(t.positions, w.position) is not null
            """);
        query.Parameters.Add(new() { Value = positions.ToArray() });
        await using var rows = await query.ExecuteReaderAsync(cancellation).ConfigureAwait(false);
        var leaves = new Dictionary<long, long>(positions.Count);
        while (await rows.ReadAsync(cancellation).ConfigureAwait(false)) leaves[rows.GetInt64(0)] = rows.GetInt64(1);
        return leaves;
    }
}
