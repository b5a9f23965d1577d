using System.Globalization;
using CsvHelper;

namespace ServiceOrders.Cli.ServiceNow;

/// <summary>
/// Reads ServiceNow's incident log (CSV, one row per change) as a stream and gathers the rows of each incident. They usually stand together; where they do not, an
/// incident is complete once <see cref="Window"/> others were touched since its last row. A row that comes later still is reported, never silently dropped.
/// </summary>
/// <param name="file">The file, UTF-8.</param>
/// <param name="report">Hears of rows that cannot be read.</param>
public sealed class IncidentLog(Stream file, Action<UnreadableRow> report)
{
    /// <summary>Incidents that are gathered at a time.</summary>
    public const int Window = 1_000;
    /// <summary>Rows that one incident may have.</summary>
    public const int MostRows = 2_000;

    private static readonly string[] Required = ["number", "incident_state", "opened_at", "sys_updated_at"];

    // Day first, as the log is written; with slashes in its first publication.
    private static readonly string[] Times = ["d-M-yyyy H:mm", "d-M-yyyy H:mm:ss", "d/M/yyyy H:mm", "d/M/yyyy H:mm:ss"];

    private static readonly CsvReaderOptions Options = new()
    {
        Separator = ',', TrimWhitespace = true, MaxRecordSize = 64 * 1024, TrackLineNumbers = true, IncludeValuesInExceptions = false,
        MalformedData = CsvMalformedDataHandling.Throw, FieldCountMismatch = CsvFieldCountHandling.Throw,
    };

    private readonly Dictionary<string, LinkedListNode<Gathering>> _open = new(StringComparer.Ordinal);
    private readonly LinkedList<Gathering> _byTouch = new();
    private readonly HashSet<string> _given = new(StringComparer.Ordinal);

    private sealed record Gathering(string Number, List<IncidentRow> Rows)
    {
        // An incident with a row that cannot be read would be a false history: it is reported and left out as a whole.
        public bool Spoilt { get; set; }
    }

    /// <summary>Every incident, in the order in which they are complete.</summary>
    /// <exception cref="InvalidDataException">The file is no such log: a column is missing, or it is no CSV.</exception>
    public IEnumerable<Incident> Read()
    {
        using var csv = CsvReader.Create(file, Options, leaveOpen: true);
        RequireColumns(csv);
        while (Next(csv))
        {
            Take(csv);
            if (_open.Count > Window && Complete(_byTouch.First!) is { } complete) yield return complete;
        }
        while (_byTouch.First is { } first)
        {
            if (Complete(first) is { } complete) yield return complete;
        }
    }

    private static void RequireColumns(CsvReader csv)
    {
        Try(() => csv.ReadHeader());
        var missing = Required.Where(column => !csv.TryGetFieldIndex(column, out _)).ToArray();
        if (missing.Length > 0) throw new InvalidDataException($"The file has no column {string.Join(", ", missing)}: it is no ServiceNow incident log.");
    }

    private static bool Next(CsvReader csv)
    {
        var any = false;
        Try(() => any = csv.Read());
        return any;
    }

    private static void Try(Action read)
    {
        try
        {
            read();
        }
        catch (CsvFormatException broken)
        {
            throw new InvalidDataException($"Line {broken.LineNumber} is no CSV of as many columns as the first: {broken.Message}", broken);
        }
    }

    private void Take(CsvReader csv)
    {
        var row = csv.LineNumber;
        if (Text(csv, "number") is not { } number)
        {
            report(new UnreadableRow(row, null, "has no incident number"));
            return;
        }
        if (_given.Contains(number))
        {
            report(new UnreadableRow(row, number, $"comes more than {Window} incidents after the others of its incident"));
            return;
        }
        var gathering = Touch(number);
        if (gathering.Spoilt) return;
        if (gathering.Rows.Count == MostRows) Spoil(gathering, row, $"is its incident's {MostRows + 1}st");
        else if (Time(csv, "opened_at") is not { } openedAt) Spoil(gathering, row, "has no opened_at like 29-02-2016 01:16");
        else if (Time(csv, "sys_updated_at") is not { } updatedAt) Spoil(gathering, row, "has no sys_updated_at like 29-02-2016 01:16");
        else gathering.Rows.Add(RowOf(csv, row, number, openedAt, updatedAt));
    }

    private Gathering Touch(string number)
    {
        if (_open.TryGetValue(number, out var node)) _byTouch.Remove(node);
        else _open[number] = node = new LinkedListNode<Gathering>(new Gathering(number, []));
        _byTouch.AddLast(node);
        return node.Value;
    }

    private void Spoil(Gathering gathering, long row, string reason)
    {
        gathering.Spoilt = true;
        gathering.Rows.Clear();
        report(new UnreadableRow(row, gathering.Number, reason));
    }

    private Incident? Complete(LinkedListNode<Gathering> node)
    {
        _byTouch.Remove(node);
        _open.Remove(node.Value.Number);
        _given.Add(node.Value.Number);
        return node.Value.Spoilt ? null : new Incident(node.Value.Number, node.Value.Rows);
    }

    private static IncidentRow RowOf(CsvReader csv, long row, string number, DateTime openedAt, DateTime updatedAt) => new()
    {
        RowNumber = row, Number = number, State = Text(csv, "incident_state"), OpenedAt = openedAt, UpdatedAt = updatedAt,
        UpdatedBy = Text(csv, "sys_updated_by"), OpenedBy = Text(csv, "opened_by"), Caller = Text(csv, "caller_id"), ContactType = Text(csv, "contact_type"),
        Location = Text(csv, "location"), Category = Text(csv, "category"), Subcategory = Text(csv, "subcategory"), Symptom = Text(csv, "u_symptom"),
        ConfigurationItem = Text(csv, "cmdb_ci"), Priority = Text(csv, "priority"), Group = Text(csv, "assignment_group"), Person = Text(csv, "assigned_to"),
        ClosureCode = Text(csv, "closed_code"), ResolvedBy = Text(csv, "resolved_by"), ResolvedAt = Time(csv, "resolved_at"), ClosedAt = Time(csv, "closed_at"),
        MadeSla = bool.TryParse(Text(csv, "made_sla"), out var made) ? made : null,
    };

    private static string? Text(CsvReader csv, string column) =>
        csv.TryGetFieldIndex(column, out var index) && csv.GetString(index) is { Length: > 0 } text && text != "?" ? text : null;

    private static DateTime? Time(CsvReader csv, string column) =>
        DateTime.TryParseExact(Text(csv, column), Times, CultureInfo.InvariantCulture, DateTimeStyles.None, out var time) ? time : null;
}
