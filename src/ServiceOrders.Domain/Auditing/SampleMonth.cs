using System.Globalization;
using NodaTime;

namespace ServiceOrders.Domain.Auditing;

/// <summary>A month of the calendar, <c>2026-11</c>.</summary>
/// <param name="Year">The year.</param>
/// <param name="Month">1 to 12.</param>
public readonly record struct SampleMonth(int Year, int Month)
{
    /// <summary>The month that a text names; null: none.</summary>
    public static SampleMonth? Parse(string? text) =>
        text?.Length == 7 && DateOnly.TryParseExact(text, "yyyy-MM", CultureInfo.InvariantCulture, DateTimeStyles.None, out var first) && first.Year is > 1900 and < 9900
            ? new SampleMonth(first.Year, first.Month) : null;

    /// <summary>The month that an instant lies in.</summary>
    /// <param name="instant">The instant.</param>
    /// <param name="zone">An IANA time zone.</param>
    public static SampleMonth Of(DateTimeOffset instant, string zone)
    {
        var date = Instant.FromDateTimeOffset(instant).InZone(ZoneOf(zone)).Date;
        return new SampleMonth(date.Year, date.Month);
    }

    /// <summary>Whether there is such an IANA time zone.</summary>
    public static bool IsZone(string zone) => DateTimeZoneProviders.Tzdb.GetZoneOrNull(zone) is not null;

    /// <summary>The month after it.</summary>
    public SampleMonth Next => Month == 12 ? new(Year + 1, 1) : this with { Month = Month + 1 };

    /// <summary>The month before it.</summary>
    public SampleMonth Previous => Month == 1 ? new(Year - 1, 12) : this with { Month = Month - 1 };

    /// <summary>Its first instant in a time zone; it ends where the next begins.</summary>
    /// <param name="zone">An IANA time zone.</param>
    public DateTimeOffset StartsAt(string zone) => new LocalDate(Year, Month, 1).AtStartOfDayInZone(ZoneOf(zone)).ToInstant().ToDateTimeOffset();

    /// <summary>The first instant of its sample: where the month before ends in the time zone of that one's sample, so that none is left out or counted twice where the zone was changed in between.</summary>
    /// <param name="zone">An IANA time zone.</param>
    /// <param name="previous">The time zone of the sample before; null: there was none.</param>
    public DateTimeOffset StartsAt(string zone, string? previous) => StartsAt(previous ?? zone);

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Year:0000}-{Month:00}");

    private static DateTimeZone ZoneOf(string zone) => DateTimeZoneProviders.Tzdb[zone];
}
