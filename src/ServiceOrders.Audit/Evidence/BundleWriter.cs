using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using ServiceOrders.Audit.Keys;
using ServiceOrders.Audit.Leaves;

namespace ServiceOrders.Audit.Evidence;

/// <summary>Writes a bundle and signs its bytes: all that stands before the signature itself.</summary>
public static class BundleWriter
{
    // Texts stay readable: nobody puts a bundle into a web page.
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The file's bytes.</summary>
    /// <exception cref="ArgumentException">The signer's key is not among the bundle's, or an event is none that PostgreSQL could hold.</exception>
    public static byte[] Write(EvidenceBundle bundle, SigningKey signer)
    {
        if (!bundle.Keys.Contains(signer.Public)) throw new ArgumentException("A bundle holds the key of whoever signs it.", nameof(signer));
        var bytes = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(bytes, Options))
        {
            json.WriteStartObject();
            json.WriteString("format", BundleFormat.Format);
            json.WriteNumber("version", BundleFormat.Version);
            json.WriteString("ticketId", bundle.TicketId);
            json.WriteString("number", bundle.Number);
            json.WriteString("checkpoint", bundle.Checkpoint.Text);
            json.WriteStartArray("keys");
            foreach (var key in bundle.Keys) json.WriteStringValue(key.Pem);
            json.WriteEndArray();
            Write(json, "events", bundle.Events);
            Write(json, "rules", bundle.Rules);
            json.WriteString("signedBy", signer.Id);
            json.Flush();
        }
        bytes.Write("," + BundleFormat.BeforeSignature);
        bytes.Write(Convert.ToBase64String(signer.Sign(bytes.WrittenSpan)) + BundleFormat.AfterSignature);
        return bytes.WrittenSpan.ToArray();
    }

    private static void Write(Utf8JsonWriter json, string name, IReadOnlyList<ProvenEvent> events)
    {
        json.WriteStartArray(name);
        foreach (var proven in events)
        {
            json.WriteStartObject();
            json.WriteNumber("leafIndex", proven.LeafIndex);
            json.WriteStartArray("inclusionPath");
            foreach (var hash in proven.InclusionPath) json.WriteStringValue(hash.ToBase64());
            json.WriteEndArray();
            json.WriteStartObject("event");
            Write(json, proven.Event);
            json.WriteEndObject();
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    private static void Write(Utf8JsonWriter json, EventRecord record)
    {
        json.WriteNumber("seq_id", record.Position);
        json.WriteString("id", record.Id);
        Write(json, "stream_id", record.StreamId?.ToString("D"));
        json.WriteNumber("version", record.Version);
        json.WriteString("data", record.Data);
        Write(json, "bdata", record.BinaryData is null ? null : Convert.ToBase64String(record.BinaryData));
        json.WriteString("type", record.Type);
        json.WriteString("timestamp", BundleFormat.Time(record.RecordedAt));
        Write(json, "tenant_id", record.TenantId);
        Write(json, "mt_dotnet_type", record.DotNetType);
        Write(json, "correlation_id", record.CorrelationId);
        Write(json, "causation_id", record.CausationId);
        Write(json, "headers", record.Headers);
        Write(json, "user_name", record.UserName);
    }

    private static void Write(Utf8JsonWriter json, string name, string? value)
    {
        if (value is null) json.WriteNull(name);
        else json.WriteString(name, value);
    }

    private static void Write(this ArrayBufferWriter<byte> bytes, string text) => bytes.Write(Encoding.ASCII.GetBytes(text));
}
