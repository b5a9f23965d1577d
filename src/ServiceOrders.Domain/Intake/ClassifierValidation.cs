using System.Text.RegularExpressions;

namespace ServiceOrders.Domain.Intake;

/// <summary>Checks classification rules, collecting every error by its field's path (<c>rules[2].keywords</c>).</summary>
public static partial class ClassifierValidation
{
    /// <summary>Rules in a set: each is tried on every request.</summary>
    public const int MaxRules = 200;

    private const int MaxValues = 100;
    private const int MaxTextLength = 100;

    /// <summary>What is wrong with the rules; empty: nothing.</summary>
    public static IReadOnlyDictionary<string, string> Errors(ClassificationRules rules)
    {
        var errors = new Dictionary<string, string>(StringComparer.Ordinal);
        if (rules.Rules is null || rules.Rules.Count > MaxRules)
        {
            errors["rules"] = $"must be at most {MaxRules} rules";
            return errors;
        }
        for (var i = 0; i < rules.Rules.Count; i++)
        {
            var rule = rules.Rules[i];
            if (rule is null) errors[$"rules[{i}]"] = "is missing";
            else if (rules.Rules.Take(i).Any(earlier => earlier?.Name == rule.Name)) errors[$"rules[{i}].name"] = "names an earlier rule";
            else Check(rule, $"rules[{i}]", errors);
        }
        return errors;
    }

    private static void Check(ClassificationRule rule, string path, Dictionary<string, string> errors)
    {
        if (rule.Name is null || !NamePattern().IsMatch(rule.Name)) errors[$"{path}.name"] = "must be 1 to 64 lower-case letters, digits and hyphens, and start with a letter or digit";
        Texts(rule.Keywords, $"{path}.keywords", errors);
        Texts(rule.Model, $"{path}.model", errors);
        Texts(rule.Region, $"{path}.region", errors);
        if (rule.Tier is null || rule.Tier.Count > MaxValues || rule.Tier.Any(tier => !Enum.IsDefined(tier))) errors[$"{path}.tier"] = "must be tiers; [] is none";
        if (rule is { Keywords.Count: 0, Model.Count: 0, Region.Count: 0, Tier.Count: 0 }) errors.TryAdd(path, "has no condition, so it would decide every request");
        if (rule is { Kind: null, Urgency: null, Complexity: null }) errors.TryAdd(path, "says nothing of kind, urgency or complexity");
    }

    private static void Texts(IReadOnlyList<string>? texts, string path, Dictionary<string, string> errors)
    {
        if (texts is null || texts.Count > MaxValues || texts.Any(text => string.IsNullOrWhiteSpace(text) || text.Length > MaxTextLength))
        {
            errors[path] = $"must be at most {MaxValues} texts of 1 to {MaxTextLength} characters; [] is none";
        }
    }

    [GeneratedRegex("^[a-z0-9][a-z0-9-]{0,63}\\z")]
    private static partial Regex NamePattern();
}
