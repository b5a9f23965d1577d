using System.Text.Json.Serialization;

namespace ServiceOrders.Domain.Calendars.Importing;

/// <summary>A year's days off and make-up working days in the JSON form in which the Chinese ones are commonly published.</summary>
public sealed record HolidayList
{
    /// <summary>The form's schema; not looked at.</summary>
    [JsonPropertyName("$schema")] public string? Schema { get; init; }
    /// <summary>Where the list came from; not looked at.</summary>
    [JsonPropertyName("$id")] public string? Id { get; init; }
    /// <summary>The year.</summary>
    public required int Year { get; init; }
    /// <summary>The notices that say so; not kept.</summary>
    public IReadOnlyList<string> Papers { get; init; } = [];
    /// <summary>The days that differ from the week.</summary>
    public required IReadOnlyList<HolidayListDay> Days { get; init; }

    /// <summary>The list as a feed: it is about its whole year, and about days of the year before that it lists as well. A make-up day is named after its holiday, 春节调休.</summary>
    /// <exception cref="InvalidFeedException">A year or date that no calendar has, a date that is listed twice, or a day that is missing.</exception>
    public HolidayFeed ToFeed()
    {
        if (Year is < BusinessCalendar.FirstYear or > BusinessCalendar.LastYear) throw new InvalidFeedException("year", $"is outside the years {BusinessCalendar.FirstYear} to {BusinessCalendar.LastYear}");
        var seen = new HashSet<DateOnly>();
        for (var i = 0; i < Days.Count; i++)
        {
            if (Days[i] is not { } day) throw new InvalidFeedException($"days[{i}]", "is missing");
            if (!seen.Add(day.Date)) throw new InvalidFeedException($"days[{i}].date", $"{day.Date:yyyy-MM-dd} is there already");
            if (Math.Abs(day.Date.Year - Year) > 1) throw new InvalidFeedException($"days[{i}].date", $"{day.Date:yyyy-MM-dd} is not about {Year}");
        }
        var (first, last) = (new DateOnly(Year, 1, 1), new DateOnly(Year, 12, 31));
        return new HolidayFeed((seen.Append(first).Min(), seen.Append(last).Max()),
            (from, to, _) => Days.Where(day => day.Date >= from && day.Date <= to).Select(day => new FeedDay(day.Date, NameOf(day), !day.IsOffDay)), []);
    }

    private static string NameOf(HolidayListDay day) => day.IsOffDay || day.Name.Contains("调休", StringComparison.Ordinal) ? day.Name : day.Name + "调休";
}

/// <summary>A day of a <see cref="HolidayList"/>.</summary>
public sealed record HolidayListDay
{
    /// <summary>The holiday that it belongs to.</summary>
    public required string Name { get; init; }
    /// <summary>The date.</summary>
    public required DateOnly Date { get; init; }
    /// <summary>True: a day off. False: a working day that makes up for one.</summary>
    public required bool IsOffDay { get; init; }
}
