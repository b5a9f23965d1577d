namespace ServiceOrders.Domain.Calendars.Importing;

/// <summary>Which events of an iCalendar file are days off, which are make-up working days, and which are neither.</summary>
public sealed record HolidayEventRules
{
    /// <summary>What names of make-up working days contain, when nothing else is said: 班 is in 上班, 补班 and (班).</summary>
    public static readonly IReadOnlyList<string> UsualWorkWords = ["班", "working day", "workday"];

    /// <summary>The category that makes an event a make-up working day whatever its name.</summary>
    public const string WorkCategory = "WORKDAY";

    /// <summary>An event whose name contains one of these, in whatever case, is a make-up working day.</summary>
    public IReadOnlyList<string> WorkWords { get; init; } = UsualWorkWords;
    /// <summary>Only events with one of these categories count; empty: all do.</summary>
    public IReadOnlyList<string> Categories { get; init; } = [];
    /// <summary>Whether events that leave the day free (<c>TRANSP:TRANSPARENT</c>) do not count. Many feeds mark public holidays so.</summary>
    public bool OpaqueOnly { get; init; }
}

/// <summary>
/// Reads holidays from an iCalendar file (RFC 5545). Strict: what cannot be understood is refused with its line. Only whole-day events say something of a day; of all else in the file (time zones, alarms,
/// tasks) nothing is asked but that it ends where it should.
/// </summary>
public static class HolidayEvents
{
    private const int MostEvents = 2_000;

    /// <summary>Reads a file.</summary>
    /// <exception cref="InvalidFeedException">It is no iCalendar file.</exception>
    public static HolidayFeed Read(byte[] file, HolidayEventRules rules)
    {
        var (days, leftOut) = (new List<(HolidayEvent Event, string Name, bool IsWorkday)>(), new List<FeedOmission>());
        var (series, moved) = (new Dictionary<string, HolidayEvent>(StringComparer.Ordinal), new List<(string Uid, DateOnly Recurrence)>());
        foreach (var (line, properties) in Components(ContentLines.Read(file)))
        {
            var (name, uid) = (TextOf(properties, "SUMMARY"), TextOf(properties, "UID"));
            // A recurrence that was moved or cancelled takes its place out of the series, whatever becomes of itself.
            var recurrence = properties.FirstOrDefault(p => p.Name == "RECURRENCE-ID");
            if (recurrence is not null) moved.Add((uid, HolidayEvent.Date(recurrence, recurrence.Value)));
            var happening = HolidayEvent.Of(line, properties);
            if (WhyNot(properties, happening, rules) is { } reason) leftOut.Add(new FeedOmission(line, name, reason));
            else days.Add((happening!, name, IsWorkday(name, properties, rules)));
            if (recurrence is null && happening is not null && uid.Length > 0) series[uid] = happening;
        }
        foreach (var (uid, recurrence) in moved) series.GetValueOrDefault(uid)?.LeaveOut(recurrence);
        return new HolidayFeed(null, (from, to, effort) => days.SelectMany(day => day.Event.DatesWithin(from, to, effort), (day, date) => new FeedDay(date, day.Name, day.IsWorkday)), leftOut);
    }

    private static string? WhyNot(IReadOnlyList<ContentLine> properties, HolidayEvent? happening, HolidayEventRules rules)
    {
        if (happening is null) return "it has a time of day; only whole days are taken";
        if (TextOf(properties, "STATUS").Equals("CANCELLED", StringComparison.OrdinalIgnoreCase)) return "it is cancelled";
        if (rules.OpaqueOnly && TextOf(properties, "TRANSP").Equals("TRANSPARENT", StringComparison.OrdinalIgnoreCase)) return "it leaves the day free";
        return rules.Categories.Count > 0 && !CategoriesOf(properties).Intersect(rules.Categories, StringComparer.OrdinalIgnoreCase).Any() ? "it has none of the categories" : null;
    }

    private static bool IsWorkday(string name, IReadOnlyList<ContentLine> properties, HolidayEventRules rules) =>
        rules.WorkWords.Any(word => name.Contains(word, StringComparison.OrdinalIgnoreCase)) || CategoriesOf(properties).Contains(HolidayEventRules.WorkCategory, StringComparer.OrdinalIgnoreCase);

    private static IEnumerable<string> CategoriesOf(IReadOnlyList<ContentLine> properties) => properties.Where(p => p.Name == "CATEGORIES").SelectMany(p => p.Texts);

    private static string TextOf(IReadOnlyList<ContentLine> properties, string name) => properties.FirstOrDefault(p => p.Name == name)?.Text ?? "";

    /// <summary>The events of a file, each with the line on which it begins and its own properties, without those of its alarms.</summary>
    private static IEnumerable<(int Line, IReadOnlyList<ContentLine> Properties)> Components(IEnumerable<ContentLine> lines)
    {
        var (open, properties, events) = (new Stack<ContentLine>(), new List<ContentLine>(), 0);
        var last = 0;
        foreach (var line in lines)
        {
            last = line.Number;
            if (line.Name == "BEGIN")
            {
                if (open.Count == 0 && !Is(line, "VCALENDAR")) throw line.Wrong("must be VCALENDAR at first");
                if (Is(line, "VEVENT")) properties = [];
                open.Push(line);
            }
            else if (line.Name == "END")
            {
                if (!open.TryPop(out var begun) || !Is(begun, line.Value)) throw line.Wrong($"{line.Value} has no BEGIN");
                if (!Is(begun, "VEVENT")) continue;
                if (++events > MostEvents) throw line.Wrong($"ends the event after {MostEvents} of them; a calendar has fewer holidays");
                yield return (begun.Number, properties);
            }
            else if (open.Count == 0)
            {
                throw line.Wrong("stands outside BEGIN:VCALENDAR and END:VCALENDAR");
            }
            else if (Is(open.Peek(), "VEVENT"))
            {
                properties.Add(line);
            }
        }
        if (open.TryPeek(out var unfinished)) throw unfinished.Wrong($"{unfinished.Value} has no END");
        if (last == 0) throw new InvalidFeedException("line 1", "is no iCalendar file: it is empty");
    }

    private static bool Is(ContentLine line, string component) => line.Value.Equals(component, StringComparison.OrdinalIgnoreCase);
}
