using System.Globalization;
using NodaTime;

namespace ServiceOrders.Domain.Tickets.Importing;

/// <summary>Reads the times of a log that was written in local time, without offsets.</summary>
public sealed class LogClock
{
    /// <summary>What a local time must look like.</summary>
    public const string Shape = "must be a date and time with an offset, like 2026-11-22T08:00:00Z, or a local one, like 2026-11-22T08:00:00";

    private static readonly string[] Formats = ["yyyy-MM-dd'T'HH:mm", "yyyy-MM-dd'T'HH:mm:ss", "yyyy-MM-dd'T'HH:mm:ss.FFFFFF"];
    private readonly DateTimeZone _zone;

    private LogClock(DateTimeZone zone) => _zone = zone;

    /// <summary>The clock of a place; null when there is no such time zone.</summary>
    /// <param name="zone">IANA name, <c>Europe/Lisbon</c>, or <c>UTC</c>.</param>
    public static LogClock? In(string zone) => DateTimeZoneProviders.Tzdb.GetZoneOrNull(zone) is { } known ? new LogClock(known) : null;

    /// <summary>
    /// The instant of a local time; null when the text is none. Where clocks are set back an hour comes twice: its first coming, unless that is before
    /// <paramref name="after"/>, then its second. Where they are set forward an hour is missing: a clock that shows it was not yet set.
    /// </summary>
    /// <param name="text">Like <c>2026-11-22T08:00</c>, seconds and up to six decimals optional.</param>
    /// <param name="after">The instant of what the log tells before; null: it tells nothing before.</param>
    public DateTimeOffset? Read(string text, DateTimeOffset? after = null)
    {
        if (!DateTime.TryParseExact(text, Formats, CultureInfo.InvariantCulture, DateTimeStyles.None, out var time) || time.Year is < 1900 or > 9900) return null;
        var local = LocalDateTime.FromDateTime(time);
        var mapped = _zone.MapLocal(local);
        if (mapped.Count == 0) return local.WithOffset(mapped.EarlyInterval.WallOffset).ToInstant().ToDateTimeOffset();
        var first = mapped.First().ToInstant().ToDateTimeOffset();
        return mapped.Count == 2 && first < after ? mapped.Last().ToInstant().ToDateTimeOffset() : first;
    }
}
