using System.Security.Cryptography;
using ServiceOrders.Audit.Keys;
using ServiceOrders.Audit.Merkle;

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
    public void A_curve_that_is_written_out_and_not_named_is_refused_whatever_curve_it_is()
    {
        using var named = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var written = ECDsa.Create(named.ExportExplicitParameters(true));
        foreach (var other in (ECCurve[])[ECCurve.NamedCurves.nistP384, ECCurve.NamedCurves.brainpoolP256r1])
        {
            using var key = ECDsa.Create(other);
            using var explicitly = ECDsa.Create(key.ExportExplicitParameters(true));
            Refused(explicitly);
        }
        Refused(written);

        static void Refused(ECDsa key)
        {
            Should.Throw<FormatException>(() => VerificationKey.FromDer(key.ExportSubjectPublicKeyInfo()));
            Should.Throw<FormatException>(() => VerificationKey.FromPem(key.ExportSubjectPublicKeyInfoPem()));
            Should.Throw<FormatException>(() => SigningKey.FromPem(key.ExportPkcs8PrivateKeyPem()));
        }
    }

    [Fact]
    public void A_handover_is_read_as_it_was_signed_and_no_other_way()
    {
        using var old = SigningKey.Create();
        using var next = SigningKey.Create();
        var root = TreeHash.From(SHA256.HashData("a root"u8));
        var text = KeyHandover.Sign("5f3a09c41b7e2d68", old, next, 1042, root).Text;
        KeyHandover.TryParse(text, out var read).ShouldBeTrue();
        (read!.LogId, read.From, read.To, read.Size, read.Root, read.Text).ShouldBe(("5f3a09c41b7e2d68", old.Public, next.Public, 1042, root, text));

        var lines = text.Split('\n');
        string With(int line, string other) => string.Join('\n', lines.Select((was, i) => i == line ? other : was));
        string[] wrong =
        [
            "", text[..^1], text + "\n", text.Replace("\n", "\r\n", StringComparison.Ordinal), With(0, lines[0] + "9"), With(0, lines[0][1..]), With(1, lines[2]), With(2, lines[1]), With(1, "AAAA"), With(2, "words"), With(3, "1043"), With(3, "01042"), With(3, "-1"),
            With(4, Hashing.Empty.ToBase64()), With(4, ""), With(4, lines[5]), With(4, "words"), With(5, lines[6]), With(6, lines[5]), With(5, ""), With(6, "====" + lines[6]),
        ];
        foreach (var other in wrong) KeyHandover.TryParse(other, out _).ShouldBeFalse(other);
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
