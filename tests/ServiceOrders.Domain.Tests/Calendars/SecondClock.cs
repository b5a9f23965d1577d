using System.Globalization;
using NodaTime;
using NodaTime.TimeZones;
using ServiceOrders.Domain.Calendars;

namespace ServiceOrders.Domain.Tests.Calendars;

/// <summary>
/// An oracle that counts: a wall clock that ticks second by second, and one question asked at each tick: is the latest local time that it has shown so far within working hours? Of a time zone it
/// takes the offset at an instant and nothing else, of the calendar the definition's texts. A wall clock set back shows nothing new until it has caught up, so it stays where it was.
/// </summary>
internal sealed class SecondClock
{
    private const int Day = 86_400;

    private readonly CalendarDefinition _definition;
    private readonly DateTimeZone _zone;
    private ZoneInterval? _offset;
    private readonly long _begin;
    private readonly long[] _shown;
    private readonly int[] _workedBefore;

    /// <summary>Lets the clock tick through some days.</summary>
    /// <param name="definition">The calendar.</param>
    /// <param name="begin">The first tick, a whole second.</param>
    /// <param name="days">For how many days of 24 hours.</param>
    internal SecondClock(CalendarDefinition definition, DateTimeOffset begin, int days)
    {
        _definition = definition;
        _zone = DateTimeZoneProviders.Tzdb[definition.TimeZone];
        _begin = begin.ToUnixTimeSeconds();
        _shown = new long[days * Day];
        _workedBefore = new int[_shown.Length + 1];
        var (latest, today, hours) = (long.MinValue, long.MinValue, (Hours[])[]);
        for (var tick = -2 * Day; tick < _shown.Length; tick++)
        {
            latest = Math.Max(latest, Wall(_begin + tick));
            if (tick < 0) continue;
            var date = Math.DivRem(latest, Day, out var second);
            if (date != today) (today, hours) = (date, HoursTouching(date));
            _shown[tick] = latest;
            _workedBefore[tick + 1] = _workedBefore[tick] + (Array.Exists(hours, h => h.Open <= second && second < h.Close) ? 1 : 0);
        }
    }

    /// <summary>Seconds worked from one instant to a later one.</summary>
    internal int Between(DateTimeOffset from, DateTimeOffset to) => _workedBefore[Tick(to)] - _workedBefore[Tick(from)];

    /// <summary>Seconds worked from an instant to the last tick, pauses left out.</summary>
    internal int Left(DateTimeOffset from, IReadOnlyList<(DateTimeOffset From, DateTimeOffset To)> pauses) =>
        _workedBefore[^1] - _workedBefore[Tick(from)] - pauses.Sum(p => Between(p.From, p.To));

    /// <summary>Where so many worked seconds have passed, those within a pause not counted: counted down one by one. What is used up just as a pause begins is due when the pause ends.</summary>
    internal DateTimeOffset Due(DateTimeOffset start, int seconds, IReadOnlyList<(DateTimeOffset From, DateTimeOffset To)> pauses)
    {
        var (tick, pause) = (Tick(start), 0);
        while (true)
        {
            if (pause < pauses.Count && tick == Tick(pauses[pause].From))
            {
                tick = Tick(pauses[pause++].To);
                continue;
            }
            if (seconds == 0) return At(tick);
            seconds -= _workedBefore[tick + 1] - _workedBefore[tick];
            tick++;
        }
    }

    /// <summary>Closing time of the n-th date after the start's on which working time of its own is seen to open and close; null: the clock stops before it.</summary>
    internal DateTimeOffset? DueDays(DateTimeOffset start, int days)
    {
        var date = (long)Math.Floor(Wall(start.ToUnixTimeSeconds()) / (double)Day);
        while (days > 0)
        {
            date++;
            if (FirstShowing((date + 2) * Day) is null) return null;
            if (HoursOf(date).Any(h => FirstShowing(date * Day + h.Open) < FirstShowing(date * Day + h.Close))) days--;
        }
        return At(FirstShowing(date * Day + HoursOf(date).Max(h => h.Close))!.Value);
    }

    /// <summary>The first tick at which the clock shows a local time, or one after it.</summary>
    private int? FirstShowing(long local)
    {
        var (low, high) = (0, _shown.Length);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (_shown[middle] >= local) high = middle;
            else low = middle + 1;
        }
        return low < _shown.Length ? low : null;
    }

    private int Tick(DateTimeOffset at) => (int)(at.ToUnixTimeSeconds() - _begin);
    private DateTimeOffset At(int tick) => DateTimeOffset.FromUnixTimeSeconds(_begin + tick);

    private long Wall(long unixSeconds)
    {
        var at = Instant.FromUnixTimeSeconds(unixSeconds);
        if (_offset?.Contains(at) != true) _offset = _zone.GetZoneInterval(at);
        return unixSeconds + _offset.WallOffset.Seconds;
    }

    private Hours[] HoursTouching(long date) => [.. HoursOf(date), .. HoursOf(date - 1).Select(h => new Hours(h.Open - Day, h.Close - Day))];

    private IEnumerable<Hours> HoursOf(long date)
    {
        var day = DateOnly.FromDayNumber((int)(date + DateOnly.FromDateTime(DateTime.UnixEpoch).DayNumber));
        var intervals = _definition.Days.FirstOrDefault(d => d.Date == day)?.Intervals ?? _definition.Week.GetValueOrDefault(day.DayOfWeek.ToString().ToLowerInvariant()) ?? [];
        return intervals.Select(i => (Open: Seconds(i[0]), Close: Seconds(i[1]))).Select(h => new Hours(h.Open, h.Close < h.Open ? h.Close + Day : h.Close));
    }

    private static int Seconds(string time) => int.Parse(time[..2], CultureInfo.InvariantCulture) * 3600 + int.Parse(time[3..], CultureInfo.InvariantCulture) * 60;

    /// <summary>Working hours in seconds after a date's midnight.</summary>
    private readonly record struct Hours(int Open, int Close);
}
