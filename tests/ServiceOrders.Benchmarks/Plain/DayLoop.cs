using System.Globalization;
using ServiceOrders.Domain.Calendars;

namespace ServiceOrders.Benchmarks.Plain;

/// <summary>The yardstick of the calculator: the plain way, day by day, each day's hours looked up in a dictionary. For a zone whose clocks never change.</summary>
/// <param name="definition">The calendar.</param>
/// <param name="offset">The zone's offset.</param>
internal sealed class DayLoop(CalendarDefinition definition, TimeSpan offset)
{
    private readonly (TimeSpan Open, TimeSpan Close)[][] _week = [.. CalendarDefinition.Weekdays.Select(day => Hours(definition.Week.GetValueOrDefault(day) ?? []))];
    private readonly Dictionary<DateTime, (TimeSpan Open, TimeSpan Close)[]> _special = definition.Days.ToDictionary(day => day.Date.ToDateTime(default), day => Hours(day.Intervals));

    public DateTimeOffset Add(DateTimeOffset start, TimeSpan working)
    {
        for (var (date, from) = (start.ToOffset(offset).Date, start.ToOffset(offset).TimeOfDay); ; (date, from) = (date.AddDays(1), TimeSpan.Zero))
        {
            foreach (var (open, close) in On(date))
            {
                var begin = open > from ? open : from;
                if (begin >= close) continue;
                if (working <= close - begin) return new DateTimeOffset(date + begin + working, offset);
                working -= close - begin;
            }
        }
    }

    public TimeSpan Between(DateTimeOffset start, DateTimeOffset end)
    {
        var (first, last, sum) = (start.ToOffset(offset), end.ToOffset(offset), TimeSpan.Zero);
        for (var date = first.Date; date <= last.Date; date = date.AddDays(1))
        {
            var (from, to) = (date == first.Date ? first.TimeOfDay : TimeSpan.Zero, date == last.Date ? last.TimeOfDay : TimeSpan.FromDays(1));
            foreach (var (open, close) in On(date))
            {
                var (begin, until) = (open > from ? open : from, close < to ? close : to);
                if (begin < until) sum += until - begin;
            }
        }
        return sum;
    }

    private (TimeSpan Open, TimeSpan Close)[] On(DateTime date) => _special.TryGetValue(date, out var hours) ? hours : _week[((int)date.DayOfWeek + 6) % 7];

    private static (TimeSpan Open, TimeSpan Close)[] Hours(IReadOnlyList<IReadOnlyList<string>> intervals) => [.. intervals.Select(i => (Time(i[0]), Time(i[1])))];
    private static TimeSpan Time(string text) => TimeSpan.ParseExact(text, "hh\\:mm", CultureInfo.InvariantCulture);
}
