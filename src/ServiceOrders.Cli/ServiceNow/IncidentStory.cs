using System.Text.Json.Nodes;

namespace ServiceOrders.Cli.ServiceNow;

/// <summary>
/// Tells an incident as a line of an import: what its rows say happened, and nothing that they do not say. The rules stand, one by one, in this project's README.
/// </summary>
public sealed class IncidentStory
{
    private readonly IReadOnlyList<IncidentRow> _rows;
    private readonly DateTime[] _times;
    private readonly JsonArray _acts = [];
    private Phase _phase = Phase.New;
    private string? _hold;
    private string? _team;
    private string? _person;
    private string _urgency;
    private bool _acknowledged;
    private DateTime _last;

    private IncidentStory(IReadOnlyList<IncidentRow> rows)
    {
        _rows = rows;
        _times = TimesOf(rows);
        _urgency = UrgencyOf(rows[0].Priority) ?? "normal";
        _last = rows[0].OpenedAt;
    }

    /// <summary>The line for <c>POST /v1/imports</c>.</summary>
    /// <exception cref="InvalidDataException">A row is in a state that nobody here knows.</exception>
    public static JsonObject Tell(Incident incident)
    {
        var story = new IncidentStory(incident.Rows);
        story.AnswerCall();
        for (var i = 0; i < incident.Rows.Count; i++) story.TellRow(i);
        var line = story.Opening();
        line["acts"] = story._acts;
        return line;
    }

    /// <summary>
    /// When each change was made. The log's order is kept: a row that claims to be later than one that follows it happened no later than that, and none happened before
    /// the incident was opened.
    /// </summary>
    private static DateTime[] TimesOf(IReadOnlyList<IncidentRow> rows)
    {
        var times = rows.Select(r => r.UpdatedAt).ToArray();
        for (var i = times.Length - 2; i >= 0; i--) times[i] = Earlier(times[i], times[i + 1]);
        return [.. times.Select(t => Later(t, rows[0].OpenedAt))];
    }

    private JsonObject Opening()
    {
        var first = _rows[0];
        var line = new JsonObject
        {
            ["externalReference"] = first.Number, ["kind"] = "repair", ["urgency"] = UrgencyOf(first.Priority) ?? "normal", ["description"] = Describe(first),
            ["occurredAt"] = Written(first.OpenedAt),
        };
        if (MediumOf(first.ContactType) is { } medium) line["medium"] = medium;
        if (first.Caller is { } caller) line["contact"] = new JsonObject { ["name"] = caller };
        if (first.OpenedBy is { } by) line["by"] = by;
        return line;
    }

    /// <summary>A call that somebody took was answered when it was taken.</summary>
    private void AnswerCall()
    {
        var first = _rows[0];
        if (MediumOf(first.ContactType) == "phone" && first.OpenedBy is { } by) Add("contact", first.OpenedAt, by, ("medium", "phone"));
    }

    private void TellRow(int index)
    {
        var row = _rows[index];
        var at = _times[index];
        var next = IncidentState.IsUnknown(row.State) ? _phase
            : IncidentState.PhaseOf(row.State!) ?? throw new InvalidDataException($"row {row.RowNumber}: nobody here knows the state {row.State}");
        Leave(next, row, at);
        if (next == Phase.Working && !_acknowledged)
        {
            Add("acknowledge", at, row.UpdatedBy);
            _acknowledged = true;
        }
        if (_phase is not (Phase.Closed or Phase.Cancelled))
        {
            Classify(row, at);
            Assign(row, at);
        }
        Enter(next, row, index);
    }

    /// <summary>What ends with the state that the incident leaves. Resolving and cancelling end a wait by themselves.</summary>
    private void Leave(Phase next, IncidentRow row, DateTime at)
    {
        if (_phase is Phase.Resolved or Phase.Closed && next < _phase)
        {
            Add("reopen", at, row.UpdatedBy);
            _phase = Phase.Working;
        }
        else if (_hold is not null && next is Phase.New or Phase.Working or Phase.AwaitingCustomer or Phase.AwaitingThirdParty && ReasonOf(next) != _hold)
        {
            Add("resume", at, row.UpdatedBy);
            _hold = null;
        }
    }

    private void Enter(Phase next, IncidentRow row, int index)
    {
        var at = _times[index];
        if (ReasonOf(next) is { } reason && _hold is null)
        {
            Add("hold", at, row.UpdatedBy, ("reason", reason), ("detail", row.State!));
            _hold = reason;
        }
        else if (next == Phase.Resolved && _phase != Phase.Resolved) Resolve(row, Within(index, Phase.Resolved, row.ResolvedAt));
        else if (next == Phase.Closed && _phase != Phase.Closed) Close(row, index);
        else if (next == Phase.Cancelled && _phase != Phase.Cancelled) Add("cancel", at, row.UpdatedBy);
        _phase = next;
    }

    private void Resolve(IncidentRow row, DateTime at)
    {
        Add("resolve", at, row.ResolvedBy ?? row.UpdatedBy);
        _hold = null;
    }

    /// <summary>An incident that was closed without ever being shown as resolved was resolved by then.</summary>
    private void Close(IncidentRow row, int index)
    {
        var at = Within(index, Phase.Closed, row.ClosedAt);
        if (_phase != Phase.Resolved) Resolve(row, row.ResolvedAt is { } resolved && resolved >= _last && resolved <= at ? resolved : at);
        Add("close", at, row.UpdatedBy, row.ClosureCode is { } code ? ("reason", $"Closure code: {code}") : null);
    }

    /// <summary>
    /// When a state was reached that lasts for rows on end: the log's final word, where it falls into that time; else the first such row. (Whoever edits a resolved
    /// incident and saves it as resolved again moves that word; the later time is taken, so that no deadline is met that the firm itself does not claim.)
    /// </summary>
    private DateTime Within(int index, Phase phase, DateTime? word)
    {
        var last = index;
        while (last + 1 < _rows.Count && !IncidentState.IsUnknown(_rows[last + 1].State) && IncidentState.PhaseOf(_rows[last + 1].State!) == phase) last++;
        return word is { } said && said >= _times[index] && said <= _times[last] ? said : _times[index];
    }

    private void Classify(IncidentRow row, DateTime at)
    {
        if (UrgencyOf(row.Priority) is not { } urgency || urgency == _urgency) return;
        Add("classify", at, row.UpdatedBy, ("urgency", urgency));
        _urgency = urgency;
    }

    /// <summary>A group and a person that the row names; a group without one hands the ticket to the group. Neither named: nothing is said.</summary>
    private void Assign(IncidentRow row, DateTime at)
    {
        var team = row.Group ?? _team;
        if ((row.Group is null && row.Person is null) || (team, row.Person) == (_team, _person)) return;
        (_team, _person) = (team, row.Person);
        Add("assign", at, row.UpdatedBy, row.Group is { } group ? ("team", group) : null, row.Person is { } person ? ("assignee", person) : null);
    }

    private void Add(string act, DateTime at, string? by, params (string Name, string Value)?[] fields)
    {
        _last = Later(_last, at);
        var told = new JsonObject { ["act"] = act, ["occurredAt"] = Written(_last) };
        if (by is not null) told["by"] = by;
        foreach (var field in fields)
        {
            if (field is { } given) told[given.Name] = given.Value;
        }
        _acts.Add((JsonNode)told);
    }

    private static string Describe(IncidentRow row)
    {
        (string What, string? Value)[] facts =
        [
            ("Category", row.Category), ("Subcategory", row.Subcategory), ("Symptom", row.Symptom), ("Configuration item", row.ConfigurationItem), ("Location", row.Location),
        ];
        var known = facts.Where(f => f.Value is not null).Select(f => $"{f.What}: {f.Value}").ToArray();
        return $"Incident {row.Number}, imported from ServiceNow; the log has no text of the caller's. {(known.Length == 0 ? "Nothing is known of what it was about" : string.Join("; ", known))}.";
    }

    private static string? ReasonOf(Phase phase) => phase switch
    {
        Phase.AwaitingCustomer => "awaitingCustomer",
        Phase.AwaitingThirdParty => "awaitingThirdParty",
        _ => null,
    };

    /// <summary>ServiceNow's priority weighs impact and urgency as our urgency weighs severity and scope (row I7).</summary>
    private static string? UrgencyOf(string? priority) => priority?[0] switch
    {
        '1' => "urgent",
        '2' => "important",
        '3' or '4' or '5' => "normal",
        _ => null,
    };

    private static string? MediumOf(string? contactType) => contactType?.ToUpperInvariant() switch
    {
        "PHONE" => "phone",
        "EMAIL" => "email",
        "CHAT" => "chat",
        "SELF SERVICE" or "SELF-SERVICE" => "web",
        _ => null,
    };

    private static string Written(DateTime local) => local.ToString("yyyy-MM-dd'T'HH:mm:ss", System.Globalization.CultureInfo.InvariantCulture);

    private static DateTime Earlier(DateTime one, DateTime other) => one < other ? one : other;

    private static DateTime Later(DateTime one, DateTime other) => one > other ? one : other;
}
