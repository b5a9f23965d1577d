using ServiceOrders.Domain.Tickets;

namespace ServiceOrders.Domain.Calendars.Importing;

/// <summary>How a feed is taken into a calendar.</summary>
public sealed record ImportTerms
{
    /// <summary>From which date; null: from where the feed says that it begins, else from the first date for which the calendar's holidays are known.</summary>
    public DateOnly? From { get; init; }
    /// <summary>To which date, included; null: to where the feed says that it ends, else to the last date for which the calendar's holidays are known.</summary>
    public DateOnly? To { get; init; }
    /// <summary>The hours of a make-up day; empty: those of the calendar's Monday.</summary>
    public IReadOnlyList<IReadOnlyList<string>> WorkHours { get; init; } = [];
    /// <summary>Whether the calendar's other special days between the two dates go; else they stay.</summary>
    public bool Replace { get; init; }
}

/// <summary>
/// A feed taken into a calendar: what is the calendar's next version, and what was taken. Pure, so that it can be told again from the version before. A date's special day becomes what the feed says;
/// where the feed has a date as both, it is worked. The dates for which holidays are known grow by those of the import where the two adjoin.
/// </summary>
/// <param name="Next">The calendar with the feed's days.</param>
/// <param name="From">From which date it was taken.</param>
/// <param name="To">To which date.</param>
/// <param name="Taken">The feed's days, in order.</param>
/// <param name="Removed">Special days that went because the feed has them no more.</param>
public sealed record CalendarImport(CalendarDefinition Next, DateOnly From, DateOnly To, IReadOnlyList<SpecialDay> Taken, IReadOnlyList<SpecialDay> Removed)
{
    private const int MaxYears = 100;
    private const int MaxFeedDays = 50_000;
    private const int MaxNameLength = 100;

    /// <summary>Takes a feed into a calendar.</summary>
    /// <returns>The import, or why it is refused.</returns>
    /// <exception cref="OperationCanceledException">Whoever asks went away.</exception>
    public static (CalendarImport? Import, Refusal? Refusal) Of(CalendarDefinition current, HolidayFeed feed, ImportTerms terms, CancellationToken cancellation = default)
    {
        if ((terms.From ?? feed.Span?.From ?? current.KnownFrom) is not { } from) return (null, Missing("from"));
        if ((terms.To ?? feed.Span?.To ?? current.KnownUntil) is not { } to) return (null, Missing("to"));
        if (to < from) return (null, Refusal.Rule("invalid-holiday-feed", "is before from", "to"));
        if (from.Year < BusinessCalendar.FirstYear || to.Year > BusinessCalendar.LastYear || to.Year - from.Year >= MaxYears)
            return (null, Refusal.Rule("invalid-holiday-feed", $"the dates must lie in the years {BusinessCalendar.FirstYear} to {BusinessCalendar.LastYear} and span less than {MaxYears} years", "from"));

        if (Said(feed, from, to, cancellation) is not { } said) return (null, Refusal.Rule("invalid-holiday-feed", "the feed's rules recur more often than can be followed; take fewer years at a time", "to"));
        if (said.Count > MaxFeedDays) return (null, Refusal.Rule("invalid-holiday-feed", $"the feed has more than {MaxFeedDays} days between the dates", "to"));
        var days = said.GroupBy(day => day.Date).Select(date => date.OrderByDescending(day => day.IsWorkday).First()).OrderBy(day => day.Date).ToList();
        var hours = terms.WorkHours.Count > 0 ? terms.WorkHours : current.Week.GetValueOrDefault("monday") ?? [];
        if (hours.Count == 0 && days.Exists(day => day.IsWorkday))
            return (null, Refusal.Rule("invalid-holiday-feed", "must be given: the feed has make-up working days, and the calendar's Monday has no working time that they could have", "workHours"));
        var taken = days.ConvertAll(day => new SpecialDay { Date = day.Date, Name = Shortened(day.Name), Intervals = day.IsWorkday ? hours : [] });
        return (Merged(current, from, to, taken, terms.Replace), null);
    }

    /// <summary>Whether the calendar would be as it was.</summary>
    public bool ChangesNothing(CalendarDefinition current) => Next.SaysTheSameAs(current);

    /// <summary>The feed's days, up to one more than a calendar can have: a rule that recurs every day is not followed any further. Null: even so they are too laborious to find.</summary>
    private static List<FeedDay>? Said(HolidayFeed feed, DateOnly from, DateOnly to, CancellationToken cancellation)
    {
        try
        {
            return [.. feed.DaysWithin(from, to, new FeedEffort(cancellation)).Take(MaxFeedDays + 1)];
        }
        catch (FeedTooLaboriousException)
        {
            return null;
        }
    }

    private static CalendarImport Merged(CalendarDefinition current, DateOnly from, DateOnly to, List<SpecialDay> taken, bool replace)
    {
        var dates = taken.Select(day => day.Date).ToHashSet();
        var others = current.Days.Where(day => !dates.Contains(day.Date)).ToLookup(day => replace && day.Date >= from && day.Date <= to);
        var next = current with
        {
            Days = [.. others[false].Concat(taken).OrderBy(day => day.Date)],
            KnownFrom = from < current.KnownFrom && to >= current.KnownFrom.Value.AddDays(-1) ? from : current.KnownFrom,
            KnownUntil = to > current.KnownUntil && from <= current.KnownUntil.Value.AddDays(1) ? to : current.KnownUntil,
        };
        return new CalendarImport(next, from, to, taken, [.. others[true].OrderBy(day => day.Date)]);
    }

    private static string Shortened(string name) => name.Length <= MaxNameLength ? name : name[..(MaxNameLength - 1)] + "…";

    private static Refusal Missing(string field) =>
        Refusal.Rule("invalid-holiday-feed", "must be given: neither the feed says which dates it is about, nor the calendar for which dates its holidays are known", field);
}
