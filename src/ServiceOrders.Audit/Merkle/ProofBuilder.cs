using System.Numerics;

namespace ServiceOrders.Audit.Merkle;

/// <summary>Makes proofs (RFC 9162, 2.1.3.1 and 2.1.4.1) and roots out of complete nodes. First it works out what it needs, then reads that at once, then folds it.</summary>
public static class ProofBuilder
{
    /// <summary>That a leaf is in a tree: the hashes beside its path to the root, from the leaf upwards.</summary>
    /// <param name="source">The tree's nodes.</param>
    /// <param name="index">The leaf, from 0.</param>
    /// <param name="size">The tree's number of leaves.</param>
    /// <param name="cancellation">Cancels the reading.</param>
    /// <exception cref="ArgumentOutOfRangeException">The tree has no such leaf.</exception>
    public static ValueTask<IReadOnlyList<TreeHash>> InclusionAsync(INodeSource source, long index, long size, CancellationToken cancellation = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, size);
        var ranges = new List<LeafRange>();
        Path(index, new(0, size), ranges);
        return ReadAsync(source, ranges, cancellation);
    }

    /// <summary>That a tree is the beginning of a larger one. Empty where there is nothing to prove: the first is empty or both are the same.</summary>
    /// <param name="source">The larger tree's nodes.</param>
    /// <param name="first">The smaller tree's number of leaves.</param>
    /// <param name="second">The larger tree's.</param>
    /// <param name="cancellation">Cancels the reading.</param>
    /// <exception cref="ArgumentOutOfRangeException">The first is larger than the second, or negative.</exception>
    public static ValueTask<IReadOnlyList<TreeHash>> ConsistencyAsync(INodeSource source, long first, long second, CancellationToken cancellation = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(first);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(first, second);
        var ranges = new List<LeafRange>();
        if (first > 0 && first < second) Subproof(first, new(0, second), true, ranges);
        return ReadAsync(source, ranges, cancellation);
    }

    /// <summary>The root of the tree of the first <paramref name="size"/> leaves.</summary>
    public static async ValueTask<TreeHash> RootAsync(INodeSource source, long size, CancellationToken cancellation = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(size);
        return size == 0 ? Hashing.Empty : (await ReadAsync(source, [new(0, size)], cancellation))[0];
    }

    // PATH(m, D[n]) of the RFC, over places instead of hashes.
    private static void Path(long leaf, LeafRange tree, List<LeafRange> path)
    {
        if (tree.End - tree.Start == 1) return;
        var middle = Middle(tree);
        if (leaf < middle) Path(leaf, tree with { End = middle }, path);
        else Path(leaf, tree with { Start = middle }, path);
        path.Add(leaf < middle ? tree with { Start = middle } : tree with { End = middle });
    }

    // SUBPROOF(m, D[n], b): `whole` while what was gone down to is still the first tree's own left edge, whose root the verifier has.
    private static void Subproof(long first, LeafRange tree, bool whole, List<LeafRange> path)
    {
        if (first == tree.End)
        {
            if (!whole) path.Add(tree);
            return;
        }
        var middle = Middle(tree);
        if (first <= middle) Subproof(first, tree with { End = middle }, whole, path);
        else Subproof(first, tree with { Start = middle }, false, path);
        path.Add(first <= middle ? tree with { Start = middle } : tree with { End = middle });
    }

    /// <summary>Behind the largest power of two that is smaller than the number of leaves.</summary>
    private static long Middle(LeafRange tree) => tree.Start + (1L << BitOperations.Log2((ulong)(tree.End - tree.Start - 1)));

    private static async ValueTask<IReadOnlyList<TreeHash>> ReadAsync(INodeSource source, List<LeafRange> ranges, CancellationToken cancellation)
    {
        if (ranges.Count == 0) return [];
        var nodes = ranges.ConvertAll(r => r.Nodes().ToList());
        var hashes = (await source.ReadAsync([.. nodes.SelectMany(n => n)], cancellation)).ToArray();
        var roots = new TreeHash[ranges.Count];
        for (var (i, at) = (0, 0); i < roots.Length; at += nodes[i].Count, i++) roots[i] = LeafRange.Root(hashes.AsSpan(at, nodes[i].Count));
        return roots;
    }
}
