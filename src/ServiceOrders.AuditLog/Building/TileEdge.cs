using Npgsql;
using NpgsqlTypes;
using ServiceOrders.Audit.Merkle;

namespace ServiceOrders.AuditLog.Building;

/// <summary>
/// The growing edge of the tiles: the last one of each level. What is appended fills them; a tile that is full gives its root to the level above. At the end all that changed is
/// written, the tiles that were there by an update each, the new ones together by COPY.
/// </summary>
internal sealed class TileEdge
{
    private const string LastLeaves = "select 0::smallint, tile, hashes, positions from audit.leaf_tiles order by tile desc limit 1";
    private const string LastNodes = """
        select l.level, n.tile, n.hashes, null::bigint[] from unnest('{1,2,3,4,5,6,7}'::smallint[]) as l (level)
        cross join lateral (select tile, hashes from audit.node_tiles where level = l.level order by tile desc limit 1) n order by l.level
        """;

    private readonly List<OpenTile> _levels = [];
    private readonly List<OpenTile> _changed = [];

    private TileEdge() { }

    /// <summary>The number of leaves.</summary>
    public long Size => _levels[0].Index * Tiles.Width + _levels[0].Count;

    /// <summary>The position of the last leaf; 0: there is none. Positions begin with 1.</summary>
    public long LastPosition { get; private set; }

    /// <summary>The edge as it is stored.</summary>
    public static async Task<TileEdge> ReadAsync(NpgsqlConnection connection, CancellationToken cancellation)
    {
        var edge = new TileEdge();
        await using var batch = new NpgsqlBatch(connection) { BatchCommands = { new(LastLeaves), new(LastNodes) } };
        await using var rows = await batch.ExecuteReaderAsync(cancellation).ConfigureAwait(false);
        do
        {
            while (await rows.ReadAsync(cancellation).ConfigureAwait(false))
            {
                var positions = rows.IsDBNull(3) ? null : rows.GetFieldValue<long[]>(3);
                if (positions is not null) edge.LastPosition = positions[^1];
                edge._levels.Add(OpenTile.Stored(rows.GetInt16(0), rows.GetInt64(1), rows.GetFieldValue<byte[]>(2), positions));
            }
        }
        while (await rows.NextResultAsync(cancellation).ConfigureAwait(false));
        if (edge._levels.Count == 0) edge._levels.Add(OpenTile.New(0, 0));
        for (var level = 0; level < edge._levels.Count; level++)
            if (edge._levels[level].IsFull) edge._levels[level] = OpenTile.New(level, edge._levels[level].Index + 1);
        return edge;
    }

    /// <summary>Appends a leaf.</summary>
    /// <exception cref="InvalidDataException">Its position is not after the last: it would be in the tree twice, or out of order.</exception>
    public void Append(long position, TreeHash hash)
    {
        if (position <= LastPosition) throw new InvalidDataException($"The event at position {position} came after the one at {LastPosition}.");
        LastPosition = position;
        Append(0, hash, position);
    }

    /// <summary>Writes what changed since it was read.</summary>
    public async Task WriteAsync(NpgsqlConnection connection, CancellationToken cancellation)
    {
        foreach (var tile in _levels.Concat(_changed).Where(tile => tile.WasStored && tile.HasGrown)) await ExtendAsync(tile, connection, cancellation).ConfigureAwait(false);
        var made = _changed.Concat(_levels).Where(tile => !tile.WasStored && tile.Count > 0).ToLookup(tile => tile.Level == 0);
        await CopyAsync([.. made[true]], "copy audit.leaf_tiles (tile, hashes, first_position, positions) from stdin (format binary)", connection, cancellation).ConfigureAwait(false);
        await CopyAsync([.. made[false]], "copy audit.node_tiles (tile, hashes, level) from stdin (format binary)", connection, cancellation).ConfigureAwait(false);
    }

    private void Append(int level, TreeHash hash, long position)
    {
        if (_levels.Count == level) _levels.Add(OpenTile.New(level, 0));
        var tile = _levels[level];
        tile.Add(hash, position);
        if (!tile.IsFull) return;
        _changed.Add(tile);
        _levels[level] = OpenTile.New(level, tile.Index + 1);
        Append(level + 1, Tiles.Root(tile.Hashes.Span), position);
    }

    private static async Task ExtendAsync(OpenTile tile, NpgsqlConnection connection, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand(
            tile.Level == 0 ? "update audit.leaf_tiles set hashes = $2, positions = $3 where tile = $1" : "update audit.node_tiles set hashes = $2 where tile = $1 and level = $3", connection)
        {
            Parameters = { new() { Value = tile.Index }, new() { Value = tile.Hashes, NpgsqlDbType = NpgsqlDbType.Bytea }, new() { Value = tile.Level == 0 ? tile.Positions.ToArray() : (short)tile.Level } },
        };
        if (await command.ExecuteNonQueryAsync(cancellation).ConfigureAwait(false) != 1) throw new InvalidDataException($"Tile {tile.Index} of level {tile.Level} is gone.");
    }

    private static async Task CopyAsync(OpenTile[] tiles, string copy, NpgsqlConnection connection, CancellationToken cancellation)
    {
        if (tiles.Length == 0) return;
        await using var writer = await connection.BeginBinaryImportAsync(copy, cancellation).ConfigureAwait(false);
        foreach (var tile in tiles)
        {
            await writer.StartRowAsync(cancellation).ConfigureAwait(false);
            await writer.WriteAsync(tile.Index, NpgsqlDbType.Bigint, cancellation).ConfigureAwait(false);
            await writer.WriteAsync(tile.Hashes, NpgsqlDbType.Bytea, cancellation).ConfigureAwait(false);
            if (tile.Level > 0)
            {
                await writer.WriteAsync((short)tile.Level, NpgsqlDbType.Smallint, cancellation).ConfigureAwait(false);
                continue;
            }
            await writer.WriteAsync(tile.Positions.Span[0], NpgsqlDbType.Bigint, cancellation).ConfigureAwait(false);
            await writer.WriteAsync(tile.Positions.ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Bigint, cancellation).ConfigureAwait(false);
        }
        await writer.CompleteAsync(cancellation).ConfigureAwait(false);
    }
}
