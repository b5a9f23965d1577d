using System.Globalization;
using System.Text.Json;
using ServiceOrders.Cli.ServiceNow;
using ServiceOrders.Host.Importing;
using ServiceOrders.Host.Web;

namespace ServiceOrders.Cli.Importing;

/// <summary>What an import came to, for eyes or for programs.</summary>
/// <param name="Lines">Lines, and incidents that could not be told.</param>
/// <param name="Imported">Tickets that came in.</param>
/// <param name="Skipped">Tickets that had come in before.</param>
/// <param name="Rejected">What could not be imported.</param>
/// <param name="Events">Events stored by this import.</param>
/// <param name="Milestones">What became of the milestones of the tickets that came in, by name.</param>
/// <param name="Sla">Our resolution beside the log's own word, over all of the log's incidents, skipped ones too; null where the log has no word.</param>
public sealed record ImportReport(
    long Lines, long Imported, long Skipped, long Rejected, long Events, IReadOnlyList<MilestoneTally> Milestones, SlaComparison? Sla)
{
    /// <summary>The report of an import.</summary>
    public static ImportReport Of(ImportTotals totals, SlaComparison? sla) =>
        new(totals.Lines, totals.Imported, totals.Skipped, totals.Rejected, totals.Events, totals.Milestones, sla);

    /// <summary>Writes it as one JSON value.</summary>
    public void WriteJson(TextWriter output) => output.WriteLine(JsonSerializer.Serialize(this, ApiJson.Options));

    /// <summary>Writes it as text.</summary>
    public void WriteText(TextWriter output)
    {
        output.WriteLine(Line($"{Lines} tickets: {Imported} imported, {Skipped} there before, {Rejected} rejected; {Events} events stored."));
        if (Milestones.Count > 0)
        {
            output.WriteLine();
            output.WriteLine(Line($"{"milestone",-20}{"cycles",9}{"met",9}{"met late",9}{"breached",9}{"cancelled",10}{"running",9}"));
            foreach (var m in Milestones.Append(Sum())) output.WriteLine(Line($"{m.Name,-20}{m.Cycles,9}{m.Met,9}{m.MetLate,9}{m.Breached,9}{m.Cancelled,10}{m.Running,9}"));
        }
        if (Sla is not { } sla) return;
        output.WriteLine();
        sla.WriteText(output);
    }

    private MilestoneTally Sum() => Milestones.Aggregate(new MilestoneTally("all", 0, 0, 0, 0, 0, 0), (sum, m) => new MilestoneTally(
        sum.Name, sum.Cycles + m.Cycles, sum.Met + m.Met, sum.MetLate + m.MetLate, sum.Breached + m.Breached, sum.Cancelled + m.Cancelled, sum.Running + m.Running));

    private static string Line(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
