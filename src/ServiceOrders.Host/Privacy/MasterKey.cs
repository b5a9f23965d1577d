using System.Security.Cryptography;
using System.Text;
using ServiceOrders.AuditLog.Signing;
using ServiceOrders.Host.Hosting;

namespace ServiceOrders.Host.Privacy;

/// <summary>
/// The one secret that all others hang on: it wraps the key of every data subject and derives the key for request fingerprints. Never stored in the database,
/// never logged. Whoever loses it loses every sealed text.
/// </summary>
public sealed class MasterKey
{
    /// <summary>Its length in bytes.</summary>
    public const int Length = 32;
    /// <summary>The configuration key that presets it, base64.</summary>
    public const string Setting = "ServiceOrders:MasterKey";

    private readonly SealingKey _wrapping;

    /// <summary>A master key.</summary>
    /// <param name="secret">32 random bytes.</param>
    /// <exception cref="ArgumentException">Another length.</exception>
    public MasterKey(byte[] secret)
    {
        ArgumentNullException.ThrowIfNull(secret);
        if (secret.Length != Length) throw new ArgumentException($"The master key has {secret.Length} bytes; it needs {Length}.", nameof(secret));
        _wrapping = new SealingKey(Derive(secret, "service-orders/wrap/1"));
        Id = Convert.ToHexStringLower(Derive(secret, "service-orders/id/1").AsSpan(0, 8));
    }

    /// <summary>Names the key without telling anything about it: 16 hexadecimal digits, derived from it.</summary>
    public string Id { get; }

    /// <summary>Wraps a subject's key: nonce, ciphertext, tag; bound to the subject.</summary>
    public byte[] Wrap(Guid subject, ReadOnlySpan<byte> key) => _wrapping.Seal(subject, key);

    /// <summary>Unwraps a subject's key.</summary>
    /// <exception cref="CryptographicException">It was wrapped by another master key, for another subject, or was changed.</exception>
    public byte[] Unwrap(Guid subject, ReadOnlySpan<byte> wrapped) => _wrapping.Open(subject, wrapped);

    /// <summary>
    /// The configured key; without one, the key in <paramref name="dataDirectory"/>, which is made at the first start, readable by its owner alone.
    /// </summary>
    /// <param name="configured">Base64 of 32 bytes; null or empty: none configured.</param>
    /// <param name="dataDirectory">Where <c>keys/master.key</c> lives.</param>
    /// <exception cref="InvalidOperationException">What is configured, or in the file, is no key.</exception>
    public static MasterKey Load(string? configured, string dataDirectory)
    {
        if (!string.IsNullOrWhiteSpace(configured)) return new MasterKey(Parse(configured, "The setting ServiceOrders__MasterKey"));
        var path = Path.Combine(dataDirectory, "keys", "master.key");
        if (!File.Exists(path)) SecretFile.MakeOnce(path, Convert.ToBase64String(RandomNumberGenerator.GetBytes(Length)));
        return new MasterKey(Parse(SecretFile.Read(path), path));
    }

    /// <summary>The key that is configured beside it, while the master key is being changed; null: none.</summary>
    /// <param name="configured">Base64 of 32 bytes; null or empty: none.</param>
    /// <exception cref="InvalidOperationException">What is configured is no key.</exception>
    public static MasterKey? LoadPrevious(string? configured) =>
        string.IsNullOrWhiteSpace(configured) ? null : new MasterKey(Parse(configured, "The setting ServiceOrders__PreviousMasterKey"));

    private static byte[] Parse(string text, string source)
    {
        var secret = new byte[Length];
        return Convert.TryFromBase64String(text.Trim(), secret, out var written) && written == Length
            ? secret
            : throw new StartRefusedException($"{source} is not the base64 text of {Length} bytes.");
    }

    private static byte[] Derive(byte[] secret, string purpose) =>
        HKDF.DeriveKey(HashAlgorithmName.SHA256, secret, Length, info: Encoding.ASCII.GetBytes(purpose));
}
