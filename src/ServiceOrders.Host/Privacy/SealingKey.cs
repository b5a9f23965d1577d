using System.Security.Cryptography;

namespace ServiceOrders.Host.Privacy;

/// <summary>
/// A key for AES-256-GCM with random nonces; what it seals is bound to a data subject: nonce (12 bytes), ciphertext, tag (16 bytes). The cipher is set up once, which costs more than
/// sealing a short text. Safe for concurrent use.
/// </summary>
/// <param name="key">32 bytes.</param>
#pragma warning disable CA1001 // keys are shared and dropped from caches while others use them: the cipher's handle frees itself when nobody does any more
internal sealed class SealingKey(byte[] key)
#pragma warning restore CA1001
{
    /// <summary>Bytes beyond the plain text.</summary>
    public const int Overhead = NonceLength + TagLength;

    private const int NonceLength = 12;
    private const int TagLength = 16;

    private readonly AesGcm _cipher = new(key, TagLength);

    public byte[] Seal(Guid subject, ReadOnlySpan<byte> plain)
    {
        var sealedBytes = new byte[plain.Length + Overhead];
        Seal(subject, plain, sealedBytes);
        return sealedBytes;
    }

    public void Seal(Guid subject, ReadOnlySpan<byte> plain, Span<byte> destination)
    {
        var nonce = destination[..NonceLength];
        RandomNumberGenerator.Fill(nonce);
        Span<byte> bound = stackalloc byte[16];
        subject.TryWriteBytes(bound, bigEndian: true, out _);
        lock (_cipher) _cipher.Encrypt(nonce, plain, destination[NonceLength..^TagLength], destination[^TagLength..], bound);
    }

    /// <exception cref="CryptographicException">Another key, another subject, or changed bytes.</exception>
    public byte[] Open(Guid subject, ReadOnlySpan<byte> sealedBytes)
    {
        if (sealedBytes.Length < Overhead) throw new CryptographicException("Too short to be sealed.");
        var plain = new byte[sealedBytes.Length - Overhead];
        Span<byte> bound = stackalloc byte[16];
        subject.TryWriteBytes(bound, bigEndian: true, out _);
        lock (_cipher) _cipher.Decrypt(sealedBytes[..NonceLength], sealedBytes[NonceLength..^TagLength], sealedBytes[^TagLength..], plain, bound);
        return plain;
    }
}
