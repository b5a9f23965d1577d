using System.Text.RegularExpressions;
using System.Xml;

namespace ServiceOrders.Domain.Deadlines;

/// <summary>ISO 8601 durations as policies and the API use them: days, hours, minutes and seconds. Months and years have no fixed length and are refused.</summary>
public static partial class Durations
{
    /// <summary>A duration; null when the text is none, or has years, months or weeks, or is past what a clock can count.</summary>
    public static TimeSpan? TryParse(string? text)
    {
        if (text is null || text.Length > 40 || !Pattern().IsMatch(text)) return null;
        try
        {
            return XmlConvert.ToTimeSpan(text);
        }
        catch (Exception wrong) when (wrong is FormatException or OverflowException)
        {
            return null;
        }
    }

    [GeneratedRegex("^-?P(?=[0-9T])([0-9]+D)?(T(?=[0-9])([0-9]+H)?([0-9]+M)?([0-9]+(\\.[0-9]{1,7})?S)?)?\\z")]
    private static partial Regex Pattern();
}
