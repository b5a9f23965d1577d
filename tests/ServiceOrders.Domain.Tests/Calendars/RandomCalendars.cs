using FsCheck;
using FsCheck.Fluent;
using ServiceOrders.Domain.Calendars;

namespace ServiceOrders.Domain.Tests.Calendars;

/// <summary>A random calendar, and random instants on it: often near a change of clocks, a holiday, or the edge of an interval.</summary>
internal sealed record CalendarCase(CalendarDefinition Definition, DateTimeOffset A, DateTimeOffset B, DateTimeOffset C, TimeSpan Working, TimeSpan More, int Days)
{
    internal BusinessCalendar Calendar { get; } = BusinessCalendar.Compile(Definition, 1);

    /// <summary>The oracle over all that the case can reach.</summary>
    internal SlowCalendar Slow => new(Definition, new DateTimeOffset(A.UtcDateTime.Date, TimeSpan.Zero).AddDays(-1), 60);

    public override string ToString() => DefinitionJson.Write(Definition) + FormattableString.Invariant($" A={A:O} B={B:O} C={C:O} {Working} {More} {Days}d");
}

internal static class RandomCalendars
{
    /// <summary>Zones, each with a day near which its clocks do something.</summary>
    private static readonly (string Zone, string Near)[] Places =
    [
        ("Asia/Shanghai", "2026-02-14"), ("Europe/Berlin", "2026-03-29"), ("Europe/Berlin", "2026-10-25"), ("America/New_York", "2025-11-02"),
        ("America/New_York", "2025-03-09"), ("Australia/Lord_Howe", "2025-04-06"), ("America/Sao_Paulo", "2018-11-04"), ("America/St_Johns", "2010-11-07"),
        ("Africa/Cairo", "2024-04-26"), ("Pacific/Apia", "2011-12-30"), ("Pacific/Kwajalein", "1993-08-21"), ("Asia/Kathmandu", "2025-01-01"), ("UTC", "2024-02-29"),
        ("Africa/Casablanca", "2025-02-23"), ("America/Havana", "2025-11-02"), ("Antarctica/Troll", "2025-03-30"),
    ];

    internal static Arbitrary<CalendarCase> Cases => Gen.Choose(0, int.MaxValue - 1).Select(Make).ToArbitrary();

    private static CalendarCase Make(int seed)
    {
        var random = new Random(seed);
        var (zone, near) = Places[random.Next(Places.Length)];
        var centre = DateTimeOffset.Parse(near + "T00:00:00Z", System.Globalization.CultureInfo.InvariantCulture);
        while (true)
        {
            var definition = new CalendarDefinition
            {
                Name = "random",
                TimeZone = zone,
                Week = CalendarDefinition.Weekdays.Where(_ => random.Next(5) > 0).ToDictionary(d => d, _ => (IReadOnlyList<IReadOnlyList<string>>)Intervals(random)),
                Days = Enumerable.Range(-6, 20).Where(_ => random.Next(4) == 0)
                    .Select(d => new SpecialDay { Date = DateOnly.FromDateTime(centre.UtcDateTime).AddDays(d), Intervals = Intervals(random) }).ToList(),
            };
            var instants = Enumerable.Range(0, 3).Select(_ => Near(random, centre)).Order().ToArray();
            try
            {
                BusinessCalendar.Compile(definition, 1);
            }
            catch (InvalidCalendarException)
            {
                continue; // Overlapping at random, or nothing worked at all: draw again.
            }
            return new CalendarCase(definition, instants[0], instants[1], instants[2], Budget(random), Budget(random), random.Next(0, 8));
        }
    }

    private static DateTimeOffset Near(Random random, DateTimeOffset centre)
    {
        var minute = centre.AddMinutes(random.Next(-5 * 1440, 5 * 1440));
        return random.Next(3) switch
        {
            0 => minute.AddMinutes(-minute.Minute), // On the hour, where intervals like to begin and end.
            1 => minute,
            _ => minute.AddTicks(random.NextInt64(TimeSpan.TicksPerMinute)),
        };
    }

    private static TimeSpan Budget(Random random) => random.Next(4) switch
    {
        0 => TimeSpan.Zero,
        1 => TimeSpan.FromHours(random.Next(1, 40)),
        2 => TimeSpan.FromMinutes(random.Next(1, 2_000)),
        _ => TimeSpan.FromTicks(random.NextInt64(TimeSpan.FromHours(40).Ticks)),
    };

    internal static List<IReadOnlyList<string>> Intervals(Random random)
    {
        switch (random.Next(6))
        {
            case 0: return [];
            case 1: return [["00:00", "24:00"]];
            case 2: return [["22:00", $"0{random.Next(0, 8)}:30"]];
            case 3: return [["01:00", $"0{random.Next(2, 5)}:00"], ["20:15", "24:00"]];
        }
        var edges = Enumerable.Range(0, 2 * random.Next(1, 4)).Select(_ => random.Next(0, 1440)).Distinct().Order().ToArray();
        return edges.Chunk(2).Where(c => c.Length == 2).Select(c => (IReadOnlyList<string>)[Text(c[0]), Text(c[1])]).ToList();
    }

    internal static string Text(int minutes) => $"{minutes / 60:00}:{minutes % 60:00}";
}
