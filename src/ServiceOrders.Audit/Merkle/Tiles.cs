using System.Numerics;

namespace ServiceOrders.Audit.Merkle;

/// <summary>The place of a tile. Level 0 holds the leaves, level n the roots of the full tiles of level n − 1; each has up to 256 hashes, and only a level's last may have fewer.</summary>
/// <param name="Level">From 0.</param>
/// <param name="Index">From the left, from 0.</param>
public readonly record struct Tile(int Level, long Index);

/// <summary>
/// How a tree is cut into tiles, as transparency logs do (C2SP tlog-tiles): what is stored is every eighth level, 256 hashes a row; the levels between are computed. A row only ever grows,
/// and a full one never changes.
/// </summary>
public static class Tiles
{
    /// <summary>Levels of the tree in a tile.</summary>
    public const int Height = 8;

    /// <summary>Hashes in a full tile.</summary>
    public const int Width = 1 << Height;

    /// <summary>Bytes in a full tile.</summary>
    public const int FullLength = Width * TreeHash.Length;

    /// <summary>The tile that a node is in, or is computed from.</summary>
    public static Tile Of(TreeNode node)
    {
        var level = node.Level / Height;
        return new(level, node.Index << (node.Level - level * Height) >> Height);
    }

    /// <summary>A node's hash, out of the hashes of the tile that <see cref="Of"/> names.</summary>
    /// <exception cref="MissingNodeException">The tile does not reach that far.</exception>
    public static TreeHash Node(ReadOnlySpan<byte> tile, TreeNode node)
    {
        var height = node.Level % Height;
        var first = (int)(node.Index << height & (Width - 1));
        var hashes = TreeHash.ManyFrom(tile);
        if (first + (1 << height) > hashes.Length) throw new MissingNodeException(node);
        return Root(hashes.Slice(first, 1 << height));
    }

    /// <summary>The root of a full tile: what its place in the tile above holds.</summary>
    public static TreeHash Root(ReadOnlySpan<byte> tile) =>
        tile.Length == FullLength ? Root(TreeHash.ManyFrom(tile)) : throw new ArgumentException("Only a full tile has a root.", nameof(tile));

    /// <summary>The root of a complete subtree's leaves.</summary>
    /// <param name="hashes">At most a tile of them, and a power of two.</param>
    public static TreeHash Root(ReadOnlySpan<TreeHash> hashes)
    {
        if (!BitOperations.IsPow2(hashes.Length) || hashes.Length > Width) throw new ArgumentException("Only a full tile has a root.", nameof(hashes));
        if (hashes.Length == 1) return hashes[0];
        Span<TreeHash> level = stackalloc TreeHash[hashes.Length / 2];
        for (var i = 0; i < level.Length; i++) level[i] = Hashing.Node(hashes[2 * i], hashes[2 * i + 1]);
        for (var count = level.Length / 2; count > 0; count /= 2)
        {
            for (var i = 0; i < count; i++) level[i] = Hashing.Node(level[2 * i], level[2 * i + 1]);
        }
        return level[0];
    }
}
