using FsCheck;
using FsCheck.Fluent;
using NodaTime;
using ServiceOrders.Domain.Calendars;

namespace ServiceOrders.Domain.Tests.Calendars;

/// <summary>A random calendar in a random zone of the world, on the days around one of its changes of clocks, and a start, pauses and budgets on it; all instants are whole seconds.</summary>
internal sealed record SecondCase(CalendarDefinition Definition, DateTimeOffset Start, IReadOnlyList<(DateTimeOffset From, DateTimeOffset To)> Pauses, int Share, int Days)
{
    private const int DaysBefore = 1, DaysAfter = 4;

    internal BusinessCalendar Calendar { get; } = BusinessCalendar.Compile(Definition, 1);

    internal SecondClock Clock => new(Definition, Start.AddDays(-DaysBefore), DaysBefore + DaysAfter);

    /// <summary>A budget that ends while the clock still ticks: some part of what is left of it. 0: nothing is.</summary>
    internal int Budget(SecondClock clock, bool paused) => clock.Left(Start, paused ? Pauses : []) is > 0 and var left ? (int)((left - 1L) * Share / 1_000) + 1 : 0;

    public override string ToString() =>
        DefinitionJson.Write(Definition) + FormattableString.Invariant($" start={Start:O} share={Share} days={Days} pauses={string.Join(' ', Pauses.Select(p => $"{p.From:O}/{p.To:O}"))}");
}

internal static class SecondCases
{
    /// <summary>Clocks that do something odd: half an hour's saving, a day left out, changes at midnight, offsets of half minutes, saving in winter, two hours' saving.</summary>
    private static readonly string[] Odd =
    [
        "Australia/Lord_Howe", "Pacific/Apia", "Pacific/Fakaofo", "America/Sao_Paulo", "America/Havana", "Africa/Monrovia", "Europe/Dublin", "Africa/Casablanca", "Antarctica/Troll",
        "America/St_Johns", "Asia/Kathmandu", "Asia/Shanghai", "Europe/Berlin", "America/New_York",
    ];

    private static readonly Instant First = Instant.FromUtc(1971, 1, 1, 0, 0), Last = Instant.FromUtc(2037, 12, 31, 0, 0);

    internal static Arbitrary<SecondCase> Any => Gen.Choose(0, int.MaxValue - 1).Select(seed => Make(new Random(seed))).ToArbitrary();

    private static SecondCase Make(Random random)
    {
        var ids = DateTimeZoneProviders.Tzdb.Ids;
        var zone = DateTimeZoneProviders.Tzdb[random.Next(2) == 0 ? Odd[random.Next(Odd.Length)] : ids[random.Next(ids.Count)]];
        var changes = zone.GetZoneIntervals(First, Last).Skip(1).Select(i => i.Start).ToList();
        var change = changes.Count > 0 ? changes[random.Next(changes.Count)] : First + Duration.FromDays(random.Next(20_000));
        // What the clock on the wall shows just before it changes, and just after: local times between the two come twice, or not at all.
        LocalDateTime[] wall = [(change - Duration.FromSeconds(1)).InZone(zone).LocalDateTime.PlusSeconds(1), change.InZone(zone).LocalDateTime];
        var definition = Definition(random, zone.Id, wall);
        var start = Near(random, change.ToDateTimeOffset(), hours: random.Next(2) == 0 ? 3 : 36);
        return new SecondCase(definition, start, Pauses(random, start), random.Next(1_001), random.Next(1, 4));
    }

    private static CalendarDefinition Definition(Random random, string zone, LocalDateTime[] wall)
    {
        var centre = wall[0].Date.ToDateOnly();
        while (true)
        {
            var definition = new CalendarDefinition
            {
                Name = "random",
                TimeZone = zone,
                Week = CalendarDefinition.Weekdays.Where(_ => random.Next(5) > 0).ToDictionary(day => day, _ => (IReadOnlyList<IReadOnlyList<string>>)RandomCalendars.Intervals(random)),
                Days = [.. Enumerable.Range(-4, 12).Select(centre.AddDays).Select(date => (Date: date, Wall: wall.Where(w => w.Date.ToDateOnly() == date).ToArray()))
                    .Where(day => day.Wall.Length > 0 || random.Next(3) == 0)
                    .Select(day => new SpecialDay { Date = day.Date, Intervals = day.Wall.Length > 0 && random.Next(4) > 0 ? AroundTheChange(random, day.Wall) : Special(random) })],
            };
            try
            {
                BusinessCalendar.Compile(definition, 1);
                return definition;
            }
            catch (InvalidCalendarException)
            {
                // Hours that overlap at random, or none at all: draw again.
            }
        }
    }

    /// <summary>A holiday, a half day, or a make-up day with other hours.</summary>
    private static List<IReadOnlyList<string>> Special(Random random) => random.Next(3) switch { 0 => [], 1 => [["09:00", "12:00"]], _ => RandomCalendars.Intervals(random) };

    /// <summary>Hours that begin or end within minutes of a change of clocks, or exactly with it.</summary>
    private static List<IReadOnlyList<string>> AroundTheChange(Random random, LocalDateTime[] wall)
    {
        var edges = Enumerable.Range(0, 2 * random.Next(1, 3)).Select(_ => wall[random.Next(wall.Length)])
            .Select(w => Math.Clamp(w.Hour * 60 + w.Minute + (random.Next(3) == 0 ? 0 : random.Next(-100, 101)), 0, 1439)).Distinct().Order().ToArray();
        return edges.Length < 2 ? [["00:00", "24:00"]] : [.. edges.Chunk(2).Where(pair => pair.Length == 2).Select(pair => (IReadOnlyList<string>)[RandomCalendars.Text(pair[0]), RandomCalendars.Text(pair[1])])];
    }

    /// <summary>Up to three pauses within the first three days, in order; some begin with the clock, some just as another ends, some take no time.</summary>
    private static List<(DateTimeOffset From, DateTimeOffset To)> Pauses(Random random, DateTimeOffset start)
    {
        var edges = Enumerable.Range(0, 2 * random.Next(4)).Select(_ => Near(random, start.AddHours(36), hours: 36)).Select(at => at < start || random.Next(8) == 0 ? start : at).Order().ToArray();
        for (var i = 2; i < edges.Length; i += 2)
        {
            if (random.Next(4) == 0) edges[i] = edges[i - 1];
        }
        return [.. edges.Chunk(2).Select(pair => (pair[0], pair[1]))];
    }

    private static DateTimeOffset Near(Random random, DateTimeOffset centre, int hours)
    {
        var at = centre.AddSeconds(random.Next(-hours * 3600, hours * 3600 + 1));
        // Half of them on a quarter of an hour, where hours like to begin and end and clocks to change.
        return random.Next(2) == 0 ? at : DateTimeOffset.FromUnixTimeSeconds(at.ToUnixTimeSeconds() / 900 * 900);
    }
}
