using System.Collections.Frozen;

namespace ServiceOrders.Domain.Intake;

/// <summary>Finds the keywords of all rules in one pass over a text: at each character it looks only at the keywords that start with it.</summary>
internal sealed class KeywordIndex(IReadOnlyList<ClassificationRule> rules)
{
    private readonly FrozenDictionary<char, (int Rule, string Keyword)[]> _byFirst = rules
        .SelectMany((rule, i) => rule.Keywords.Select(keyword => (Rule: i, Keyword: keyword)))
        .GroupBy(entry => char.ToUpperInvariant(entry.Keyword[0]))
        .ToFrozenDictionary(group => group.Key, group => group.ToArray());

    /// <summary>For each rule, whether the text has one of its keywords.</summary>
    internal bool[] MentionedIn(string text)
    {
        var found = new bool[rules.Count];
        for (var at = 0; at < text.Length; at++)
        {
            if (!_byFirst.TryGetValue(char.ToUpperInvariant(text[at]), out var candidates) || JoinsWord(text, at)) continue;
            foreach (var (rule, keyword) in candidates)
            {
                if (!found[rule] && text.AsSpan(at).StartsWith(keyword, StringComparison.OrdinalIgnoreCase) && !JoinsWord(text, at + keyword.Length)) found[rule] = true;
            }
        }
        return found;
    }

    /// <summary>Whether the place between two characters lies inside a word of Latin letters and digits.</summary>
    private static bool JoinsWord(string text, int at) =>
        at > 0 && at < text.Length && char.IsAsciiLetterOrDigit(text[at - 1]) && char.IsAsciiLetterOrDigit(text[at]);
}
