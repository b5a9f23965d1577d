namespace ServiceOrders.Domain.Calendars.Importing;

/// <summary>Holidays and make-up working days (调休, 补班) as someone publishes them: an iCalendar file, or a list in JSON.</summary>
/// <param name="Span">The dates that the feed is about, where it says so.</param>
/// <param name="DaysWithin">Its days from one date to another, both included, in no order; a date may come more than once. Throws when that takes more than the effort allows.</param>
/// <param name="LeftOut">What is no day off and no working day, and why.</param>
public sealed record HolidayFeed((DateOnly From, DateOnly To)? Span, Func<DateOnly, DateOnly, FeedEffort, IEnumerable<FeedDay>> DaysWithin, IReadOnlyList<FeedOmission> LeftOut);

/// <summary>What a feed says of a date.</summary>
/// <param name="Date">The date.</param>
/// <param name="Name">The day's name.</param>
/// <param name="IsWorkday">A make-up working day; else a day off.</param>
public readonly record struct FeedDay(DateOnly Date, string Name, bool IsWorkday);

/// <summary>Something in a feed that was not taken.</summary>
/// <param name="Line">Where it begins.</param>
/// <param name="Name">What it is called.</param>
/// <param name="Reason">Why it was left out.</param>
public sealed record FeedOmission(int Line, string Name, string Reason);

/// <summary>A feed that cannot be read.</summary>
/// <param name="errors">What is wrong, by its place: <c>line 12</c>, <c>days[3].date</c>.</param>
public sealed class InvalidFeedException(IReadOnlyDictionary<string, string> errors)
    : Exception("The feed has errors: " + string.Join("; ", errors.Select(e => $"{e.Key} {e.Value}")))
{
    /// <summary>An error at one place.</summary>
    public InvalidFeedException(string place, string error) : this(new Dictionary<string, string> { [place] = error }) { }

    /// <summary>What is wrong, by its place.</summary>
    public IReadOnlyDictionary<string, string> Errors { get; } = errors;
}
