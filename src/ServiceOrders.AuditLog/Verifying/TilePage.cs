using Npgsql;
using ServiceOrders.Audit.Merkle;

namespace ServiceOrders.AuditLog.Verifying;

/// <summary>A tile of leaves as the database has it.</summary>
/// <param name="Tile">Its number.</param>
/// <param name="Positions">The events' positions.</param>
/// <param name="Hashes">Their hashes.</param>
internal sealed record LeafTile(long Tile, long[] Positions, TreeHash[] Hashes)
{
    public bool IsFull => Hashes.Length == Tiles.Width;

    public long FirstLeaf => Tile * Tiles.Width;

    /// <summary>Whether it is a tile at all: as many positions as hashes, and the positions rise.</summary>
    public bool IsSound(long after) => Positions.Length == Hashes.Length && Positions.Length is > 0 and <= Tiles.Width && Positions[0] > after && Positions.Zip(Positions.Skip(1)).All(p => p.First < p.Second);
}

/// <summary>Some tiles that follow one another, read at once.</summary>
/// <param name="First">The number of the first.</param>
/// <param name="End">The number after the last; what was added beyond since the log's size was read is no part of it.</param>
/// <param name="After">The position of the last leaf before them.</param>
/// <param name="Rows">Those that are there.</param>
/// <param name="Roots">The roots of their full tiles, as the level above has them; shorter where it does not reach so far.</param>
internal sealed record TilePage(long First, long End, long After, IReadOnlyList<LeafTile> Rows, TreeHash[] Roots)
{
    /// <summary>Tiles in a page: a quarter of a tile of the level above.</summary>
    public const int Width = 64;

    /// <summary>The root that the level above has for a tile; null: none.</summary>
    public TreeHash? RootOf(long tile) => tile - First < Roots.Length ? Roots[tile - First] : null;

    /// <summary>A page of which nothing can be read.</summary>
    public static TilePage Unreadable(long first, long tiles) => new(first, Math.Min(tiles, first + Width), long.MinValue, [], []);

    /// <summary>Reads a page.</summary>
    /// <param name="connection">The connection.</param>
    /// <param name="first">The number of its first tile.</param>
    /// <param name="tiles">Tiles of the log.</param>
    /// <param name="cancellation">Cancels.</param>
    public static async Task<TilePage> ReadAsync(NpgsqlConnection connection, long first, long tiles, CancellationToken cancellation)
    {
        var end = Math.Min(tiles, first + Width);
        await using var batch = new NpgsqlBatch(connection)
        {
            BatchCommands =
            {
                new("select tile, positions, hashes from audit.leaf_tiles where tile >= $1 - 1 and tile < $2 order by tile") { Parameters = { new() { Value = first }, new() { Value = end } } },
                new("select hashes from audit.node_tiles where level = 1 and tile = $1") { Parameters = { new() { Value = first / Tiles.Width } } },
            },
        };
        await using var rows = await batch.ExecuteReaderAsync(cancellation);
        var (after, found) = (long.MinValue, new List<LeafTile>(Width));
        while (await rows.ReadAsync(cancellation))
        {
            var (tile, positions) = (rows.GetInt64(0), PositionsIn(rows));
            if (tile < first) after = positions.Length > 0 ? positions[^1] : after;
            else found.Add(new(tile, positions, HashesIn(rows, 2)));
        }
        // Where the row before is gone or is none, what stood there is not this page's.
        if (first > 0 && after == long.MinValue && found.Find(tile => tile.Positions.Length > 0) is { } known) after = known.Positions[0] - 1;
        await rows.NextResultAsync(cancellation);
        var roots = await rows.ReadAsync(cancellation) ? HashesIn(rows, 0) : [];
        // Of two rows of one number neither is the tile.
        return new(first, end, after, [.. found.GroupBy(row => row.Tile).Select(rows => rows.Count() == 1 ? rows.First() : new LeafTile(rows.Key, [], []))], [.. roots.Skip((int)(first % Tiles.Width)).Take(Width)]);
    }

    // A list with a gap, or one that is no list, is met by an empty tile as well.
    private static long[] PositionsIn(NpgsqlDataReader row)
    {
        try
        {
            var positions = row.GetFieldValue<long?[]>(1);
            return positions.Contains(null) ? [] : [.. positions.Select(position => position!.Value)];
        }
        catch (InvalidCastException)
        {
            return [];
        }
    }

    // None, or a length that is none, is met by an empty tile, which is not sound.
    private static TreeHash[] HashesIn(NpgsqlDataReader row, int column) =>
        !row.IsDBNull(column) && row.GetFieldValue<byte[]>(column) is var bytes && bytes.Length % TreeHash.Length == 0 ? TreeHash.ManyFrom(bytes).ToArray() : [];
}
