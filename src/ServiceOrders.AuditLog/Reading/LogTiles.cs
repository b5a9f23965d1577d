using Npgsql;
using ServiceOrders.Audit.Merkle;

namespace ServiceOrders.AuditLog.Reading;

/// <summary>The tiles as the database has them: what roots and proofs are computed from.</summary>
/// <param name="command">Makes a command: on a connection, or on one of a pool.</param>
public sealed class LogTiles(Func<string, NpgsqlCommand> command) : ITileSource
{
    private const string Leaves = "select 0::smallint, tile, hashes from audit.leaf_tiles where tile = any ($1)";
    private const string Nodes = "select n.level, n.tile, n.hashes from unnest($1, $2) as w (level, tile) join audit.node_tiles n on n.level = w.level and n.tile = w.tile";

    /// <summary>By connections of a pool.</summary>
    public LogTiles(NpgsqlDataSource source) : this(source.CreateCommand) { }

    /// <summary>By one connection, within its transaction.</summary>
    public LogTiles(NpgsqlConnection connection) : this(sql => new NpgsqlCommand(sql, connection)) { }

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyDictionary<Tile, ReadOnlyMemory<byte>>> ReadAsync(IReadOnlyCollection<Tile> tiles, CancellationToken cancellation = default)
    {
        var read = new Dictionary<Tile, ReadOnlyMemory<byte>>(tiles.Count);
        var leaves = tiles.Where(tile => tile.Level == 0).ToArray();
        if (leaves.Length > 0) await ReadAsync(read, Leaves, cancellation, leaves.Select(tile => tile.Index).ToArray()).ConfigureAwait(false);
        var nodes = tiles.Where(tile => tile.Level > 0).ToArray();
        if (nodes.Length > 0)
            await ReadAsync(read, Nodes, cancellation, nodes.Select(tile => (short)tile.Level).ToArray(), nodes.Select(tile => tile.Index).ToArray()).ConfigureAwait(false);
        return read;
    }

    private async Task ReadAsync(Dictionary<Tile, ReadOnlyMemory<byte>> read, string sql, CancellationToken cancellation, params object[] values)
    {
        await using var query = command(sql);
        foreach (var value in values) query.Parameters.Add(new() { Value = value });
        await using var rows = await query.ExecuteReaderAsync(cancellation).ConfigureAwait(false);
        while (await rows.ReadAsync(cancellation).ConfigureAwait(false)) read[new Tile(rows.GetInt16(0), rows.GetInt64(1))] = rows.GetFieldValue<byte[]>(2);
    }
}
