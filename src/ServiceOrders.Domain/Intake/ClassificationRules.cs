namespace ServiceOrders.Domain.Intake;

/// <summary>The classification rules as the API writes them (row I5).</summary>
public sealed record ClassificationRules
{
    /// <summary>In order of precedence; empty: everything that is not given gets its default.</summary>
    public required IReadOnlyList<ClassificationRule> Rules { get; init; }
}
