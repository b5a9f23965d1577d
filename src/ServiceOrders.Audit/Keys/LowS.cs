using System.Globalization;
using System.Numerics;

namespace ServiceOrders.Audit.Keys;

/// <summary>
/// Of every ECDSA signature (r, s) there is a twin (r, n − s) that anyone can make and that verifies as well. Only the one with the lower s counts here, so that a signature has one way to be written.
/// </summary>
internal static class LowS
{
    private const int HalfLength = VerificationKey.SignatureLength / 2;

    // The order n of the curve P-256 (SEC 2, 2.4.2), and half of it.
    private static readonly BigInteger Order = BigInteger.Parse("0FFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551", NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
    private static readonly byte[] Half = Write(Order / 2);

    /// <summary>Whether it is the one that counts.</summary>
    public static bool Holds(ReadOnlySpan<byte> signature) => signature[HalfLength..].SequenceCompareTo(Half) <= 0;

    /// <summary>Makes it the one that counts, in place.</summary>
    public static byte[] Enforce(byte[] signature)
    {
        if (!Holds(signature)) Twin(signature);
        return signature;
    }

    /// <summary>Makes it its twin, in place.</summary>
    internal static void Twin(byte[] signature) =>
        Write(Order - new BigInteger(signature.AsSpan(HalfLength), isUnsigned: true, isBigEndian: true)).CopyTo(signature.AsSpan(HalfLength));

    private static byte[] Write(BigInteger value)
    {
        var bytes = new byte[HalfLength];
        var length = value.GetByteCount(isUnsigned: true);
        value.TryWriteBytes(bytes.AsSpan(HalfLength - length), out _, isUnsigned: true, isBigEndian: true);
        return bytes;
    }
}
