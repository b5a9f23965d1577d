using ServiceOrders.Domain.Tickets;

namespace ServiceOrders.Domain.Intake;

/// <summary>Classification on intake by rules kept as data (row I5).</summary>
/// <param name="Rules">In order: for each of kind, urgency and complexity the first rule that matches and says something decides.</param>
public sealed record Classifier(IReadOnlyList<ClassificationRule> Rules)
{
    /// <summary>No rules: everything that is not given gets its default.</summary>
    public static readonly Classifier Empty = new([]);
}

/// <summary>One rule. An empty list matches everything; a rule with no condition at all is refused.</summary>
public sealed record ClassificationRule
{
    /// <summary>Names the rule in what it decided: <c>rule:smoke</c>.</summary>
    public required string Name { get; init; }
    /// <summary>Any of these in the description, without regard to case.</summary>
    public IReadOnlyList<string> Keywords { get; init; } = [];
    /// <summary>Product models.</summary>
    public IReadOnlyList<string> Model { get; init; } = [];
    /// <summary>Regions.</summary>
    public IReadOnlyList<string> Region { get; init; } = [];
    /// <summary>Tiers.</summary>
    public IReadOnlyList<CustomerTier> Tier { get; init; } = [];
    /// <summary>The kind it says.</summary>
    public TicketKind? Kind { get; init; }
    /// <summary>The urgency it says.</summary>
    public Urgency? Urgency { get; init; }
    /// <summary>The complexity it says.</summary>
    public Complexity? Complexity { get; init; }
}
