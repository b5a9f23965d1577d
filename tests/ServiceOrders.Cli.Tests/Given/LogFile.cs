namespace ServiceOrders.Cli.Tests.Given;

/// <summary>A ServiceNow incident log, written by hand: the columns of the real one, none of its rows.</summary>
internal sealed class LogFile
{
    private static readonly string[] Columns =
    [
        "number", "incident_state", "active", "reassignment_count", "reopen_count", "sys_mod_count", "made_sla", "caller_id", "opened_by", "opened_at", "sys_created_by", "sys_created_at",
        "sys_updated_by", "sys_updated_at", "contact_type", "location", "category", "subcategory", "u_symptom", "cmdb_ci", "impact", "urgency", "priority", "assignment_group",
        "assigned_to", "knowledge", "u_priority_confirmation", "notify", "problem_id", "rfc", "vendor", "caused_by", "closed_code", "resolved_by", "resolved_at", "closed_at",
    ];

    private readonly List<string> _rows = [];
    private readonly Dictionary<string, string> _incident = [];

    /// <summary>What all further rows say, until told otherwise.</summary>
    public LogFile Says(params (string Column, string Value)[] values)
    {
        foreach (var (column, value) in values) _incident[column] = value;
        return this;
    }

    /// <summary>Another incident: nothing is known of it but its number and when it was opened.</summary>
    public LogFile Incident(string number, string openedAt, params (string Column, string Value)[] values)
    {
        _incident.Clear();
        return Says(("number", number), ("opened_at", openedAt), ("priority", "3 - Moderate"), ("contact_type", "Phone"), ("made_sla", "TRUE")).Says(values);
    }

    /// <summary>A change.</summary>
    public LogFile Row(string at, string state, string by, params (string Column, string Value)[] values)
    {
        var row = new Dictionary<string, string>(_incident) { ["sys_updated_at"] = at, ["incident_state"] = state, ["sys_updated_by"] = by };
        foreach (var (column, value) in values) row[column] = value;
        _rows.Add(string.Join(',', Columns.Select(c => row.GetValueOrDefault(c, "?"))));
        return this;
    }

    public string Text => string.Join("\r\n", _rows.Prepend(string.Join(',', Columns))) + "\r\n";

    public Stream Stream => new MemoryStream(System.Text.Encoding.UTF8.GetBytes(Text));
}
