namespace ServiceOrders.Domain.Calendars;

/// <summary>A business calendar as the API writes it (row D2).</summary>
public sealed record CalendarDefinition
{
    /// <summary>The calendar's name: lower-case letters, digits, hyphens; at most 64.</summary>
    public required string Name { get; init; }
    /// <summary>IANA time zone, <c>Asia/Shanghai</c>.</summary>
    public required string TimeZone { get; init; }
    /// <summary>
    /// Working intervals by weekday (<c>monday</c> …), each a pair of local times <c>["09:00","12:00"]</c>, to the minute. <c>"24:00"</c> closes a day; an interval that ends before it
    /// starts runs over midnight and belongs to the day on which it starts. A weekday left out has no working time.
    /// </summary>
    public required IReadOnlyDictionary<string, IReadOnlyList<IReadOnlyList<string>>> Week { get; init; }
    /// <summary>Holidays and make-up working days (调休): each replaces its weekday's intervals.</summary>
    public IReadOnlyList<SpecialDay> Days { get; init; } = [];
    /// <summary>First date for which the holidays are known; null: no bound.</summary>
    public DateOnly? KnownFrom { get; init; }
    /// <summary>Last date for which the holidays are known; null: no bound.</summary>
    public DateOnly? KnownUntil { get; init; }

    /// <summary>Whether another says the same, in whatever order: the order of days, intervals and weekdays says nothing, nor does a weekday without working time. Both must be without errors.</summary>
    public bool SaysTheSameAs(CalendarDefinition other) => DefinitionJson.Write(InOrder) == DefinitionJson.Write(other.InOrder);

    private CalendarDefinition InOrder => this with
    {
        Week = Weekdays.Where(day => Week.GetValueOrDefault(day) is { Count: > 0 }).ToDictionary(day => day, day => Ordered(Week[day])),
        Days = [.. Days.OrderBy(day => day.Date).Select(day => day with { Intervals = Ordered(day.Intervals) })],
    };

    private static IReadOnlyList<IReadOnlyList<string>> Ordered(IReadOnlyList<IReadOnlyList<string>> intervals) => [.. intervals.OrderBy(interval => interval[0], StringComparer.Ordinal)];

    /// <summary>7×24.</summary>
    public static CalendarDefinition Always => new()
    {
        Name = "always",
        TimeZone = "UTC",
        Week = Weekdays.ToDictionary(day => day, _ => (IReadOnlyList<IReadOnlyList<string>>)[["00:00", "24:00"]]),
    };

    /// <summary>The names of the week's days, from Monday.</summary>
    public static readonly IReadOnlyList<string> Weekdays = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
}

/// <summary>A date that differs from its weekday.</summary>
public sealed record SpecialDay
{
    /// <summary>The local date.</summary>
    public required DateOnly Date { get; init; }
    /// <summary>Why: 春节, 春节调休 ….</summary>
    public string? Name { get; init; }
    /// <summary>The day's working intervals; empty: a day off.</summary>
    public required IReadOnlyList<IReadOnlyList<string>> Intervals { get; init; }
}
