using System.Globalization;
using System.Text.RegularExpressions;

namespace ServiceOrders.Domain.Retention;

/// <summary>Ages in years and months of the calendar, in UTC: three years from the 29th of February end on the 28th. No days, so that an age is the same number of months whenever it is counted.</summary>
public static partial class RetentionAge
{
    /// <summary>记录存档期限为3年 (000, 001): nothing is archived or deleted earlier.</summary>
    public const int FloorMonths = 36;

    /// <summary>A hundred years.</summary>
    public const int MostMonths = 1_200;

    /// <summary>How many months an age is; null: it is none.</summary>
    public static int? TryMonths(string? age)
    {
        if (age is null || Form().Match(age) is not { Success: true } match) return null;
        return Number(match.Groups["years"]) * 12 + Number(match.Groups["months"]);
    }

    /// <summary>When an age that began at an instant is over.</summary>
    /// <exception cref="FormatException">The age is none.</exception>
    public static DateTimeOffset Ends(DateTimeOffset since, string age) => since.AddMonths(TryMonths(age) ?? throw new FormatException($"{age} is no age."));

    private static int Number(Group digits) => digits.Success ? int.Parse(digits.Value, CultureInfo.InvariantCulture) : 0;

    [GeneratedRegex(@"^P(?=\d)(?:(?<years>\d{1,3})Y)?(?:(?<months>\d{1,4})M)?\z", RegexOptions.CultureInvariant)]
    private static partial Regex Form();
}
