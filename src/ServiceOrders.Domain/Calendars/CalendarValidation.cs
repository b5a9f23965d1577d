using System.Text.RegularExpressions;
using NodaTime;

namespace ServiceOrders.Domain.Calendars;

/// <summary>Checks a calendar's definition and reads it, collecting every error by its field's path.</summary>
internal sealed partial class CalendarValidation
{
    private const int MaxIntervals = 24;
    private const int MaxDays = 5_000;
    private const int MaxNameLength = 100;

    private readonly Dictionary<string, string> _errors = [];

    /// <summary>The zone and hours that a definition means.</summary>
    /// <exception cref="InvalidCalendarException">It has errors.</exception>
    internal static (DateTimeZone Zone, WorkingHours Hours) Check(CalendarDefinition definition)
    {
        var check = new CalendarValidation();
        var zone = check.Zone(definition);
        check.Known(definition);
        var week = check.Week(definition.Week ?? new Dictionary<string, IReadOnlyList<IReadOnlyList<string>>>());
        var special = check.Days(definition.Days ?? []);
        var hours = new WorkingHours(week, special.ToDictionary(day => day.Key, day => day.Value.Shifts));
        check.Neighbours(hours, special);
        // Special days alone come to an end, and with them every promise that is counted on the calendar.
        if (check._errors.Count == 0 && week.All(day => day.Length == 0)) check.Error("week", "has no working time");
        return check._errors.Count == 0 ? (zone!, hours) : throw new InvalidCalendarException(check._errors);
    }

    private void Error(string path, string what) => _errors.TryAdd(path, what);

    private DateTimeZone? Zone(CalendarDefinition definition)
    {
        if (definition.Name is null || !NamePattern().IsMatch(definition.Name)) Error("name", "must be 1 to 64 lower-case letters, digits and hyphens, and start with a letter or digit");
        var zone = definition.TimeZone is null ? null : DateTimeZoneProviders.Tzdb.GetZoneOrNull(definition.TimeZone);
        if (zone is null) Error("timeZone", "is no IANA time zone (Asia/Shanghai)");
        return zone;
    }

    private void Known(CalendarDefinition definition)
    {
        InRange("knownFrom", definition.KnownFrom);
        InRange("knownUntil", definition.KnownUntil);
        if (definition.KnownUntil < definition.KnownFrom) Error("knownUntil", "is before knownFrom");
    }

    private bool InRange(string path, DateOnly? date)
    {
        if (date is not { Year: < BusinessCalendar.FirstYear or > BusinessCalendar.LastYear }) return true;
        Error(path, $"is outside the years {BusinessCalendar.FirstYear} to {BusinessCalendar.LastYear}");
        return false;
    }

    private Shift[][] Week(IReadOnlyDictionary<string, IReadOnlyList<IReadOnlyList<string>>> week)
    {
        foreach (var name in week.Keys.Except(CalendarDefinition.Weekdays))
        {
            Error($"week.{name}", $"is no weekday; the weekdays are {string.Join(", ", CalendarDefinition.Weekdays)}");
        }
        return CalendarDefinition.Weekdays.Select(name => week.TryGetValue(name, out var intervals) ? Shifts($"week.{name}", intervals) : []).ToArray();
    }

    private Dictionary<LocalDate, (string Path, Shift[] Shifts)> Days(IReadOnlyList<SpecialDay> days)
    {
        var special = new Dictionary<LocalDate, (string, Shift[])>();
        if (days.Count > MaxDays)
        {
            Error("days", $"has more than {MaxDays} dates");
            return special;
        }
        for (var i = 0; i < days.Count; i++)
        {
            if (days[i] is not { } day)
            {
                Error($"days[{i}]", "is missing");
                continue;
            }
            if (day.Name?.Length > MaxNameLength) Error($"days[{i}].name", $"is longer than {MaxNameLength} characters");
            if (!InRange($"days[{i}].date", day.Date)) continue;
            var path = $"days[{i}].intervals";
            if (!special.TryAdd(LocalDate.FromDateOnly(day.Date), (path, Shifts(path, day.Intervals)))) Error($"days[{i}].date", $"{day.Date:yyyy-MM-dd} is there already");
        }
        return special;
    }

    private Shift[] Shifts(string path, IReadOnlyList<IReadOnlyList<string>>? intervals)
    {
        if (intervals is null || intervals.Count > MaxIntervals)
        {
            Error(path, intervals is null ? "is missing; a day off is []" : $"has more than {MaxIntervals} intervals");
            return [];
        }
        var shifts = new List<(Shift Shift, string Path)>(intervals.Count);
        for (var i = 0; i < intervals.Count; i++)
        {
            if (ReadShift($"{path}[{i}]", intervals[i]) is { } shift) shifts.Add((shift, $"{path}[{i}]"));
        }
        shifts.Sort((a, b) => a.Shift.Start.CompareTo(b.Shift.Start));
        foreach (var (earlier, later) in shifts.Zip(shifts.Skip(1)))
        {
            if (later.Shift.Start < earlier.Shift.End) Error(later.Path, "overlaps with another interval of the day");
        }
        return shifts.Select(s => s.Shift).ToArray();
    }

    private Shift? ReadShift(string path, IReadOnlyList<string>? interval)
    {
        if (interval is not [var from, var to] || Minutes(from) is not { } start || Minutes(to) is not { } end || start == WorkingHours.Day)
        {
            Error(path, "must be two local times, [\"09:00\", \"12:00\"]; the second may be \"24:00\"");
            return null;
        }
        if (start == end)
        {
            Error(path, "starts and ends at the same time; a whole day is [\"00:00\", \"24:00\"]");
            return null;
        }
        return new Shift(start, end < start ? end + WorkingHours.Day : end);
    }

    private static int? Minutes(string? time) =>
        time is not null && TimePattern().IsMatch(time) ? (time[0] - '0') * 600 + (time[1] - '0') * 60 + (time[3] - '0') * 10 + (time[4] - '0') : null;

    /// <summary>A night shift must end before the next day's first shift starts: on every pair of weekdays, and around every special day.</summary>
    private void Neighbours(WorkingHours hours, Dictionary<LocalDate, (string Path, Shift[] Shifts)> special)
    {
        // A week before the first special day, so that it is the plain week.
        var monday = new LocalDate(BusinessCalendar.FirstYear - 1, 1, 2);
        for (var day = 0; day < 7; day++) Neighbour(hours, monday.PlusDays(day), $"week.{CalendarDefinition.Weekdays[day]}");
        foreach (var (date, (path, _)) in special)
        {
            Neighbour(hours, date.PlusDays(-1), path);
            Neighbour(hours, date, path);
        }
    }

    private void Neighbour(WorkingHours hours, LocalDate date, string path)
    {
        if (hours.On(date) is [.., var last] && hours.On(date.PlusDays(1)) is [var first, ..] && last.End - WorkingHours.Day > first.Start)
        {
            Error(path, $"the shift over midnight of {date.DayOfWeek} to {date.PlusDays(1).DayOfWeek} overlaps with that day's first interval");
        }
    }

    [GeneratedRegex("^[a-z0-9][a-z0-9-]{0,63}\\z")]
    private static partial Regex NamePattern();

    [GeneratedRegex("^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)\\z")]
    private static partial Regex TimePattern();
}

/// <summary>A definition that is no calendar.</summary>
/// <param name="errors">What is wrong, by field path.</param>
public sealed class InvalidCalendarException(IReadOnlyDictionary<string, string> errors)
    : Exception("The calendar has errors: " + string.Join("; ", errors.Select(e => $"{e.Key} {e.Value}")))
{
    /// <summary>What is wrong, by field path (<c>week.monday[0]</c>).</summary>
    public IReadOnlyDictionary<string, string> Errors { get; } = errors;
}
