using System.Text;
using ServiceOrders.Audit.Evidence;
using ServiceOrders.Audit.Keys;

namespace ServiceOrders.Audit.Tests.Evidence;

/// <summary>There is one way to write a bundle. Each of these is signed anew, so that it is the reader that refuses.</summary>
public sealed class BundleReaderTests : IDisposable
{
    private readonly SigningKey _key = SigningKey.FromPem(File.ReadAllText(Path.Combine(VectorTests.Folder, "signing-key.pem")));
    private readonly string _text = Encoding.UTF8.GetString(VectorTests.Bundle);

    [Fact]
    public void The_same_said_otherwise_is_refused()
    {
        Read(_text).Content.Number.ShouldBe(SampleLog.Number);
        (string Old, string New)[] changes =
        [
            ("\"version\":1,\"ticketId\"", "\"version\":2,\"ticketId\""), ("\"version\":1,\"ticketId\"", "\"ticketId\""), ("\"version\":1,\"ticketId\"", "\"version\":1,\"version\":1,\"ticketId\""),
            ("\"version\":1,\"ticketId\"", "\"version\":\"1\",\"ticketId\""), ("\"version\":1,\"ticketId\"", "\"version\":1.0,\"ticketId\""), ("\"format\":\"service-orders-evidence\",\"version\":1", "\"version\":1,\"format\":\"service-orders-evidence\""),
            ("service-orders-evidence", "another"), ("\"signedBy\"", "\"remark\":1,\"signedBy\""), ("\"events\":[", "\"events\":[null,"), ("\"events\":[", "\"events\":[],\"more\":["), ("\"rules\":[", "\"rules\":[],\"rules\":["),
            ("\"bdata\":null", "\"bdata\":0"), ("\"bdata\":null", "\"bdata\":\"A\""), ("\"bdata\":null", "\"bdata\":\"AB==\""), ("\"bdata\":null,", ""), ("\"user_name\":null", "\"user_name\":null,\"is_archived\":false"),
            (".000250Z", ".00025Z"), (".000250Z", ".000250+00:00"), ("019c1234-5678-7abc-8def-0123456789ab", "019C1234-5678-7abc-8def-0123456789ab"), ("019c1234-5678-7abc-8def-0123456789ab", "{019c1234-5678-7abc-8def-0123456789ab}"),
            ("\"number\":\"SO", "\"number\":\"\\ud800SO"), ("\"keys\":[", "\"keys\":[\"\","), ("-----BEGIN", " -----BEGIN"), ("\"leafIndex\":4", "\"leafIndex\":4.5"), ("\"leafIndex\":4", "\"leafIndex\":99999999999999999999"),
            ("\"signedBy\":\"", "\"signedBy\":\"\\u001b"), ("\"inclusionPath\":[\"", "\"inclusionPath\":[\"A"), ("\"inclusionPath\":[", "\"inclusionPath\":[null,"),
        ];
        foreach (var (old, @new) in changes)
        {
            _text.ShouldContain(old);
            var at = _text.IndexOf(old, StringComparison.Ordinal);
            Should.Throw<FormatException>(() => Read(_text[..at] + @new + _text[(at + old.Length)..]), $"{old} as {@new}");
        }
    }

    [Fact]
    public void A_key_twice_or_none_is_refused()
    {
        var (start, end) = (_text.IndexOf("\"keys\":[", StringComparison.Ordinal) + 8, _text.IndexOf("],\"events\"", StringComparison.Ordinal));
        Should.Throw<FormatException>(() => Read(_text[..end] + "," + _text[start..end] + _text[end..]));
        Should.Throw<FormatException>(() => Read(_text[..start] + _text[end..]));
    }

    [Fact]
    public void What_ends_like_a_bundle_and_is_none_is_refused()
    {
        Should.Throw<FormatException>(() => Read("{\"signature\":\""));
        Should.Throw<FormatException>(() => Read("[{\"signature\":\""));
        Should.Throw<FormatException>(() => Read("{\"format\":\"service-orders-evidence\",\"version\":{\"signature\":\""));
        Should.Throw<FormatException>(() => BundleReader.Read(Array.Empty<byte>()));
        Should.Throw<FormatException>(() => BundleReader.Read(Encoding.UTF8.GetBytes("{}")));
        // Spare bits of the last digit would make another text of the same signature.
        Should.Throw<FormatException>(() => BundleReader.Read(Encoding.UTF8.GetBytes(_text[..^6] + (_text[^6] is 'A' or 'Q' or 'g' or 'w' ? 'B' : throw new InvalidOperationException("Four digits can end a signature.")) + _text[^5..])));
    }

    private SignedBundle Read(string text)
    {
        const string Marker = "\"signature\":\"";
        var signed = Encoding.UTF8.GetBytes(text[..(text.LastIndexOf(Marker, StringComparison.Ordinal) + Marker.Length)]);
        byte[] file = [.. signed, .. Encoding.ASCII.GetBytes(Convert.ToBase64String(_key.Sign(signed)) + "\"}\n")];
        return BundleReader.Read(file);
    }

    public void Dispose() => _key.Dispose();
}
