using System.Globalization;

namespace ServiceOrders.Domain.Calendars.Importing;

/// <summary>A whole-day event of an iCalendar file, with its recurrences.</summary>
internal sealed class HolidayEvent
{
    private readonly DateOnly _start;
    private readonly int _days;
    private readonly RecurrenceRule? _rule;
    private readonly HashSet<DateOnly> _added, _left;

    private HolidayEvent(DateOnly start, int days, RecurrenceRule? rule, HashSet<DateOnly> added, HashSet<DateOnly> left) =>
        (_start, _days, _rule, _added, _left) = (start, days, rule, added, left);

    /// <summary>An event from its properties; null: it has a time of day.</summary>
    /// <exception cref="InvalidFeedException">A property is not what it must be.</exception>
    public static HolidayEvent? Of(int line, IReadOnlyList<ContentLine> properties)
    {
        var start = properties.FirstOrDefault(p => p.Name == "DTSTART") ?? throw new InvalidFeedException($"line {line}", "VEVENT has no DTSTART");
        if (!IsDate(start)) return null;
        var first = Date(start, start.Value);
        if (first.Year is < BusinessCalendar.FirstYear or > BusinessCalendar.LastYear) throw start.Wrong($"is outside the years {BusinessCalendar.FirstYear} to {BusinessCalendar.LastYear}");
        return new HolidayEvent(first, DaysOf(first, properties), RuleOf(first, properties),
            DatesOf(properties, "RDATE"), DatesOf(properties, "EXDATE"));
    }

    /// <summary>That a recurrence stands elsewhere, as an event of its own.</summary>
    public void LeaveOut(DateOnly recurrence) => _left.Add(recurrence);

    /// <summary>Its dates within a span, those of recurrences that began before it as well.</summary>
    /// <exception cref="FeedTooLaboriousException">That takes more than the effort allows.</exception>
    public IEnumerable<DateOnly> DatesWithin(DateOnly from, DateOnly to, FeedEffort effort)
    {
        var firstStart = from.DayNumber >= _days ? from.AddDays(1 - _days) : DateOnly.MinValue;
        var starts = (_rule?.DatesWithin(firstStart, to, effort) ?? []).Concat(_added).Append(_start).Distinct().Where(start => start >= firstStart && start <= to && !_left.Contains(start));
        foreach (var start in starts)
        {
            var last = Math.Min(to.DayNumber, start.DayNumber + _days - 1);
            for (var day = Math.Max(from.DayNumber, start.DayNumber); day <= last; day++)
            {
                effort.Spend(1);
                yield return DateOnly.FromDayNumber(day);
            }
        }
    }

    /// <summary>A date, or the date of a date with time.</summary>
    /// <exception cref="InvalidFeedException">It is neither.</exception>
    public static DateOnly Date(ContentLine line, string value) =>
        value.Length is 8 or >= 15 && (value.Length == 8 || value[8] == 'T') && DateOnly.TryParseExact(value[..8], "yyyyMMdd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var date)
            ? date : throw line.Wrong($"'{(value.Length <= 40 ? value : value[..40])}' is no date: 20261001");

    private static bool IsDate(ContentLine line) => line.Parameters.GetValueOrDefault("VALUE") is { } kind ? kind.Equals("DATE", StringComparison.OrdinalIgnoreCase) : !line.Value.Contains('T', StringComparison.Ordinal);

    private static RecurrenceRule? RuleOf(DateOnly start, IReadOnlyList<ContentLine> properties)
    {
        var rules = properties.Where(p => p.Name == "RRULE").Take(2).ToList();
        // RFC 5545, section 3.8.5.3: it should not be there more than once, and what several would mean is undefined.
        return rules.Count == 2 ? throw rules[1].Wrong("is there twice: an event recurs by one rule") : rules.Count == 1 ? RecurrenceRule.Parse(rules[0], start) : null;
    }

    private static int DaysOf(DateOnly start, IReadOnlyList<ContentLine> properties)
    {
        if (properties.FirstOrDefault(p => p.Name == "DTEND") is { } end)
        {
            var days = Date(end, end.Value).DayNumber - start.DayNumber;
            return days is > 0 and <= MostDays ? days : throw end.Wrong(days > 0 ? $"is more than {MostDays} days after DTSTART" : "is not after DTSTART: it is the first date that is free again");
        }
        if (properties.FirstOrDefault(p => p.Name == "DURATION") is not { } duration) return 1;
        var text = duration.Value.TrimStart('+');
        var unit = text.EndsWith('W') ? 7 : text.EndsWith('D') ? 1 : 0;
        return unit > 0 && text.StartsWith('P') && int.TryParse(text.AsSpan(1, text.Length - 2), NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count is > 0 and <= MostDays && count * unit <= MostDays
            ? count * unit : throw duration.Wrong($"must be whole days or weeks, P1D or P1W, and no more than {MostDays} days");
    }

    private static HashSet<DateOnly> DatesOf(IReadOnlyList<ContentLine> properties, string name) =>
        [.. properties.Where(p => p.Name == name).SelectMany(p => p.Value.Split(','), (p, value) => Date(p, value.Split('/')[0]))];

    /// <summary>Days that an event may last.</summary>
    private const int MostDays = 366;
}
