using System.Security.Cryptography;

namespace ServiceOrders.Audit.Keys;

/// <summary>A public key that verifies what the log has signed: ECDSA on P-256 with SHA-256, signatures in the form of IEEE P1363 (r ‖ s, 64 bytes).</summary>
public sealed class VerificationKey : IEquatable<VerificationKey>
{
    /// <summary>Bytes of a signature.</summary>
    public const int SignatureLength = 64;

    /// <summary>Digits of a key's id.</summary>
    public const int IdLength = 2 * IdBytes;

    private const int IdBytes = 8;
    private readonly byte[] _der;

    private VerificationKey(byte[] der) => (_der, Id) = (der, Convert.ToHexStringLower(SHA256.HashData(der).AsSpan(0, IdBytes)));

    /// <summary>Its id: the first 16 hexadecimal digits, lower case, of the SHA-256 of <see cref="Der"/>.</summary>
    public string Id { get; }

    /// <summary>Its SubjectPublicKeyInfo (RFC 5280, 4.1) in DER.</summary>
    public byte[] Der => [.. _der];

    /// <summary><see cref="Der"/> as PEM, lines ended by a line feed.</summary>
    public string Pem => PemEncoding.WriteString("PUBLIC KEY", _der) + "\n";

    /// <summary>Reads a PEM of a SubjectPublicKeyInfo.</summary>
    /// <exception cref="FormatException">It is no public key on P-256.</exception>
    public static VerificationKey FromPem(string pem)
    {
        if (!PemEncoding.TryFind(pem, out var fields) || pem[fields.Label] != "PUBLIC KEY") throw Broken();
        return FromDer(Convert.FromBase64String(pem[fields.Base64Data]));
    }

    /// <summary>Reads a SubjectPublicKeyInfo.</summary>
    /// <exception cref="FormatException">It is no public key on P-256.</exception>
    public static VerificationKey FromDer(ReadOnlySpan<byte> der)
    {
        using var key = ECDsa.Create();
        try
        {
            key.ImportSubjectPublicKeyInfo(der, out var read);
            return read == der.Length ? Of(key) : throw Broken();
        }
        catch (Exception e) when (e is CryptographicException or PlatformNotSupportedException)
        {
            throw Broken();
        }
    }

    /// <summary>Whether this key's owner signed these bytes. Of a signature and its twin with the higher s only the former is taken.</summary>
    public bool Verifies(ReadOnlySpan<byte> data, ReadOnlySpan<byte> signature)
    {
        if (signature.Length != SignatureLength || !LowS.Holds(signature)) return false;
        using var key = ECDsa.Create();
        key.ImportSubjectPublicKeyInfo(_der, out _);
        return key.VerifyData(data, signature, HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
    }

    /// <summary>The public half of a key.</summary>
    /// <exception cref="CryptographicException">It is on another curve, or on one that is written out and not named.</exception>
    internal static VerificationKey Of(ECDsa key) => key.ExportParameters(false).Curve is { IsNamed: true } curve && curve.Oid.Value == ECCurve.NamedCurves.nistP256.Oid.Value
        ? new(key.ExportSubjectPublicKeyInfo())
        : throw new CryptographicException("Another curve.");

    /// <inheritdoc/>
    public bool Equals(VerificationKey? other) => other is not null && _der.AsSpan().SequenceEqual(other._der);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as VerificationKey);

    /// <inheritdoc/>
    public override int GetHashCode() => Id.GetHashCode(StringComparison.Ordinal);

    /// <inheritdoc/>
    public override string ToString() => Id;

    private static FormatException Broken() => new("This is no public key of an audit log: those are on the curve P-256.");
}
