using System.Globalization;
using System.Text.Json;
using ServiceOrders.Host.Simulating;
using ServiceOrders.Host.Web;

namespace ServiceOrders.Cli.Simulating;

/// <summary>What a simulation came to, for eyes or for programs.</summary>
internal static class SimulationReport
{
    /// <summary>Writes a supposed ticket.</summary>
    public static void Write(SupposedTicket ticket, bool asJson, TextWriter output)
    {
        if (asJson)
        {
            output.WriteLine(JsonSerializer.Serialize(ticket, ApiJson.Options));
            return;
        }
        output.WriteLine(Line($"Until {InstantConverter.Format(ticket.Until)}: {Name(ticket.Status)}, escalation level {ticket.EscalationLevel}, {(ticket.Policy is null ? "no policy" : $"policy {ticket.Policy}")}."));
        if (ticket.Milestones.Count == 0) return;
        output.WriteLine();
        output.WriteLine(Line($"{"milestone",-20}{"cycle",6}  {"state",-10}{"due",-22}{"met",-22}{"overrun"}"));
        foreach (var m in ticket.Milestones)
            output.WriteLine(Line($"{m.Name,-20}{m.Cycle,6}  {Name(m.State),-10}{InstantConverter.Format(m.DueAt),-22}{(m.MetAt is { } met ? InstantConverter.Format(met) : "-"),-22}{m.Overrun ?? "-"}"));
    }

    /// <summary>Writes what became of real tickets.</summary>
    public static void Write(SimulationSummary summary, bool asJson, TextWriter output)
    {
        if (asJson)
        {
            output.WriteLine(JsonSerializer.Serialize(summary, ApiJson.Options));
            return;
        }
        output.WriteLine(Line($"{summary.Tickets} tickets until {InstantConverter.Format(summary.Until)}; something differs for {summary.Differing}."));
        if (summary.NotSimulated > 0) output.WriteLine(Line($"Nothing can be said of {summary.NotSimulated} more."));
        if (summary.Milestones.Count == 0) return;
        output.WriteLine();
        output.WriteLine(Line($"{"milestone",-20}{"",-11}{"cycles",9}{"met",9}{"breached",10}{"cancelled",11}{"open",9}  {"median overrun",-16}{"longest",-16}"));
        foreach (var m in summary.Milestones)
        {
            output.WriteLine(Side(m.Name, "actual", m.Actual));
            output.WriteLine(Side("", "candidate", m.Candidate) + Line($"newly breached {m.NewlyBreached}, newly kept {m.NewlyKept}"));
        }
    }

    private static string Side(string name, string side, SideView s) =>
        Line($"{name,-20}{side,-11}{s.Cycles,9}{s.Met,9}{s.Breached,10}{s.Cancelled,11}{s.Open,9}  {s.MedianOverrun ?? "-",-16}{s.MaxOverrun ?? "-",-16}");

    private static string Name<T>(T value)
        where T : struct, Enum => JsonNamingPolicy.CamelCase.ConvertName(value.ToString());

    private static string Line(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
