using ServiceOrders.Audit.Merkle;

namespace ServiceOrders.Audit.Tests.Merkle;

/// <summary>The recursive definitions of RFC 9162 (2.1.1, 2.1.3.1, 2.1.4.1), word for word over slices of leaf hashes: slow, and independent of what it judges.</summary>
internal static class Reference
{
    public static TreeHash Root(ReadOnlySpan<TreeHash> leaves) => leaves.Length switch
    {
        0 => Hashing.Empty,
        1 => leaves[0],
        _ => Hashing.Node(Root(leaves[..Half(leaves.Length)]), Root(leaves[Half(leaves.Length)..])),
    };

    public static List<TreeHash> Path(int leaf, ReadOnlySpan<TreeHash> leaves)
    {
        if (leaves.Length == 1) return [];
        var k = Half(leaves.Length);
        return leaf < k ? [.. Path(leaf, leaves[..k]), Root(leaves[k..])] : [.. Path(leaf - k, leaves[k..]), Root(leaves[..k])];
    }

    public static List<TreeHash> Proof(int first, ReadOnlySpan<TreeHash> leaves) => Subproof(first, leaves, true);

    private static List<TreeHash> Subproof(int m, ReadOnlySpan<TreeHash> leaves, bool whole)
    {
        if (m == leaves.Length) return whole ? [] : [Root(leaves)];
        var k = Half(leaves.Length);
        return m <= k ? [.. Subproof(m, leaves[..k], whole), Root(leaves[k..])] : [.. Subproof(m - k, leaves[k..], false), Root(leaves[..k])];
    }

    private static int Half(int count)
    {
        var k = 1;
        while (k * 2 < count) k *= 2;
        return k;
    }

    /// <summary>A leaf that differs from every other.</summary>
    public static TreeHash Leaf(long index) => Hashing.Leaf(BitConverter.GetBytes(index));
}
