using System.Numerics;

namespace ServiceOrders.Audit.Merkle;

/// <summary>The place of a complete node: the root of the 2^<paramref name="Level"/> leaves from <paramref name="Index"/> · 2^<paramref name="Level"/> on. Its hash never changes.</summary>
/// <param name="Level">0: a leaf.</param>
/// <param name="Index">From the left, from 0.</param>
public readonly record struct TreeNode(int Level, long Index);

/// <summary>Leaves from one (inclusive) to another (exclusive), as proofs name them: the start is a multiple of the power of two that the span fills or begins to fill.</summary>
internal readonly record struct LeafRange(long Start, long End)
{
    /// <summary>The complete nodes that make it up, from left to right, each smaller than the one before.</summary>
    public IEnumerable<TreeNode> Nodes()
    {
        for (var at = Start; at < End;)
        {
            var level = BitOperations.Log2((ulong)(End - at));
            yield return new TreeNode(level, at >> level);
            at += 1L << level;
        }
    }

    /// <summary>The root of nodes as <see cref="Nodes"/> gives them: each is the left sibling of all that follows.</summary>
    public static TreeHash Root(ReadOnlySpan<TreeHash> nodes)
    {
        var root = nodes[^1];
        for (var i = nodes.Length - 2; i >= 0; i--) root = Hashing.Node(nodes[i], root);
        return root;
    }
}
