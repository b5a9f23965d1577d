using System.Buffers;
using System.Globalization;
using System.Text.Json;
using CsvHelper;
using ServiceOrders.Host.Web;

namespace ServiceOrders.Host.Auditing;

/// <summary>The last record of an export. Without it the export was cut.</summary>
/// <param name="ExportId">The stream in which the export is logged.</param>
/// <param name="Count">How many events went out.</param>
/// <param name="LastPosition">The position of the last; null: none did.</param>
/// <param name="UpTo">Up to which position events were looked for.</param>
/// <param name="Missing">How many more would match that are in the index and no longer in the store: 0, or a verification is due.</param>
public sealed record ExportEnd(Guid ExportId, long Count, long? LastPosition, long UpTo, long Missing);

/// <summary>How events are written out, one record each, and one record more at the end.</summary>
internal abstract class AuditLines : IDisposable
{
    /// <summary>The writer of a format.</summary>
    public static AuditLines Of(ExportFormat format) => format == ExportFormat.Csv ? new Csv() : new Ndjson();

    /// <summary>The media type.</summary>
    public abstract string MediaType { get; }

    /// <summary>What comes before the first event.</summary>
    public abstract void Begin(IBufferWriter<byte> output);

    /// <summary>An event.</summary>
    public abstract void Write(AuditEvent found, IBufferWriter<byte> output);

    /// <summary>The last record.</summary>
    public abstract void End(ExportEnd end, IBufferWriter<byte> output);

    /// <inheritdoc/>
    public abstract void Dispose();

    /// <summary>JSON values, one on a line: events, and at last <c>{"end":{…}}</c>.</summary>
    private sealed class Ndjson : AuditLines
    {
        public override string MediaType => AuditExportEndpoint.NdjsonType;

        public override void Begin(IBufferWriter<byte> output) { }

        public override void Write(AuditEvent found, IBufferWriter<byte> output) => Line(found, output);

        public override void End(ExportEnd end, IBufferWriter<byte> output) => Line(new { end }, output);

        public override void Dispose() { }

        private static void Line<T>(T value, IBufferWriter<byte> output)
        {
            using (var json = new Utf8JsonWriter(output)) JsonSerializer.Serialize(json, value, ApiJson.Options);
            output.Write("\n"u8);
        }
    }

    /// <summary>
    /// RFC 4180, a record each, the first field <c>event</c>, and at last one whose first field is <c>end</c>. A field that a spreadsheet would take for a formula gets an apostrophe before it.
    /// </summary>
    private sealed class Csv : AuditLines
    {
        private static readonly string[] Header =
        [
            "record", "position", "eventId", "streamId", "streamType", "streamName", "ticketId", "number", "version", "type", "occurredAt", "recordedAt", "actorKind", "actorId", "channel",
            "onBehalfOf", "historical", "correlationId", "causationId", "causeKind", "causeMilestone", "causeCycle", "data",
        ];

        private readonly MemoryStream _record = new();
        private readonly CsvWriter _csv;

        public Csv() => _csv = CsvWriter.Create(_record, new CsvWriterOptions { Injection = CsvInjection.Escape }, leaveOpen: true);

        public override string MediaType => AuditExportEndpoint.CsvType;

        public override void Begin(IBufferWriter<byte> output) => Record(Header, output);

        public override void Write(AuditEvent found, IBufferWriter<byte> output) => Record(
        [
            "event", Text(found.Position), Text(found.EventId), Text(found.StreamId), found.StreamType, found.StreamName, Text(found.TicketId), found.Number, Text(found.Version), found.Type,
            InstantConverter.Format(found.OccurredAt), InstantConverter.Format(found.RecordedAt), JsonNamingPolicy.CamelCase.ConvertName(found.Actor.Kind.ToString()), found.Actor.Id, found.Channel,
            found.OnBehalfOf, found.Historical ? "true" : "false", found.CorrelationId, found.CausationId, JsonNamingPolicy.CamelCase.ConvertName(found.Cause.Kind.ToString()), found.Cause.Milestone,
            Text(found.Cause.Cycle), found.Data.ToJsonString(ApiJson.Options),
        ], output);

        public override void End(ExportEnd end, IBufferWriter<byte> output)
        {
            var record = new string?[Header.Length];
            (record[0], record[1], record[^1]) = ("end", Text(end.LastPosition), JsonSerializer.Serialize(end, ApiJson.Options));
            Record(record, output);
        }

        public override void Dispose()
        {
            _csv.Dispose();
            _record.Dispose();
        }

        private void Record(IEnumerable<string?> fields, IBufferWriter<byte> output)
        {
            foreach (var field in fields) _csv.WriteField(field);
            _csv.EndRecord();
            _csv.Flush();
            output.Write(_record.GetBuffer().AsSpan(0, (int)_record.Length));
            _record.SetLength(0);
        }

        private static string? Text<T>(T? value)
            where T : struct, IFormattable => value?.ToString(null, CultureInfo.InvariantCulture);

        private static string Text<T>(T value)
            where T : struct, IFormattable => value.ToString(null, CultureInfo.InvariantCulture);
    }
}

/// <summary>How events are exported.</summary>
public enum ExportFormat
{
    /// <summary>JSON values, one on a line.</summary>
    Ndjson,
    /// <summary>Records of fields separated by commas (RFC 4180).</summary>
    Csv,
}
