using System.Buffers.Text;
using System.Runtime.InteropServices;
using System.Text;

namespace ServiceOrders.Audit.Merkle;

/// <summary>A SHA-256 of the tree: of a leaf, of a node, of a whole tree. A value, 32 bytes, so that a million of them cost no object each.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 1)]
public readonly record struct TreeHash
{
    /// <summary>Its length in bytes.</summary>
    public const int Length = 32;

    /// <summary>Its length in Base64, the padding included.</summary>
    public const int Base64Length = 44;

    private readonly ulong _first, _second, _third, _fourth;

    /// <summary>The hash of these 32 bytes.</summary>
    /// <exception cref="ArgumentException">They are not 32.</exception>
    public static TreeHash From(ReadOnlySpan<byte> bytes) =>
        bytes.Length == Length ? MemoryMarshal.Read<TreeHash>(bytes) : throw new ArgumentException($"A hash has {Length} bytes, not {bytes.Length}.", nameof(bytes));

    /// <summary>The hashes that stand one after another in these bytes.</summary>
    /// <exception cref="ArgumentException">The bytes are no whole number of hashes.</exception>
    public static ReadOnlySpan<TreeHash> ManyFrom(ReadOnlySpan<byte> bytes) =>
        bytes.Length % Length == 0 ? MemoryMarshal.Cast<byte, TreeHash>(bytes) : throw new ArgumentException($"{bytes.Length} bytes are no whole number of hashes.", nameof(bytes));

    /// <summary>Writes its 32 bytes.</summary>
    public void CopyTo(Span<byte> destination) => MemoryMarshal.Write(destination, in this);

    /// <summary>Its 32 bytes.</summary>
    public byte[] ToArray()
    {
        var bytes = new byte[Length];
        CopyTo(bytes);
        return bytes;
    }

    /// <summary>As Base64 (RFC 4648, 4) with padding: how checkpoints and proofs write it.</summary>
    public string ToBase64() => Convert.ToBase64String(ToArray());

    /// <summary>Reads <see cref="ToBase64"/>'s form, and no other way of writing the same bytes.</summary>
    public static bool TryParse(string text, out TreeHash hash)
    {
        Span<byte> bytes = stackalloc byte[Length];
        hash = default;
        if (text.Length != Base64Length || !Base64.IsValid(text) || !Convert.TryFromBase64String(text, bytes, out var written) || written != Length) return false;
        hash = From(bytes);
        return hash.ToBase64() == text;
    }

    /// <summary>In hexadecimal, lower case.</summary>
    public override string ToString() => Convert.ToHexStringLower(ToArray());

    private bool PrintMembers(StringBuilder text)
    {
        text.Append(ToString());
        return true;
    }
}
