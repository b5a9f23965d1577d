using System.Buffers;
using System.Security.Cryptography;

namespace ServiceOrders.Audit.Merkle;

/// <summary>How leaves and nodes are hashed (RFC 9162, 2.1.1): SHA-256, and a first byte that tells the one from the other, so that no leaf passes for a node.</summary>
public static class Hashing
{
    /// <summary>Stands before a leaf's bytes.</summary>
    public const byte LeafPrefix = 0x00;

    /// <summary>Stands before two nodes' hashes.</summary>
    public const byte NodePrefix = 0x01;

    private const int OnStack = 4096;

    /// <summary>The root of the empty tree: SHA-256 of nothing.</summary>
    public static TreeHash Empty { get; } = TreeHash.From(SHA256.HashData([]));

    /// <summary>The hash of a leaf.</summary>
    public static TreeHash Leaf(ReadOnlySpan<byte> entry)
    {
        var rented = entry.Length < OnStack ? null : ArrayPool<byte>.Shared.Rent(entry.Length + 1);
        var prefixed = rented is null ? stackalloc byte[entry.Length + 1] : rented.AsSpan(0, entry.Length + 1);
        prefixed[0] = LeafPrefix;
        entry.CopyTo(prefixed[1..]);
        var hash = Prefixed(prefixed);
        if (rented is not null) ArrayPool<byte>.Shared.Return(rented, clearArray: true);
        return hash;
    }

    /// <summary>The hash of the node above two.</summary>
    public static TreeHash Node(TreeHash left, TreeHash right)
    {
        Span<byte> prefixed = stackalloc byte[1 + 2 * TreeHash.Length];
        prefixed[0] = NodePrefix;
        left.CopyTo(prefixed[1..]);
        right.CopyTo(prefixed[(1 + TreeHash.Length)..]);
        return Prefixed(prefixed);
    }

    /// <summary>The hash of bytes that have their prefix already.</summary>
    internal static TreeHash Prefixed(ReadOnlySpan<byte> prefixed)
    {
        Span<byte> hash = stackalloc byte[TreeHash.Length];
        SHA256.HashData(prefixed, hash);
        return TreeHash.From(hash);
    }
}
