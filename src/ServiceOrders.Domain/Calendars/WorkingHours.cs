using NodaTime;

namespace ServiceOrders.Domain.Calendars;

/// <summary>A working interval in minutes after midnight of the date that it belongs to; past 1,440 it runs over midnight.</summary>
internal readonly record struct Shift(int Start, int End);

/// <summary>Which local hours are worked on a date: the week, and the dates that differ from it. Says nothing of time zones.</summary>
/// <param name="week">From Monday to Sunday, each day's shifts in order.</param>
/// <param name="special">The dates that differ.</param>
internal sealed class WorkingHours(Shift[][] week, Dictionary<LocalDate, Shift[]> special)
{
    /// <summary>Minutes in a day.</summary>
    internal const int Day = 24 * 60;

    /// <summary>The shifts that belong to a date: those that start on it, in order.</summary>
    internal Shift[] On(LocalDate date) => special.TryGetValue(date, out var shifts) ? shifts : week[(int)date.DayOfWeek - 1];

    /// <summary>The minutes of a date that are worked: the end of the night shift from the day before, then the day's own, up to midnight.</summary>
    internal IEnumerable<Shift> Within(LocalDate date)
    {
        foreach (var shift in On(date.PlusDays(-1)))
        {
            if (shift.End > Day) yield return new Shift(0, shift.End - Day);
        }
        foreach (var shift in On(date))
        {
            yield return shift with { End = Math.Min(shift.End, Day) };
        }
    }
}
