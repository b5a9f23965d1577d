using System.Numerics;

namespace ServiceOrders.Audit.Merkle;

/// <summary>
/// The right edge of a growing tree: the roots of its complete subtrees, one for each bit that is set in its size, the largest first. It is all that appending and the root need,
/// some dozen hashes however large the tree is.
/// </summary>
public sealed class Frontier
{
    private readonly List<TreeHash> _nodes;

    /// <summary>Of the empty tree.</summary>
    public Frontier() => _nodes = [];

    /// <summary>Of a tree whose edge was kept.</summary>
    /// <param name="size">The tree's number of leaves.</param>
    /// <param name="nodes">The hashes of <see cref="NodesOf"/> that size.</param>
    /// <exception cref="ArgumentException">A tree of that size has another number of them.</exception>
    public Frontier(long size, IReadOnlyCollection<TreeHash> nodes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(size);
        if (nodes.Count != BitOperations.PopCount((ulong)size)) throw new ArgumentException($"The edge of a tree of {size} leaves does not have {nodes.Count} nodes.", nameof(nodes));
        (Size, _nodes) = (size, [.. nodes]);
    }

    /// <summary>The places of the nodes that make up the edge of a tree of that size, the largest first.</summary>
    public static IReadOnlyList<TreeNode> NodesOf(long size) => [.. new LeafRange(0, size).Nodes()];

    /// <summary>The edge of the tree of the first <paramref name="size"/> leaves of a source.</summary>
    public static async ValueTask<Frontier> ReadAsync(INodeSource source, long size, CancellationToken cancellation = default)
    {
        var nodes = NodesOf(size);
        return new Frontier(size, nodes.Count == 0 ? [] : await source.ReadAsync(nodes, cancellation));
    }

    /// <summary>The tree's number of leaves.</summary>
    public long Size { get; private set; }

    /// <summary>The edge's hashes, the largest subtree's first.</summary>
    public IReadOnlyList<TreeHash> Nodes => _nodes;

    /// <summary>The tree's root.</summary>
    public TreeHash Root => Size == 0 ? Hashing.Empty : LeafRange.Root(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_nodes));

    /// <summary>Appends a leaf, or a complete subtree of 2^<paramref name="level"/> leaves.</summary>
    /// <param name="hash">The leaf's hash, or the subtree's root.</param>
    /// <param name="level">The subtree's height; the size so far is a multiple of its number of leaves.</param>
    /// <param name="completed">Is told of each node above it that is complete now, from below.</param>
    /// <exception cref="ArgumentException">Such a subtree does not fit here.</exception>
    public void Append(TreeHash hash, int level = 0, Action<TreeNode, TreeHash>? completed = null)
    {
        var leaves = 1L << level;
        if ((Size & (leaves - 1)) != 0) throw new ArgumentException($"A subtree of height {level} does not fit behind {Size} leaves.", nameof(level));
        for (var at = level; (Size >> at & 1) == 1; at++)
        {
            hash = Hashing.Node(_nodes[^1], hash);
            _nodes.RemoveAt(_nodes.Count - 1);
            completed?.Invoke(new TreeNode(at + 1, Size >> (at + 1)), hash);
        }
        _nodes.Add(hash);
        Size += leaves;
    }

    /// <summary>The same edge, to be continued on its own.</summary>
    public Frontier Copy() => new(Size, _nodes);
}
