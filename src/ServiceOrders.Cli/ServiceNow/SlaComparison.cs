using System.Globalization;
using System.Xml;
using ServiceOrders.Domain.Deadlines;
using ServiceOrders.Host.Importing;

namespace ServiceOrders.Cli.ServiceNow;

/// <summary>Our milestone <c>resolution</c> beside the log's own <c>made_sla</c>, incident by incident.</summary>
/// <param name="Compared">Incidents of which both say something.</param>
/// <param name="Agree">Both say kept, or both say missed.</param>
/// <param name="Disagree">The rest.</param>
/// <param name="Cells">The four cases.</param>
/// <param name="Priorities">Agreement by the incident's last priority.</param>
/// <param name="Provisional">In how many our deadline is provisional: the calendar does not know the holidays of those days.</param>
/// <param name="Uncompared">Incidents of which one of the two says nothing: no such milestone, or one that was cancelled or runs.</param>
public sealed record SlaComparison(
    int Compared, int Agree, int Disagree, IReadOnlyList<SlaCell> Cells, IReadOnlyList<SlaOfPriority> Priorities, int Provisional, int Uncompared)
{
    /// <summary>Writes it as text.</summary>
    public void WriteText(TextWriter output)
    {
        output.WriteLine(Line($"Our milestone resolution beside the log's made_sla, {Compared} incidents ({Uncompared} not comparable): {Agree} agree, {Disagree} disagree."));
        output.WriteLine();
        output.WriteLine(Line($"{"log",-8}{"ours",-8}{"incidents",10}{"open for, median",18}{"allowed, median",17}{"clock paused in",17}"));
        foreach (var c in Cells)
            output.WriteLine(Line($"{Word(c.LogKept),-8}{Word(c.OursKept),-8}{c.Incidents,10}{c.MedianOpenHours,16:0.0} h{c.MedianAllowedHours,15:0.0} h{c.Paused,17}"));
        output.WriteLine();
        output.WriteLine(Line($"{"priority",-16}{"incidents",10}{"log kept",10}{"ours kept",11}{"agree",8}{"log's longest kept",20}{"log's shortest missed",23}"));
        foreach (var p in Priorities)
            output.WriteLine(Line($"{p.Priority,-16}{p.Incidents,10}{p.LogKept,10}{p.OursKept,11}{p.Agree,8}{Hours(p.LongestKeptHours),20}{Hours(p.ShortestMissedHours),23}"));
        output.WriteLine();
        Explain(output);
    }

    /// <summary>What the figures themselves tell of why the two differ; what they cannot tell stands in the README.</summary>
    private void Explain(TextWriter output)
    {
        var lenient = Cells.Where(c => c is { LogKept: false, OursKept: true }).ToArray();
        var strict = Cells.Where(c => c is { LogKept: true, OursKept: false }).Sum(c => c.Incidents);
        output.WriteLine(Line($"Missed says the log, kept say we: {lenient.Sum(c => c.Incidents)}; in {lenient.Sum(c => c.Paused)} of them our clock stood still while the incident waited for its caller."));
        output.WriteLine(Line($"Kept says the log, missed say we: {strict}."));
        if (Provisional > 0) output.WriteLine(Line($"In {Provisional} our deadline is provisional: the calendar does not know the holidays of those days. --calendar names another."));
    }

    private static string Word(bool kept) => kept ? "kept" : "missed";

    private static string Hours(double? hours) => hours is { } h ? Line($"{h:0.0} h") : "-";

    private static string Line(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}

/// <summary>One of the four cases.</summary>
/// <param name="LogKept">What the log says.</param>
/// <param name="OursKept">What our milestone says.</param>
/// <param name="Incidents">How many.</param>
/// <param name="MedianOpenHours">From opening to the last resolution, clock time.</param>
/// <param name="MedianAllowedHours">From opening to our deadline, clock time, pauses included.</param>
/// <param name="Paused">In how many our clock stood still for a while.</param>
public sealed record SlaCell(bool LogKept, bool OursKept, int Incidents, double MedianOpenHours, double MedianAllowedHours, int Paused);

/// <summary>The incidents of a priority.</summary>
/// <param name="Priority">As the log names it.</param>
/// <param name="Incidents">How many.</param>
/// <param name="LogKept">Kept, says the log.</param>
/// <param name="OursKept">Kept, says our milestone.</param>
/// <param name="Agree">Where both say the same.</param>
/// <param name="LongestKeptHours">The longest time open of those that the log counts as kept.</param>
/// <param name="ShortestMissedHours">The shortest time open of those that it counts as missed.</param>
public sealed record SlaOfPriority(string Priority, int Incidents, int LogKept, int OursKept, int Agree, double? LongestKeptHours, double? ShortestMissedHours);

/// <summary>Gathers, while an import runs, what both sides say.</summary>
public sealed class SlaWitness
{
    private const string Milestone = "resolution";

    private readonly Dictionary<string, (bool? Kept, string Priority)> _log = new(StringComparer.Ordinal);
    private readonly List<Verdict> _verdicts = [];
    private int _uncompared;

    private sealed record Verdict(string Priority, bool LogKept, bool OursKept, double OpenHours, double AllowedHours, bool Paused, bool Provisional);

    /// <summary>What the log says: the word of its last row, since a kept deadline can still be missed.</summary>
    public void Hear(Incident incident) =>
        _log[incident.Number] = (incident.Rows[^1].MadeSla, incident.Rows.Select(r => r.Priority).LastOrDefault(p => p is not null) ?? "?");

    /// <summary>What came of its ticket.</summary>
    public void Hear(TicketTold ticket)
    {
        var (said, priority) = _log.TryGetValue(ticket.ExternalReference, out var known) ? known : (null, "?");
        _log.Remove(ticket.ExternalReference);
        var cycle = ticket.Milestones.LastOrDefault(m => m.Name == Milestone);
        if (said is { } kept && cycle is { MetAt: { } metAt, State: MilestoneState.Met or MilestoneState.MetLate })
        {
            _verdicts.Add(new Verdict(priority, kept, cycle.State == MilestoneState.Met, (metAt - cycle.StartedAt).TotalHours, (cycle.DueAt - cycle.StartedAt).TotalHours,
                XmlConvert.ToTimeSpan(cycle.PausedFor) > TimeSpan.Zero, cycle.Provisional));
        }
        else
        {
            _uncompared++;
        }
    }

    /// <summary>The comparison; null when there is nothing to compare.</summary>
    public SlaComparison? Compare()
    {
        if (_verdicts.Count == 0) return null;
        var agree = _verdicts.Count(v => v.LogKept == v.OursKept);
        var cells = _verdicts.GroupBy(v => (v.LogKept, v.OursKept)).OrderByDescending(g => g.Key.LogKept).ThenByDescending(g => g.Key.OursKept).Select(g => new SlaCell(
            g.Key.LogKept, g.Key.OursKept, g.Count(), Median(g.Select(v => v.OpenHours)), Median(g.Select(v => v.AllowedHours)), g.Count(v => v.Paused)));
        var priorities = _verdicts.GroupBy(v => v.Priority).OrderBy(g => g.Key, StringComparer.Ordinal).Select(g => new SlaOfPriority(
            g.Key, g.Count(), g.Count(v => v.LogKept), g.Count(v => v.OursKept), g.Count(v => v.LogKept == v.OursKept),
            g.Where(v => v.LogKept).Max(v => (double?)v.OpenHours), g.Where(v => !v.LogKept).Min(v => (double?)v.OpenHours)));
        return new SlaComparison(_verdicts.Count, agree, _verdicts.Count - agree, [.. cells], [.. priorities], _verdicts.Count(v => v.Provisional),
            _uncompared + _log.Count);
    }

    private static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        return sorted.Length % 2 == 1 ? sorted[sorted.Length / 2] : (sorted[sorted.Length / 2 - 1] + sorted[sorted.Length / 2]) / 2;
    }
}
