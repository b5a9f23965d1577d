using ServiceOrders.Domain.Tickets;

namespace ServiceOrders.Domain.Intake;

/// <summary>One rule of the classification on intake. An empty list matches everything; a rule with no condition at all is refused.</summary>
public sealed record ClassificationRule
{
    /// <summary>Names the rule in what it decided: <c>rule:smoke</c>.</summary>
    public required string Name { get; init; }
    /// <summary>
    /// Any of these in the description, without regard to case. Latin letters and digits match whole words only, so that <c>fire</c> is not found in
    /// <c>firewall</c>; Chinese, which sets no spaces, matches anywhere.
    /// </summary>
    public IReadOnlyList<string> Keywords { get; init; } = [];
    /// <summary>Product models, without regard to case.</summary>
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

    /// <summary>Whether the rule is for such a request, its keywords aside: every list that is not empty holds one of its facts.</summary>
    internal bool AppliesTo(ProductInfo? product, string? region, CustomerTier tier) =>
        (Model.Count == 0 || Model.Contains(product?.Model, StringComparer.OrdinalIgnoreCase))
        && (Region.Count == 0 || Region.Contains(region, StringComparer.Ordinal))
        && (Tier.Count == 0 || Tier.Contains(tier));
}
