using ServiceOrders.Audit.Merkle;

namespace ServiceOrders.Audit.Tests.Merkle;

/// <summary>The value itself, and how it is written.</summary>
public class TreeHashTests
{
    [Fact]
    public void A_hash_keeps_its_bytes()
    {
        var bytes = Enumerable.Range(1, 32).Select(i => (byte)i).ToArray();
        var hash = TreeHash.From(bytes);
        hash.ToArray().ShouldBe(bytes);
        hash.ToString().ShouldBe("0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20");
        hash.ShouldBe(TreeHash.From(bytes));
        hash.ShouldNotBe(default);
        Should.Throw<ArgumentException>(() => TreeHash.From(bytes.AsSpan(1)));
    }

    [Fact]
    public void There_is_one_way_to_write_a_hash()
    {
        var text = Hashing.Empty.ToBase64();
        TreeHash.TryParse(text, out var read).ShouldBeTrue();
        read.ShouldBe(Hashing.Empty);
        // Base64 of 32 bytes has two spare bits in its last digit; set, they would give the same bytes by another text.
        text[42].ShouldBe('U');
        TreeHash.TryParse(text[..42] + "V=", out _).ShouldBeFalse();
        foreach (var other in new[] { "", text[..^1], text + "=", " " + text[1..], text[..20] + "\n" + text[21..], text.Replace('=', 'A'), text.Replace('/', '_').Replace('+', '-') })
        {
            TreeHash.TryParse(other, out _).ShouldBe(other == text, other);
        }
    }
}
