using System.Globalization;
using System.Text;

namespace ServiceOrders.Audit.Evidence;

/// <summary>Makes texts of a file that nobody has vouched for fit to be shown: nothing in them moves a cursor, hides a line, or turns the reading direction.</summary>
public static class Printable
{
    private const int MostCharacters = 2_000;

    /// <summary>The text, with every control, format and separator character and every half of a pair as <c>\uXXXX</c>, cut after 2,000 characters.</summary>
    public static string Of(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var shown = new StringBuilder(Math.Min(text.Length, MostCharacters));
        foreach (var rune in text.EnumerateRunes())
        {
            if (shown.Length >= MostCharacters) return shown.Append('…').ToString();
            if (IsPlain(rune)) shown.Append(rune);
            else shown.Append(CultureInfo.InvariantCulture, $"\\u{rune.Value:x4}");
        }
        return shown.ToString();
    }

    // What is no Unicode is enumerated as the replacement character.
    private static bool IsPlain(Rune rune) => Rune.GetUnicodeCategory(rune)
        is not (UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned);
}
