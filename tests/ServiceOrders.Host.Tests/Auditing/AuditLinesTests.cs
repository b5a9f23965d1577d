using System.Buffers;
using System.Text;
using System.Text.Json.Nodes;
using ServiceOrders.Domain.Tickets;
using ServiceOrders.Host.Auditing;
using ServiceOrders.Host.Tickets;

namespace ServiceOrders.Host.Tests.Auditing;

/// <summary>How events are written out.</summary>
public class AuditLinesTests
{
    private static readonly AuditEvent Event = new(7, Guid.Empty, Guid.Empty, "ticket", "=1+1", null, null, 1, "note_added", default, default, new Actor(ActorKind.Staff, "@wu"), null, "+86, \"王\"", false,
        null, "-2", new EventCause(CauseKind.Service, null, null, null, null, null), new JsonObject { ["text"] = "a,\"b\"\n" });

    [Theory]
    [InlineData("\"'=1+1\"")]
    [InlineData("\"'@wu\"")]
    [InlineData("\"'+86, \"\"王\"\"\"")]
    [InlineData("\"'-2\"")]
    public void In_csv_what_a_spreadsheet_would_take_for_a_formula_is_text(string field) => Csv().ShouldContain(field);

    [Fact]
    public void In_csv_json_is_one_field_however_it_looks() => Csv().ShouldContain("\"{\"\"text\"\":\"\"a,\\\"\"b\\\"\"\\n\"\"}\"");

    [Fact]
    public void Both_formats_end_with_what_tells_a_whole_export_from_a_cut_one()
    {
        Written(ExportFormat.Ndjson).Split('\n')[^2].ShouldBe("""{"end":{"exportId":"00000000-0000-0000-0000-000000000000","count":1,"lastPosition":7,"upTo":9,"missing":2}}""");
        Csv().Split("\r\n")[^2].ShouldStartWith("end,7,");
    }

    private static string Csv() => Written(ExportFormat.Csv);

    private static string Written(ExportFormat format)
    {
        var output = new ArrayBufferWriter<byte>();
        using var lines = AuditLines.Of(format);
        lines.Begin(output);
        lines.Write(Event, output);
        lines.End(new ExportEnd(Guid.Empty, 1, 7, 9, 2), output);
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }
}
