using System.Text.RegularExpressions;
using ServiceOrders.Domain.Tickets;

namespace ServiceOrders.Domain.Retention;

/// <summary>Checks retention rules, collecting every error by its field's path (<c>rules[2].age</c>).</summary>
public static partial class RetentionValidation
{
    /// <summary>Rules in a set.</summary>
    public const int MaxRules = 20;

    /// <summary>What is wrong with the rules; empty: nothing.</summary>
    public static IReadOnlyDictionary<string, string> Errors(RetentionRules rules)
    {
        ArgumentNullException.ThrowIfNull(rules);
        var errors = new Dictionary<string, string>(StringComparer.Ordinal);
        if (rules.Rules is null || rules.Rules.Count > MaxRules)
        {
            errors["rules"] = $"must be at most {MaxRules} rules";
            return errors;
        }
        for (var i = 0; i < rules.Rules.Count; i++)
        {
            if (rules.Rules[i] is null) errors[$"rules[{i}]"] = "is missing";
            else Check(rules.Rules[i], $"rules[{i}]", errors);
        }
        if (errors.Count == 0) CheckTogether(rules.Rules, errors);
        return errors;
    }

    private static void Check(RetentionRule rule, string path, Dictionary<string, string> errors)
    {
        if (rule.Name is null || !NamePattern().IsMatch(rule.Name)) errors[$"{path}.name"] = "must be 1 to 64 lower-case letters, digits and hyphens, and start with a letter or digit";
        if (!Enum.IsDefined(rule.Action)) errors[$"{path}.action"] = "must be archive or delete";
        CheckKinds(rule.Kind, path, errors);
        if (RetentionAge.TryMonths(rule.Age) is not { } months) errors[$"{path}.age"] = "must be an ISO 8601 duration in years and months, such as P3Y or P7Y6M";
        else if (months < RetentionAge.FloorMonths) errors[$"{path}.age"] = "must be P3Y at least: records are kept for three years after closing";
        else if (months > RetentionAge.MostMonths) errors[$"{path}.age"] = "must be P100Y at most; to keep for ever, leave the kind out";
    }

    private static void CheckKinds(IReadOnlyList<TicketKind>? kinds, string path, Dictionary<string, string> errors)
    {
        if (kinds is null)
        {
            errors[$"{path}.kind"] = "must be a list of kinds; [] is all of them";
            return;
        }
        for (var i = 0; i < kinds.Count; i++)
        {
            if (!Enum.IsDefined(kinds[i])) errors[$"{path}.kind[{i}]"] = "is not one of the known kinds";
            else if (kinds.Take(i).Contains(kinds[i])) errors[$"{path}.kind[{i}]"] = "is named twice";
        }
    }

    /// <summary>Which rule a ticket falls under must not hang on their order, and nothing is to be archived that is already deleted.</summary>
    private static void CheckTogether(IReadOnlyList<RetentionRule> rules, Dictionary<string, string> errors)
    {
        for (var i = 0; i < rules.Count; i++)
        {
            var rule = rules[i];
            if (rules.Take(i).Any(earlier => earlier.Name == rule.Name)) errors[$"rules[{i}].name"] = "names an earlier rule";
            if (rules.Take(i).FirstOrDefault(earlier => earlier.Action == rule.Action && Overlap(earlier, rule) is not null) is { } first)
                errors[$"rules[{i}].kind"] = $"overlaps with rule {first.Name}: both {Verb(rule.Action)} {Named(Overlap(first, rule)!.Value)}";
            if (rule.Action == RetentionAction.Delete && rules.FirstOrDefault(other => other.Action == RetentionAction.Archive && Overlap(other, rule) is not null && !Longer(rule, other)) is { } archive)
                errors[$"rules[{i}].age"] = $"must be longer than {archive.Age}, at which rule {archive.Name} archives {Named(Overlap(archive, rule)!.Value)}";
        }
    }

    /// <summary>The first kind that both are for; null: none.</summary>
    private static TicketKind? Overlap(RetentionRule one, RetentionRule other) =>
        Enum.GetValues<TicketKind>().Where(kind => one.AppliesTo(kind) && other.AppliesTo(kind)).Select(kind => (TicketKind?)kind).FirstOrDefault();

    private static bool Longer(RetentionRule one, RetentionRule other) => RetentionAge.TryMonths(one.Age) > RetentionAge.TryMonths(other.Age);

    private static string Verb(RetentionAction action) => action == RetentionAction.Archive ? "archive" : "delete";

    private static string Named(TicketKind kind) => $"tickets of kind {System.Text.Json.JsonNamingPolicy.CamelCase.ConvertName(kind.ToString())}";

    [GeneratedRegex("^[a-z0-9][a-z0-9-]{0,63}\\z")]
    private static partial Regex NamePattern();
}
