namespace ServiceOrders.Cli.ServiceNow;

/// <summary>A row of ServiceNow's incident log: the incident as it stood after one change. What is unknown there (<c>?</c>) is null here; times are local.</summary>
public sealed record IncidentRow
{
    /// <summary>Where in the file it stands, from 1, the header counted.</summary>
    public required long RowNumber { get; init; }
    /// <summary>The incident's number.</summary>
    public required string Number { get; init; }
    /// <summary>Where it stood: <c>New</c>, <c>Active</c>, <c>Awaiting User Info</c> ….</summary>
    public required string? State { get; init; }
    /// <summary>When it was opened.</summary>
    public required DateTime OpenedAt { get; init; }
    /// <summary>When the change was made.</summary>
    public required DateTime UpdatedAt { get; init; }
    /// <summary>Who made it.</summary>
    public string? UpdatedBy { get; init; }
    /// <summary>Who opened the incident.</summary>
    public string? OpenedBy { get; init; }
    /// <summary>Who called.</summary>
    public string? Caller { get; init; }
    /// <summary>How: <c>Phone</c> ….</summary>
    public string? ContactType { get; init; }
    /// <summary>Where.</summary>
    public string? Location { get; init; }
    /// <summary>What it is about.</summary>
    public string? Category { get; init; }
    /// <summary>More exactly.</summary>
    public string? Subcategory { get; init; }
    /// <summary>What the caller perceives.</summary>
    public string? Symptom { get; init; }
    /// <summary>The configuration item affected.</summary>
    public string? ConfigurationItem { get; init; }
    /// <summary><c>1 - Critical</c> to <c>4 - Low</c>, which ServiceNow derives from impact and urgency.</summary>
    public string? Priority { get; init; }
    /// <summary>The group responsible.</summary>
    public string? Group { get; init; }
    /// <summary>The person responsible.</summary>
    public string? Person { get; init; }
    /// <summary>How it was closed.</summary>
    public string? ClosureCode { get; init; }
    /// <summary>Who resolved it: the final word, repeated in every row.</summary>
    public string? ResolvedBy { get; init; }
    /// <summary>When it was resolved: the final word, repeated in every row.</summary>
    public DateTime? ResolvedAt { get; init; }
    /// <summary>When it was closed: the final word, repeated in every row.</summary>
    public DateTime? ClosedAt { get; init; }
    /// <summary>Whether the firm's own deadline was kept, so far.</summary>
    public bool? MadeSla { get; init; }
}

/// <summary>All rows of one incident, in the file's order.</summary>
/// <param name="Number">Its number.</param>
/// <param name="Rows">At least one.</param>
public sealed record Incident(string Number, IReadOnlyList<IncidentRow> Rows);

/// <summary>Something in the file that cannot be read as an incident.</summary>
/// <param name="RowNumber">Where, from 1, the header counted.</param>
/// <param name="Number">The incident's number, when that much can be read.</param>
/// <param name="Reason">What is wrong.</param>
public sealed record UnreadableRow(long RowNumber, string? Number, string Reason);
