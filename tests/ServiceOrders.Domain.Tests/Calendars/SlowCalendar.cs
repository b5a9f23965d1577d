using System.Globalization;
using NodaTime;
using ServiceOrders.Domain.Calendars;

namespace ServiceOrders.Domain.Tests.Calendars;

/// <summary>
/// An oracle that shares no idea with the calendar under test: it lets a wall clock run minute by minute and asks at each minute whether the latest local time that the
/// clock has shown so far is within an interval. (A wall clock set back shows nothing new until it has caught up, so it stays where it was.)
/// </summary>
internal sealed class SlowCalendar
{
    private const int Day = 1440;
    private readonly DateTime _begin;
    private readonly bool[] _works;
    private readonly DateTime[] _shown;
    private readonly CalendarDefinition _definition;
    private readonly DateTimeZone _zone;
    private readonly Dictionary<DateOnly, (int Start, int End)[]> _intervals = [];

    /// <summary>Runs the clock from <paramref name="begin"/> (whole minutes, UTC) for some days.</summary>
    internal SlowCalendar(CalendarDefinition definition, DateTimeOffset begin, int days)
    {
        _definition = definition;
        _zone = DateTimeZoneProviders.Tzdb[definition.TimeZone];
        _begin = begin.UtcDateTime;
        _works = new bool[days * Day];
        _shown = new DateTime[days * Day];
        var latest = DateTime.MinValue;
        for (var minute = -2 * Day; minute < _works.Length; minute++)
        {
            var local = Wall(_begin.AddMinutes(minute));
            if (local > latest) latest = local;
            if (minute < 0) continue;
            _shown[minute] = latest;
            _works[minute] = Works(latest);
        }
    }

    internal TimeSpan Between(DateTimeOffset from, DateTimeOffset to)
    {
        var total = TimeSpan.Zero;
        for (var minute = Index(from); minute <= Index(to) && minute < _works.Length; minute++)
        {
            if (!_works[minute]) continue;
            var (start, end) = (_begin.AddMinutes(minute), _begin.AddMinutes(minute + 1));
            total += Min(end, to.UtcDateTime) - Max(start, from.UtcDateTime);
        }
        return total;
    }

    internal DateTimeOffset? Add(DateTimeOffset start, TimeSpan working)
    {
        if (working == TimeSpan.Zero) return start;
        for (var minute = Index(start); minute < _works.Length; minute++)
        {
            if (!_works[minute]) continue;
            var open = Max(_begin.AddMinutes(minute), start.UtcDateTime);
            var left = _begin.AddMinutes(minute + 1) - open;
            if (working <= left) return new DateTimeOffset(open + working, TimeSpan.Zero);
            working -= left;
        }
        return null;
    }

    /// <summary>The first minute at which the wall clock has reached the closing time of the n-th date after the start's with working time of its own.</summary>
    internal DateTimeOffset? AddDays(DateTimeOffset start, int days)
    {
        var date = DateOnly.FromDateTime(Wall(start.UtcDateTime));
        while (days > 0)
        {
            date = date.AddDays(1);
            if (FirstShown(date, Day) is null) return null;
            if (Intervals(date).Any(i => FirstShown(date, i.Start) < FirstShown(date, i.End) || FirstShown(date, i.End) is null)) days--;
        }
        return FirstShown(date, Intervals(date).Max(i => i.End)) is { } at ? new DateTimeOffset(_begin.AddMinutes(at), TimeSpan.Zero) : null;
    }

    private int? FirstShown(DateOnly date, int minute)
    {
        var index = Array.BinarySearch(_shown, date.ToDateTime(default).AddMinutes(minute));
        if (index < 0) index = ~index;
        while (index > 0 && index < _shown.Length && _shown[index - 1] == _shown[index]) index--;
        return index < _shown.Length ? index : null;
    }

    private DateTime Wall(DateTime utc) => utc.AddTicks(_zone.GetUtcOffset(Instant.FromDateTimeUtc(DateTime.SpecifyKind(utc, DateTimeKind.Utc))).Ticks);
    private int Index(DateTimeOffset at) => (int)Math.Floor((at.UtcDateTime - _begin).TotalMinutes);

    private bool Works(DateTime local)
    {
        var (date, minute) = (DateOnly.FromDateTime(local), local.Hour * 60 + local.Minute);
        return Array.Exists(Intervals(date), i => i.Start <= minute && minute < i.End) || Array.Exists(Intervals(date.AddDays(-1)), i => i.Start <= minute + Day && minute + Day < i.End);
    }

    private (int Start, int End)[] Intervals(DateOnly date) => _intervals.TryGetValue(date, out var known) ? known : _intervals[date] = Read(date).ToArray();

    private IEnumerable<(int Start, int End)> Read(DateOnly date)
    {
        var intervals = _definition.Days.FirstOrDefault(d => d.Date == date)?.Intervals
            ?? _definition.Week.GetValueOrDefault(date.DayOfWeek.ToString().ToLowerInvariant()) ?? [];
        foreach (var interval in intervals)
        {
            var (start, end) = (Minutes(interval[0]), Minutes(interval[1]));
            yield return (start, end < start ? end + Day : end);
        }
    }

    private static int Minutes(string time) => int.Parse(time[..2], CultureInfo.InvariantCulture) * 60 + int.Parse(time[3..], CultureInfo.InvariantCulture);
    private static DateTime Max(DateTime a, DateTime b) => a > b ? a : b;
    private static DateTime Min(DateTime a, DateTime b) => a < b ? a : b;
}
