using ServiceOrders.Domain.Tickets;

namespace ServiceOrders.Domain.Intake;

/// <summary>Classification on intake by rules kept as data (row I5): what the request does not say, the first rule that matches and says something decides.</summary>
/// <param name="Rules">In order of precedence, for each of kind, urgency and complexity apart.</param>
public sealed record Classifier(IReadOnlyList<ClassificationRule> Rules)
{
    /// <summary>The kind of a request that names none and that no rule knows: someone has to ask, so it is a question.</summary>
    public const TicketKind DefaultKind = TicketKind.Consultation;
    /// <summary>The urgency of a request that names none and that no rule knows.</summary>
    public const Urgency DefaultUrgency = Urgency.Normal;
    /// <summary>The complexity of a request that names none and that no rule knows.</summary>
    public const Complexity DefaultComplexity = Complexity.Standard;

    private readonly KeywordIndex _keywords = new(Rules);

    /// <summary>No rules: everything that is not given gets its default.</summary>
    public static readonly Classifier Empty = new([]);

    /// <summary>Classifies a request. What is given is kept; the rest comes from the rules, else from the defaults.</summary>
    /// <param name="kind">The kind, when the request names it.</param>
    /// <param name="urgency">The urgency, when the request names it.</param>
    /// <param name="complexity">The complexity, when the request names it.</param>
    /// <param name="description">The problem, in plain text.</param>
    /// <param name="product">The product, when known.</param>
    /// <param name="region">The region, when known.</param>
    /// <param name="tier">The customer's tier.</param>
    public ClassificationResult Classify(
        TicketKind? kind, Urgency? urgency, Complexity? complexity, string description, ProductInfo? product, string? region, CustomerTier tier)
    {
        var mentioned = _keywords.MentionedIn(description);
        var matching = Rules.Where((rule, i) => (rule.Keywords.Count == 0 || mentioned[i]) && rule.AppliesTo(product, region, tier)).ToList();
        var (decidedKind, kindSource) = Decide(kind, matching, rule => rule.Kind, DefaultKind);
        var (decidedUrgency, urgencySource) = Decide(urgency, matching, rule => rule.Urgency, DefaultUrgency);
        var (decidedComplexity, complexitySource) = Decide(complexity, matching, rule => rule.Complexity, DefaultComplexity);
        return new ClassificationResult(
            decidedKind, decidedUrgency, decidedComplexity, new ClassificationSources(kindSource, urgencySource, complexitySource));
    }

    private static (T Value, string Source) Decide<T>(T? given, List<ClassificationRule> matching, Func<ClassificationRule, T?> says, T otherwise)
        where T : struct
    {
        if (given is { } value) return (value, "given");
        foreach (var rule in matching)
        {
            if (says(rule) is { } said) return (said, $"rule:{rule.Name}");
        }
        return (otherwise, "default");
    }
}

/// <summary>What a classification came to.</summary>
/// <param name="Kind">The kind.</param>
/// <param name="Urgency">The urgency.</param>
/// <param name="Complexity">The complexity.</param>
/// <param name="Sources">Where each came from: <c>given</c>, <c>rule:…</c> or <c>default</c>.</param>
public sealed record ClassificationResult(TicketKind Kind, Urgency Urgency, Complexity Complexity, ClassificationSources Sources);
