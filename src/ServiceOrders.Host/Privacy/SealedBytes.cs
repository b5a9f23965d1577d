using System.Security.Cryptography;

namespace ServiceOrders.Host.Privacy;

/// <summary>AES-256-GCM with a random nonce, bound to a data subject: nonce (12 bytes), ciphertext, tag (16 bytes).</summary>
internal static class SealedBytes
{
    /// <summary>Bytes beyond the plain text.</summary>
    public const int Overhead = NonceLength + TagLength;

    private const int NonceLength = 12;
    private const int TagLength = 16;

    public static byte[] Seal(byte[] key, Guid subject, ReadOnlySpan<byte> plain)
    {
        var sealedBytes = new byte[plain.Length + Overhead];
        Seal(key, subject, plain, sealedBytes);
        return sealedBytes;
    }

    public static void Seal(byte[] key, Guid subject, ReadOnlySpan<byte> plain, Span<byte> destination)
    {
        var nonce = destination[..NonceLength];
        RandomNumberGenerator.Fill(nonce);
        Span<byte> bound = stackalloc byte[16];
        subject.TryWriteBytes(bound, bigEndian: true, out _);
        using var aes = new AesGcm(key, TagLength);
        aes.Encrypt(nonce, plain, destination[NonceLength..^TagLength], destination[^TagLength..], bound);
    }

    /// <exception cref="CryptographicException">Another key, another subject, or changed bytes.</exception>
    public static byte[] Open(byte[] key, Guid subject, ReadOnlySpan<byte> sealedBytes)
    {
        if (sealedBytes.Length < Overhead) throw new CryptographicException("Too short to be sealed.");
        var plain = new byte[sealedBytes.Length - Overhead];
        Span<byte> bound = stackalloc byte[16];
        subject.TryWriteBytes(bound, bigEndian: true, out _);
        using var aes = new AesGcm(key, TagLength);
        aes.Decrypt(sealedBytes[..NonceLength], sealedBytes[NonceLength..^TagLength], sealedBytes[^TagLength..], plain, bound);
        return plain;
    }
}
