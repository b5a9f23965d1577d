using NodaTime;

namespace ServiceOrders.Domain.Calendars;

/// <summary>
/// A version of a business calendar (row D2), ready to compute with, to the tick. Immutable and safe for concurrent use. Sums per year are made when first needed
/// and kept, so that a due time years away costs microseconds.
/// <para>
/// Where clocks change: a local time that is skipped counts as the instant of the change, one that comes twice as its first coming. An hour that comes twice within
/// working time is therefore worked twice, one that is skipped is not worked, and a day from 00:00 to 24:00 has 23, 24 or 25 hours.
/// </para>
/// </summary>
public sealed class BusinessCalendar
{
    /// <summary>First year that calendars compute with.</summary>
    public const int FirstYear = 1900;
    /// <summary>Last year that calendars compute with.</summary>
    public const int LastYear = 2200;

    /// <summary>The end of the years that calendars compute with: a due time beyond it is put here.</summary>
    public static readonly DateTimeOffset Horizon = new(LastYear, 12, 31, 0, 0, 0, TimeSpan.Zero);

    /// <summary>Their beginning. A day inside, so that its local date, too, lies within them in every time zone.</summary>
    public static readonly DateTimeOffset Dawn = new(FirstYear, 1, 2, 0, 0, 0, TimeSpan.Zero);

    /// <summary>The 7×24 calendar, version 1. Its dates are those of UTC.</summary>
    public static readonly BusinessCalendar Always = Compile(CalendarDefinition.Always, 1);

    private static readonly TimeSpan LongestSpan = TimeSpan.FromDays(366 * (LastYear - FirstYear + 1));

    private readonly ZoneClock _clock;
    private readonly WorkingHours _hours;
    private readonly CalendarYear?[] _years = new CalendarYear?[LastYear - FirstYear + 1];
    private readonly long _knownFrom;
    private readonly long _knownUntil;

    private BusinessCalendar(CalendarDefinition definition, int version, DateTimeZone zone, WorkingHours hours)
    {
        Definition = definition;
        Version = version;
        _clock = new ZoneClock(zone);
        _hours = hours;
        _knownFrom = definition.KnownFrom is { } first ? _clock.Ticks(LocalDate.FromDateOnly(first), 0) : long.MinValue;
        _knownUntil = definition.KnownUntil is { } last ? _clock.Ticks(LocalDate.FromDateOnly(last), WorkingHours.Day) : long.MaxValue;
    }

    /// <summary>What it was compiled from.</summary>
    public CalendarDefinition Definition { get; }
    /// <summary>Its name.</summary>
    public string Name => Definition.Name;
    /// <summary>Its version, from 1; 0 for a candidate that was never published.</summary>
    public int Version { get; }

    /// <summary>Compiles a definition.</summary>
    /// <exception cref="InvalidCalendarException">The definition has errors; the exception lists them all, each with its field's path.</exception>
    public static BusinessCalendar Compile(CalendarDefinition definition, int version)
    {
        var (zone, hours) = CalendarValidation.Check(definition);
        return new BusinessCalendar(definition, version, zone, hours);
    }

    /// <summary>
    /// The earliest instant at which <paramref name="working"/> working time has passed since <paramref name="start"/>. Zero from inside or outside working time is <paramref name="start"/> itself.
    /// A budget that ends exactly at closing time is due then, not at the next opening.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="working"/> is negative.</exception>
    /// <exception cref="CalendarRangeException">The span leaves the years that calendars compute with.</exception>
    public DueTime AddWorking(DateTimeOffset start, TimeSpan working)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(working, TimeSpan.Zero);
        if (working == TimeSpan.Zero) return Due(start, start.UtcTicks);
        if (working > LongestSpan) throw new CalendarRangeException(Name);
        var from = Locate(start);
        var wanted = from.TimeIntoYear + working.Ticks;
        var year = from.Year;
        for (; wanted > Year(year).Time; year++) wanted -= Year(year).Time;
        var date = Year(year).DateReaching(wanted);
        wanted -= Year(year).TimeBefore(date);
        foreach (var (open, close) in SpansWithin(date))
        {
            if (wanted <= close - open) return Due(start, open + wanted);
            wanted -= close - open;
        }
        throw new InvalidOperationException("A day's working time is not what its year's sums say.");
    }

    /// <summary>
    /// Close of business on the <paramref name="days"/>-th working day after the local date of <paramref name="start"/>, whether that date is a working day or not. A working day is a date
    /// on which working time starts; a night shift closes it the next morning. Zero is <paramref name="start"/> itself.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="days"/> is negative.</exception>
    /// <exception cref="CalendarRangeException">The span leaves the years that calendars compute with.</exception>
    public DueTime AddWorkingDays(DateTimeOffset start, int days)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(days);
        if (days == 0) return Due(start, start.UtcTicks);
        var after = _clock.DateAt(Within(start)).PlusDays(1);
        var year = after.Year;
        var wanted = (long)Year(year).WorkdaysBefore(after) + days;
        for (; wanted > Year(year).Workdays; year++) wanted -= Year(year).Workdays;
        var date = Year(year).NthWorkday((int)wanted);
        return Due(start, _clock.Ticks(date, _hours.On(date)[^1].End));
    }

    /// <summary>Working time between two instants; negative when <paramref name="to"/> precedes <paramref name="from"/>.</summary>
    /// <exception cref="CalendarRangeException">The span leaves the years that calendars compute with.</exception>
    public TimeSpan WorkingBetween(DateTimeOffset from, DateTimeOffset to)
    {
        if (to < from) return -WorkingBetween(to, from);
        var (start, end) = (Locate(from), Locate(to));
        var ticks = end.TimeIntoYear - start.TimeIntoYear;
        for (var year = start.Year; year < end.Year; year++) ticks += Year(year).Time;
        return TimeSpan.FromTicks(ticks);
    }

    /// <summary>The same, of the part of the span that lies within the years that calendars compute with: for what is shown of a clock, whatever times its ticket was given.</summary>
    public TimeSpan WorkingWithin(DateTimeOffset from, DateTimeOffset to) => WorkingBetween(Nearest(from), Nearest(to));

    private static DateTimeOffset Nearest(DateTimeOffset at) => at < Dawn ? Dawn : at > Horizon ? Horizon : at;

    /// <summary>Whether the span leaves the dates for which holidays are known. The end does not count: a span that ends with the last known date is known.</summary>
    public bool IsProvisional(DateTimeOffset from, DateTimeOffset to)
    {
        if (to < from) (from, to) = (to, from);
        return from.UtcTicks < _knownFrom || to.UtcTicks > _knownUntil || from.UtcTicks == _knownUntil;
    }

    private DueTime Due(DateTimeOffset start, long ticks)
    {
        var at = new DateTimeOffset(ticks, TimeSpan.Zero);
        return new DueTime(at, IsProvisional(start, at));
    }

    /// <summary>An instant as its year and the working time of that year before it.</summary>
    private (int Year, long TimeIntoYear) Locate(DateTimeOffset at)
    {
        var ticks = Within(at);
        var date = _clock.SpanAt(ticks);
        var time = Year(date.Year).TimeBefore(date);
        foreach (var (open, close) in SpansWithin(date))
        {
            if (open >= ticks) break;
            time += Math.Min(close, ticks) - open;
        }
        return (date.Year, time);
    }

    private long Within(DateTimeOffset at) => at.UtcDateTime.Year is >= FirstYear and <= LastYear ? at.UtcTicks : throw new CalendarRangeException(Name);

    /// <summary>A date's working spans as instants, midnight to midnight, in order.</summary>
    private IEnumerable<(long Open, long Close)> SpansWithin(LocalDate date)
    {
        foreach (var shift in _hours.Within(date))
        {
            yield return (_clock.Ticks(date, shift.Start), _clock.Ticks(date, shift.End));
        }
    }

    private CalendarYear Year(int year)
    {
        if (year is < FirstYear or > LastYear) throw new CalendarRangeException(Name);
        ref var slot = ref _years[year - FirstYear];
        // Two threads may both make a year; they make the same one.
        return Volatile.Read(ref slot) ?? Interlocked.CompareExchange(ref slot, Make(year), null) ?? slot!;
    }

    private CalendarYear Make(int year) =>
        new(year, date => SpansWithin(date).Sum(span => span.Close - span.Open), date => _hours.On(date).Any(shift => _clock.Ticks(date, shift.End) > _clock.Ticks(date, shift.Start)));
}

/// <summary>A computed due time.</summary>
/// <param name="At">When.</param>
/// <param name="Provisional">Whether the span leaves the dates for which holidays are known.</param>
public readonly record struct DueTime(DateTimeOffset At, bool Provisional);

/// <summary>A span that leaves the years <see cref="BusinessCalendar.FirstYear"/> to <see cref="BusinessCalendar.LastYear"/>: too far, or on a calendar whose working time comes to an end.</summary>
/// <param name="calendar">The calendar's name.</param>
public sealed class CalendarRangeException(string calendar)
    : Exception($"The span leaves the years {BusinessCalendar.FirstYear} to {BusinessCalendar.LastYear}, or calendar {calendar} has no more working time within them.");
