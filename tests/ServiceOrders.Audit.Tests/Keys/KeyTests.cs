using System.Security.Cryptography;
using ServiceOrders.Audit.Keys;

namespace ServiceOrders.Audit.Tests.Keys;

/// <summary>The keys of the log.</summary>
public class KeyTests
{
    [Fact]
    public void A_key_that_was_put_away_as_PEM_is_the_same_key()
    {
        using var key = SigningKey.Create();
        using var again = SigningKey.FromPem(key.ToPem());
        again.Id.ShouldBe(key.Id);
        again.Public.ShouldBe(key.Public);
        again.Public.Verifies("told"u8, key.Sign("told"u8)).ShouldBeTrue();
        key.Public.Verifies("told"u8, again.Sign("told"u8)).ShouldBeTrue();
        VerificationKey.FromPem(key.Public.Pem).ShouldBe(key.Public);
        VerificationKey.FromDer(key.Public.Der).ShouldBe(key.Public);
    }

    [Fact]
    public void The_id_is_the_beginning_of_the_hash_of_the_public_key()
    {
        using var key = SigningKey.Create();
        key.Id.ShouldBe(Convert.ToHexStringLower(SHA256.HashData(key.Public.Der))[..16]);
        key.ToString().ShouldBe(key.Id);
    }

    [Fact]
    public void A_signature_is_64_bytes_and_good_for_one_text_and_one_key()
    {
        using var key = SigningKey.Create();
        using var other = SigningKey.Create();
        var signature = key.Sign("told"u8);
        signature.Length.ShouldBe(VerificationKey.SignatureLength);
        key.Public.Verifies("tolD"u8, signature).ShouldBeFalse();
        other.Public.Verifies("told"u8, signature).ShouldBeFalse();
        key.Public.Verifies("told"u8, [.. signature, 0]).ShouldBeFalse();
        key.Public.Verifies("told"u8, signature.AsSpan(1)).ShouldBeFalse();
        for (var i = 0; i < signature.Length; i++)
        {
            signature[i] ^= 1;
            key.Public.Verifies("told"u8, signature).ShouldBeFalse();
            signature[i] ^= 1;
        }
    }

    [Fact]
    public void What_is_no_key_of_this_kind_is_refused_and_not_quoted()
    {
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        using var rsa = RSA.Create(2048);
        using var key = SigningKey.Create();
        foreach (var pem in new[] { "", "secret words", key.Public.Pem, other.ExportPkcs8PrivateKeyPem(), rsa.ExportPkcs8PrivateKeyPem() })
        {
            var refused = Should.Throw<FormatException>(() => SigningKey.FromPem(pem));
            refused.InnerException.ShouldBeNull();
            refused.Message.ShouldNotContain("secret");
        }
        foreach (var pem in new[] { "", "words", key.ToPem(), other.ExportSubjectPublicKeyInfoPem(), rsa.ExportSubjectPublicKeyInfoPem() }) Should.Throw<FormatException>(() => VerificationKey.FromPem(pem));
        Should.Throw<FormatException>(() => VerificationKey.FromDer([.. key.Public.Der, 0]));
        Should.Throw<FormatException>(() => VerificationKey.FromDer([]));
    }
}
