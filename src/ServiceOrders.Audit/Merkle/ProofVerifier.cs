using System.Numerics;

namespace ServiceOrders.Audit.Merkle;

/// <summary>Checks proofs, step by step as RFC 9162 says (2.1.3.2, 2.1.4.2). Needs no tree: the roots, the proof and two numbers are all there is.</summary>
public static class ProofVerifier
{
    /// <summary>Whether a leaf is at its place in the tree of that size and root.</summary>
    /// <param name="leaf">The leaf's hash.</param>
    /// <param name="index">Its place, from 0.</param>
    /// <param name="size">The tree's number of leaves.</param>
    /// <param name="path">The proof, from the leaf upwards.</param>
    /// <param name="root">The tree's root.</param>
    public static bool Includes(TreeHash leaf, long index, long size, IReadOnlyList<TreeHash> path, TreeHash root)
    {
        if (index < 0 || index >= size) return false;
        var (place, last, hash) = (index, size - 1, leaf);
        foreach (var sibling in path)
        {
            if (last == 0) return false;
            if (IsOdd(place) || place == last)
            {
                hash = Hashing.Node(sibling, hash);
                Climb(ref place, ref last);
            }
            else
            {
                hash = Hashing.Node(hash, sibling);
            }
            (place, last) = (place >> 1, last >> 1);
        }
        return last == 0 && hash == root;
    }

    /// <summary>Whether the first tree is the beginning of the second. The empty tree is the beginning of every tree; its proof is empty.</summary>
    /// <param name="first">The first tree's number of leaves.</param>
    /// <param name="firstRoot">Its root.</param>
    /// <param name="second">The second tree's.</param>
    /// <param name="secondRoot">Its root.</param>
    /// <param name="path">The proof.</param>
    public static bool IsConsistent(long first, TreeHash firstRoot, long second, TreeHash secondRoot, IReadOnlyList<TreeHash> path)
    {
        if (first < 0 || first > second) return false;
        if (first == 0) return path.Count == 0 && firstRoot == Hashing.Empty && (second > 0 || secondRoot == Hashing.Empty);
        if (first == second) return path.Count == 0 && firstRoot == secondRoot;
        if (path.Count == 0) return false;

        // A first tree that is complete is a node of the second; its root starts both computations and is left out of the proof.
        var complete = BitOperations.IsPow2(first);
        var (place, last) = (first - 1, second - 1);
        while (IsOdd(place)) (place, last) = (place >> 1, last >> 1);
        var (older, newer) = complete ? (firstRoot, firstRoot) : (path[0], path[0]);
        for (var i = complete ? 0 : 1; i < path.Count; i++)
        {
            if (last == 0) return false;
            if (IsOdd(place) || place == last)
            {
                (older, newer) = (Hashing.Node(path[i], older), Hashing.Node(path[i], newer));
                Climb(ref place, ref last);
            }
            else
            {
                newer = Hashing.Node(newer, path[i]);
            }
            (place, last) = (place >> 1, last >> 1);
        }
        return last == 0 && older == firstRoot && newer == secondRoot;
    }

    private static bool IsOdd(long place) => (place & 1) == 1;

    /// <summary>At the right edge, levels at which there is no sibling are passed over.</summary>
    private static void Climb(ref long place, ref long last)
    {
        while (!IsOdd(place) && place != 0) (place, last) = (place >> 1, last >> 1);
    }
}
