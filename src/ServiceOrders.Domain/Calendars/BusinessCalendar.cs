namespace ServiceOrders.Domain.Calendars;

/// <summary>A version of a business calendar, ready to compute with. Immutable and safe for concurrent use.</summary>
public sealed class BusinessCalendar
{
    /// <summary>The 7×24 calendar, version 1.</summary>
    public static readonly BusinessCalendar Always = new() { Name = "always", Version = 1 };

    /// <summary>Its name.</summary>
    public required string Name { get; init; }
    /// <summary>Its version, from 1.</summary>
    public required int Version { get; init; }

    /// <summary>Compiles a definition.</summary>
    /// <exception cref="InvalidCalendarException">The definition has errors; the exception lists them all, each with its field's path.</exception>
    public static BusinessCalendar Compile(CalendarDefinition definition, int version) => throw new NotImplementedException();

    /// <summary>
    /// The earliest instant at which <paramref name="working"/> working time has passed since <paramref name="start"/>. Zero from inside or outside working time is <paramref name="start"/> itself.
    /// A budget that ends exactly at closing time is due then, not at the next opening.
    /// </summary>
    public DueTime AddWorking(DateTimeOffset start, TimeSpan working) => throw new NotImplementedException();

    /// <summary>Close of business on the <paramref name="days"/>-th working day after the local date of <paramref name="start"/>, whether that date is a working day or not.</summary>
    public DueTime AddWorkingDays(DateTimeOffset start, int days) => throw new NotImplementedException();

    /// <summary>Working time between two instants; negative when <paramref name="to"/> precedes <paramref name="from"/>.</summary>
    public TimeSpan WorkingBetween(DateTimeOffset from, DateTimeOffset to) => throw new NotImplementedException();

    /// <summary>Whether the span leaves the dates for which holidays are known.</summary>
    public bool IsProvisional(DateTimeOffset from, DateTimeOffset to) => throw new NotImplementedException();
}

/// <summary>A computed due time.</summary>
/// <param name="At">When.</param>
/// <param name="Provisional">Whether the span leaves the dates for which holidays are known.</param>
public readonly record struct DueTime(DateTimeOffset At, bool Provisional);

/// <summary>A definition that is no calendar.</summary>
/// <param name="errors">What is wrong, by field path.</param>
public sealed class InvalidCalendarException(IReadOnlyDictionary<string, string> errors)
    : Exception("The calendar has errors: " + string.Join("; ", errors.Select(e => $"{e.Key}: {e.Value}")))
{
    /// <summary>What is wrong, by field path (<c>week.monday[0]</c>).</summary>
    public IReadOnlyDictionary<string, string> Errors { get; } = errors;
}
