using NodaTime;

namespace ServiceOrders.Domain.Calendars;

/// <summary>
/// Between a time zone's local times and instants (UTC ticks), where the clocks change as well. A local time that a change skips is the instant of that change;
/// one that comes twice is its first coming. So later local times never are earlier instants, and intervals that adjoin on the wall clock adjoin in reality.
/// </summary>
internal sealed class ZoneClock(DateTimeZone zone)
{
    /// <summary>The instant at so many minutes after midnight of a date.</summary>
    internal long Ticks(LocalDate date, int minutes)
    {
        var local = (minutes < WorkingHours.Day ? date : date.PlusDays(minutes / WorkingHours.Day)).At(new LocalTime(minutes % WorkingHours.Day / 60, minutes % 60));
        var mapped = zone.MapLocal(local);
        var instant = mapped.Count == 0 ? mapped.EarlyInterval.End : mapped.First().ToInstant();
        return instant.ToDateTimeUtc().Ticks;
    }

    /// <summary>What the calendar on the wall shows at an instant.</summary>
    internal LocalDate DateAt(long ticks) => Instant.FromDateTimeUtc(new DateTime(ticks, DateTimeKind.Utc)).InZone(zone).Date;

    /// <summary>
    /// The date whose span, from its first midnight to the next date's, holds an instant. Where clocks are set back over midnight that is the later date,
    /// while the wall shows the earlier one again.
    /// </summary>
    internal LocalDate SpanAt(long ticks)
    {
        var date = DateAt(ticks);
        while (Ticks(date.PlusDays(1), 0) <= ticks) date = date.PlusDays(1);
        return date;
    }
}
