using System.Text;
using System.Text.Json;
using ServiceOrders.Audit.Checkpoints;
using ServiceOrders.Audit.Keys;
using ServiceOrders.Audit.Leaves;
using ServiceOrders.Audit.Merkle;

namespace ServiceOrders.Audit.Evidence;

/// <summary>Reads a bundle strictly: every member, in its place, once, and none beside. Says nothing of whether it holds; that is <see cref="BundleVerifier"/>'s.</summary>
public static class BundleReader
{
    private static readonly JsonDocumentOptions Options = new() { MaxDepth = 8 };

    /// <summary>Reads a file's bytes.</summary>
    /// <exception cref="FormatException">It is no bundle of this version; the message says why.</exception>
    public static SignedBundle Read(ReadOnlyMemory<byte> file)
    {
        var (signedLength, signature) = Signature(file.Span);
        try
        {
            using var document = JsonDocument.Parse(file, Options);
            var members = new Members(document.RootElement);
            if (members.Text("format") != BundleFormat.Format) throw new FormatException("This is no evidence bundle.");
            if (members.Number("version") is not BundleFormat.Version and var version) throw new FormatException($"This is a bundle of version {version}; this program reads version {BundleFormat.Version}.");
            var content = new EvidenceBundle(members.Id("ticketId"), members.Text("number"), SignedNote.Parse(members.Text("checkpoint")), Keys(members), Events(members, "events"), Events(members, "rules"));
            var signedBy = members.Text("signedBy") is { Length: VerificationKey.IdLength } id && id.All(char.IsAsciiHexDigitLower) ? id : throw Members.Wrong("signedBy");
            // It ends the file, so what was cut off as the signature is this member and nothing within another.
            members.Text("signature");
            members.End();
            return new SignedBundle(content, signedBy, signedLength, signature);
        }
        catch (Exception broken) when (broken is JsonException or InvalidOperationException)
        {
            throw new FormatException("This is no JSON text, or its texts are no Unicode.", broken);
        }
    }

    private static (int SignedLength, byte[] Signature) Signature(ReadOnlySpan<byte> file)
    {
        var start = file.Length - BundleFormat.AfterSignature.Length - BundleFormat.SignatureLength;
        if (start < 0 || !file[..start].EndsWith(Encoding.ASCII.GetBytes(BundleFormat.BeforeSignature)) || !file.EndsWith(Encoding.ASCII.GetBytes(BundleFormat.AfterSignature)))
            throw new FormatException("This file does not end as an evidence bundle does, with its signature.");
        var text = Encoding.ASCII.GetString(file.Slice(start, BundleFormat.SignatureLength));
        var signature = new byte[VerificationKey.SignatureLength];
        return Convert.TryFromBase64String(text, signature, out var written) && written == signature.Length && Convert.ToBase64String(signature) == text
            ? (start, signature)
            : throw new FormatException("The signature is not written as one.");
    }

    private static List<VerificationKey> Keys(Members bundle)
    {
        var keys = bundle.List("keys").Select(e => e.ValueKind == JsonValueKind.String ? e.GetString()! : throw Members.Wrong("keys"))
            .Select(pem => VerificationKey.FromPem(pem) is var key && key.Pem == pem ? key : throw Members.Wrong("keys")).ToList();
        return keys.Count > 0 && keys.Distinct().Count() == keys.Count ? keys : throw Members.Wrong("keys");
    }

    private static List<ProvenEvent> Events(Members bundle, string name) => [.. bundle.List(name).Select(element =>
    {
        var members = new Members(element);
        var (index, path) = (members.Number("leafIndex"), Path(members));
        var record = Record(new Members(members.Object("event")));
        members.End();
        return new ProvenEvent(record, index, path);
    })];

    private static List<TreeHash> Path(Members proven) => [.. proven.List("inclusionPath")
        .Select(e => e.ValueKind == JsonValueKind.String && TreeHash.TryParse(e.GetString()!, out var hash) ? hash : throw Members.Wrong("inclusionPath"))];

    private static EventRecord Record(Members members)
    {
        var record = new EventRecord(members.Number("seq_id"), members.Id("id"), members.IdOrNull("stream_id"), members.Number("version"), members.Text("data"), members.BytesOrNull("bdata"),
            members.Text("type"), members.Time("timestamp"), members.TextOrNull("tenant_id"), members.TextOrNull("mt_dotnet_type"), members.TextOrNull("correlation_id"), members.TextOrNull("causation_id"),
            members.TextOrNull("headers"), members.TextOrNull("user_name"));
        members.End();
        return record;
    }
}
