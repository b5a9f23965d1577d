using System.Security.Cryptography;
using ServiceOrders.Host.Privacy;

namespace ServiceOrders.Host.Tests.Privacy;

public class SubjectKeyTests
{
    private static readonly byte[] Secret = RandomNumberGenerator.GetBytes(32);
    private readonly SubjectKey _key = new(Guid.CreateVersion7(), Secret);

    [Theory]
    [InlineData("")]
    [InlineData("王芳 +86 138 0000 0000")]
    [InlineData("🙂 and a very ordinary text")]
    public void What_is_sealed_comes_back(string text) => _key.TryUnseal(_key.Seal(text)).ShouldBe(text);

    [Fact]
    public void A_sealed_text_says_its_format_and_nothing_else()
    {
        var text = _key.Seal("王芳");
        text.ShouldStartWith("s1.");
        text[3..].ShouldMatch("^[A-Za-z0-9_-]+$");
        // Nonce 12, two characters of three bytes, tag 16: 34 bytes are 46 characters of base64url.
        text.Length.ShouldBe(3 + 46);
    }

    [Fact]
    public void The_same_text_is_never_sealed_the_same_twice() =>
        Enumerable.Range(0, 100).Select(_ => _key.Seal("yes")).Distinct().Count().ShouldBe(100);

    [Fact]
    public void A_text_sealed_long_ago_can_still_be_read()
    {
        // Held so that the format never changes by accident: AES-256-GCM, key 00..1f, nonce 12 zero bytes, the subject's id as additional data.
        var subject = new Guid("0199a5b4-7c1e-7d00-8000-0123456789ab");
        byte[] secret = [.. Enumerable.Range(0, 32).Select(i => (byte)i)];
        using var aes = new AesGcm(secret, 16);
        var (plain, cipher, tag) = ("hello"u8.ToArray(), new byte[5], new byte[16]);
        aes.Encrypt(new byte[12], plain, cipher, tag, subject.ToByteArray(bigEndian: true));
        var text = "s1." + System.Buffers.Text.Base64Url.EncodeToString([.. new byte[12], .. cipher, .. tag]);
        new SubjectKey(subject, secret).TryUnseal(text).ShouldBe("hello");
    }

    [Fact]
    public void A_changed_text_is_refused_wherever_it_was_changed()
    {
        var text = _key.Seal("to be kept");
        for (var i = 3; i < text.Length; i++)
        {
            var changed = text[..i] + (text[i] == 'A' ? 'B' : 'A') + text[(i + 1)..];
            // The last character's spare bits carry nothing; every other change must be noticed.
            if (i < text.Length - 1) Should.Throw<CryptographicException>(() => _key.TryUnseal(changed), $"character {i}");
        }
        Should.Throw<CryptographicException>(() => _key.TryUnseal("plain text"));
        Should.Throw<CryptographicException>(() => _key.TryUnseal("s1.!!"));
        Should.Throw<CryptographicException>(() => _key.TryUnseal("s1.AAAA"));
    }

    [Fact]
    public void A_text_cannot_be_moved_to_another_person()
    {
        var other = new SubjectKey(Guid.CreateVersion7(), Secret);
        Should.Throw<CryptographicException>(() => other.TryUnseal(_key.Seal("mine")));
    }

    [Fact]
    public void An_erased_subject_reads_nothing_and_seals_nothing()
    {
        var erased = new SubjectKey(_key.Subject, null);
        erased.IsErased.ShouldBeTrue();
        erased.TryUnseal(_key.Seal("gone")).ShouldBeNull();
        Should.Throw<SubjectErasedException>(() => erased.Seal("more"));
    }

    [Fact]
    public async Task One_key_serves_many_threads()
    {
        var texts = await Task.WhenAll(Enumerable.Range(0, 64).Select(i => Task.Run(() => Enumerable.Range(0, 50).All(j => _key.TryUnseal(_key.Seal($"{i}.{j}")) == $"{i}.{j}"))));
        texts.ShouldAllBe(ok => ok);
    }
}
