using System.Globalization;
using System.Text;
using ServiceOrders.Domain;
using ServiceOrders.Domain.Calendars;
using ServiceOrders.Domain.Calendars.Importing;
using ServiceOrders.Host.Web;

namespace ServiceOrders.Host.Rules;

/// <summary><c>POST /v1/calendars/{name}/import</c>: takes published holidays and make-up days (调休) into a calendar's next version (row D2).</summary>
internal static class CalendarImportEndpoint
{
    private const string Example = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//example//holidays//\r\nBEGIN:VEVENT\r\nUID:1@example\r\nDTSTART;VALUE=DATE:20270206\r\nDTEND;VALUE=DATE:20270213\r\n"
        + "SUMMARY:春节\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\nUID:2@example\r\nDTSTART;VALUE=DATE:20270214\r\nSUMMARY:春节 补班\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";

    private const string Description = """
        The body is an iCalendar file (RFC 5545, `text/calendar`), or a year's list in JSON, `{ "year": 2027, "days": [ { "name": "春节", "date": "2027-02-06", "isOffDay": true } ] }`.

        Of an iCalendar file, whole-day events are taken, each date of one that lasts several days and each recurrence between `from` and `to`; cancelled ones are not, and what has a time of day is told
        under `leftOut`. An event is a day off, unless its name contains one of `workWords` or it has the category `WORKDAY`: then it is a make-up working day, with `workHours`. A date that is both is worked.

        Every other special day stays, unless `replace=true`. Where the dates adjoin those for which the calendar's holidays are known, these grow. A feed that changes nothing is refused, and no version made.

        Clocks that run on the calendar are retargeted, as by `PUT`; the calendar's `retargeting` names the job.
        """;

    private static readonly QueryParameter From = new("from", typeof(DateOnly), "From which date; left out: 1 January of a JSON list's year, else the calendar's knownFrom.");
    private static readonly QueryParameter To = new("to", typeof(DateOnly), "To which date, included; left out: 31 December of a JSON list's year, else the calendar's knownUntil.");
    private static readonly QueryParameter WorkWords = new("workWords", typeof(string), "An event whose name contains one of these, in whatever case, is a make-up working day; left out: 班, working day, workday.", Many: true);
    private static readonly QueryParameter WorkHours = new("workHours", typeof(string), "Hours of make-up days, like 09:00-12:00,13:00-18:00; left out: those of the calendar's Monday.", Many: true);
    private static readonly QueryParameter Category = new("category", typeof(string), "Only events with one of these categories; left out: all.", Many: true);
    private static readonly QueryParameter OpaqueOnly = new("opaqueOnly", typeof(bool), "Whether events that are marked as leaving the day free (TRANSP:TRANSPARENT) are left out; false when left out, because many feeds mark holidays so.");
    private static readonly QueryParameter Replace = new("replace", typeof(bool), "Whether the calendar's other special days between the two dates go; false when left out.");

    /// <summary>Maps it.</summary>
    public static void MapCalendarImport(this IEndpointRouteBuilder routes) =>
        routes.MapPost("/v1/calendars/{name}/import", ImportAsync).Describe("importCalendar", "Calendars", "Takes published holidays and make-up days into a calendar's next version.", Description)
            .For(RuleChanges.Writers).Query(From, To, WorkWords, WorkHours, Category, OpaqueOnly, Replace).Takes<HolidayList>(RuleExamples.Holidays).TakesText(CalendarImported.ICalendar, Example)
            .Answers<CalendarImported>(200, "It is published.", etag: true)
            .Refuses(ProblemTypes.NotFound, ProblemTypes.StaleVersion, ProblemTypes.StateForbids, RuleProblem.InvalidHolidayFeed, RuleProblem.InvalidCalendar, RuleProblem.NothingChanges);

    private static async Task<IResult> ImportAsync(string name, HttpContext http, RuleChanges changes)
    {
        var query = Query.Of(http);
        var terms = new ImportTerms { From = query.Date(From.Name), To = query.Date(To.Name), WorkHours = HoursOf(query), Replace = query.Flag(Replace.Name) ?? false };
        var feed = await FeedAsync(http, query);
        if (name == BusinessCalendar.Always.Name) return Problem.Of(CalendarHistory.BuiltIn);
        var calendar = await changes.ChangeAsync(RuleStreams.Calendars, name, http, feed, c => c.Import(feed.Value, terms, http.RequestAborted));
        // Computed again from the version before, so that a repeat of the request is told the same.
        var before = DefinitionJson.Read<CalendarDefinition>(calendar.Versions[^2].Definition);
        return new Answer(CalendarImported.Of(CalendarView.Of(calendar.Versions[^1]), CalendarImport.Of(before, feed.Value, terms, http.RequestAborted).Import!, feed.Value), Version: calendar.Version);
    }

    private static async Task<Body<HolidayFeed>> FeedAsync(HttpContext http, Query query)
    {
        var isICalendar = http.Request.ContentType?.Split(';')[0].Trim().Equals(CalendarImported.ICalendar, StringComparison.OrdinalIgnoreCase) ?? false;
        var rules = new HolidayEventRules
        {
            WorkWords = query.Texts(WorkWords.Name) is { Count: > 0 } words ? words : HolidayEventRules.UsualWorkWords, Categories = query.Texts(Category.Name), OpaqueOnly = query.Flag(OpaqueOnly.Name) ?? false,
        };
        try
        {
            var (feed, raw) = isICalendar ? await ICalendarAsync(http, rules) : await ListAsync(http);
            // The query is part of what is asked for: another one is another request under an idempotency key.
            return new Body<HolidayFeed>(feed, [.. raw, .. Encoding.UTF8.GetBytes(http.Request.QueryString.Value ?? "")]);
        }
        catch (InvalidFeedException wrong)
        {
            throw new ProblemException(Problem.With(RuleProblem.InvalidHolidayFeed, wrong.Errors));
        }
    }

    private static async Task<(HolidayFeed, byte[])> ICalendarAsync(HttpContext http, HolidayEventRules rules)
    {
        var raw = await JsonBody.ReadBytesAsync(http.Request, http.RequestAborted);
        return (HolidayEvents.Read(raw, rules), raw);
    }

    private static async Task<(HolidayFeed, byte[])> ListAsync(HttpContext http)
    {
        var body = await JsonBody.ReadAsync<HolidayList>(http);
        return (body.Value.ToFeed(), body.Raw);
    }

    private static string[][] HoursOf(Query query) => [.. query.Texts(WorkHours.Name).Select(text => text.Split('-') is [var open, var close] && IsTime(open) && IsTime(close) ? new[] { open, close }
        : throw new ProblemException(Problem.With(ProblemTypes.InvalidParameter, WorkHours.Name, "must be hours like 09:00-12:00,13:00-18:00")))];

    private static bool IsTime(string text) => text == "24:00" || TimeOnly.TryParseExact(text, "HH:mm", CultureInfo.InvariantCulture, DateTimeStyles.None, out _);
}

/// <summary>What an import did.</summary>
/// <param name="Calendar">The calendar's new version.</param>
/// <param name="From">From which date the feed was taken.</param>
/// <param name="To">To which date, included.</param>
/// <param name="Taken">The days that were taken, whether or not the calendar had them already.</param>
/// <param name="Removed">Special days that went, with <c>replace</c>, because the feed does not have them.</param>
/// <param name="LeftOut">The first hundred events that were not taken.</param>
public sealed record CalendarImported(CalendarView Calendar, DateOnly From, DateOnly To, IReadOnlyList<SpecialDay> Taken, IReadOnlyList<SpecialDay> Removed, IReadOnlyList<FeedOmission> LeftOut)
{
    /// <summary>The media type of iCalendar files.</summary>
    public const string ICalendar = "text/calendar";

    private const int MostLeftOut = 100;

    /// <summary>What an import did.</summary>
    public static CalendarImported Of(CalendarView calendar, CalendarImport import, HolidayFeed feed) => new(calendar, import.From, import.To, import.Taken, import.Removed, [.. feed.LeftOut.Take(MostLeftOut)]);
}
