using NodaTime;

namespace ServiceOrders.Domain.Calendars;

/// <summary>Running sums of a year's working time and working days, so that spans of years are counted without walking them. Immutable.</summary>
internal sealed class CalendarYear
{
    private readonly LocalDate _first;
    private readonly long[] _timeBefore;
    private readonly int[] _workdaysBefore;

    internal CalendarYear(int year, Func<LocalDate, long> workingTicks, Func<LocalDate, bool> isWorkday)
    {
        _first = new LocalDate(year, 1, 1);
        var days = CalendarSystem.Iso.GetDaysInYear(year);
        _timeBefore = new long[days + 1];
        _workdaysBefore = new int[days + 1];
        for (var day = 0; day < days; day++)
        {
            var date = _first.PlusDays(day);
            _timeBefore[day + 1] = _timeBefore[day] + workingTicks(date);
            _workdaysBefore[day + 1] = _workdaysBefore[day] + (isWorkday(date) ? 1 : 0);
        }
    }

    /// <summary>Working time of the whole year, in ticks.</summary>
    internal long Time => _timeBefore[^1];
    /// <summary>Working days of the whole year.</summary>
    internal int Workdays => _workdaysBefore[^1];

    /// <summary>Working time from the year's start until a date of it begins.</summary>
    internal long TimeBefore(LocalDate date) => _timeBefore[date.DayOfYear - 1];
    /// <summary>Working days of the year before a date of it.</summary>
    internal int WorkdaysBefore(LocalDate date) => _workdaysBefore[date.DayOfYear - 1];

    /// <summary>The date within which the year's working time reaches an amount, 1 to <see cref="Time"/>.</summary>
    internal LocalDate DateReaching(long time) => _first.PlusDays(FirstReaching(_timeBefore, time) - 1);
    /// <summary>The year's n-th working day, 1 to <see cref="Workdays"/>.</summary>
    internal LocalDate NthWorkday(int n) => _first.PlusDays(FirstReaching(_workdaysBefore, n) - 1);

    private static int FirstReaching<T>(T[] sums, T amount) where T : IComparable<T>
    {
        var (low, high) = (1, sums.Length - 1);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (sums[middle].CompareTo(amount) >= 0) high = middle;
            else low = middle + 1;
        }
        return low;
    }
}
