using System.Security.Cryptography;

namespace ServiceOrders.Audit.Keys;

/// <summary>A private key that signs checkpoints and evidence. Never logged; leaves the process only into its own file.</summary>
public sealed class SigningKey : IDisposable
{
    private readonly ECDsa _key;

    private SigningKey(ECDsa key) => (_key, Public) = (key, VerificationKey.Of(key));

    /// <summary>What verifies its signatures.</summary>
    public VerificationKey Public { get; }

    /// <summary>The id of its public half.</summary>
    public string Id => Public.Id;

    /// <summary>A new key.</summary>
    public static SigningKey Create() => new(ECDsa.Create(ECCurve.NamedCurves.nistP256));

    /// <summary>Reads a PEM of a private key (PKCS#8, or the older SEC 1 form).</summary>
    /// <exception cref="FormatException">It is no private key on P-256.</exception>
    public static SigningKey FromPem(string pem)
    {
        var key = ECDsa.Create();
        try
        {
            key.ImportFromPem(pem);
            // A public key reads as well; it must be refused now, and not at the first signature.
            key.SignHash(new byte[SHA256.HashSizeInBytes]);
            return new SigningKey(key);
        }
        catch (Exception e) when (e is ArgumentException or CryptographicException or PlatformNotSupportedException)
        {
            key.Dispose();
            // The inner exception is left out: whatever it quotes may be of the key.
            throw new FormatException("This is no PEM of a private key on the curve P-256.");
        }
    }

    /// <summary>The key as PEM (PKCS#8).</summary>
    public string ToPem() => _key.ExportPkcs8PrivateKeyPem() + "\n";

    /// <summary>Signs bytes.</summary>
    public byte[] Sign(ReadOnlySpan<byte> data) => LowS.Enforce(_key.SignData(data, HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation));

    /// <inheritdoc/>
    public void Dispose() => _key.Dispose();

    /// <summary>Its id; never the key.</summary>
    public override string ToString() => Id;
}
