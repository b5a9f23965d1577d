using ServiceOrders.Domain.Calendars;
using ServiceOrders.Host.Configuration;
using ServiceOrders.Host.Web;
using ServiceOrders.ReadModels.Settings;

namespace ServiceOrders.Host.Rules;

/// <summary><c>/v1/calendars</c>: business calendars and the calculator (row D2).</summary>
internal static class CalendarEndpoints
{
    private const string Tag = "Calendars";
    private static readonly QueryParameter Version = new("version", typeof(int), "Which version; left out: the latest.");

    public static void MapCalendars(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/v1/calendars", ListAsync).Describe("listCalendars", Tag, "Lists the latest version of each calendar in the order of their names.").ForReaders()
            .Query(QueryParameter.Limit, QueryParameter.Cursor).Answers<Page<CalendarView>>(200, "A page of them.");
        routes.MapPost("/v1/calendars", CreateAsync).Describe("createCalendar", Tag, "Publishes a new calendar.").For(RuleChanges.Writers)
            .Takes<CalendarDefinition>(RuleExamples.Calendar).Answers<CalendarView>(201, "It is published.", etag: true, location: true)
            .Refuses(ProblemTypes.NameTaken, RuleProblem.InvalidCalendar);
        routes.MapGet("/v1/calendars/{name}", GetAsync).Describe("getCalendar", Tag, "A calendar, as it is or as it was.").ForReaders()
            .Query(Version).Answers<CalendarView>(200, "The calendar.", etag: true).Refuses(ProblemTypes.NotFound);
        routes.MapPut("/v1/calendars/{name}", PutAsync).Describe("putCalendar", Tag, "Publishes a calendar's next version: a correction.",
                "A calendar that says the same as the latest version is answered with that, and no version made. Clocks that start from now on are counted on it. Running ones that count on the calendar are retargeted, from five seconds from now on, each by an event of its ticket, also where no due "
                + "time moves, because later pauses count on it too. What is breached stays so. `retargeting` names the job (`GET /v1/retargetings/{id}`).").For(RuleChanges.Writers)
            .Takes<CalendarDefinition>(RuleExamples.Calendar).Answers<CalendarView>(200, "It is published, or says the same as the latest version.", etag: true)
            .Refuses(ProblemTypes.NotFound, ProblemTypes.StaleVersion, ProblemTypes.StateForbids, RuleProblem.InvalidCalendar);
        routes.MapPost("/v1/calendars/{name}/calculate", CalculateAsync)
            .Describe("calculate", Tag, "Says when a target that starts at a given time is due, or how much working time lies between two times.",
                "With `target`, the answer is `dueAt` and `provisional`; with `end`, it is `working`, `workingSeconds` and `provisional`. It is the calculation that deadlines are made with.")
            .ForReaders().NeedsNoKey().Query(Version).Takes<Calculation>(RuleExamples.Calculation).Answers<Calculated>(200, "For a target: the due time. For an end: the working time.")
            .Refuses(ProblemTypes.NotFound, RuleProblem.InvalidCalculation, RuleProblem.CalendarRange);
    }

    private static async Task<IResult> ListAsync(HttpContext http, SettingQuery settings)
    {
        var query = Query.Of(http);
        var (limit, after) = (query.Limit(), NameCursor.Decode(query));
        var stored = await settings.ListAsync(SettingKind.Calendar, after, limit + 1, http.RequestAborted);
        var all = stored.Select(CalendarView.Of).Append(CalendarView.Always).Where(view => string.CompareOrdinal(view.Name, after) > 0).OrderBy(view => view.Name, StringComparer.Ordinal);
        return new Answer(NameCursor.PageOf([.. all], limit, view => view.Name));
    }

    private static async Task<IResult> CreateAsync(HttpContext http, RuleChanges changes)
    {
        var body = await JsonBody.ReadAsync<CalendarDefinition>(http);
        var calendar = await changes.CreateAsync(RuleStreams.Calendars, body.Value.Name, http, body, c => c.Create(body.Value));
        return new Answer(CalendarView.Of(calendar.Versions[^1]), 201, calendar.Version, $"/v1/calendars/{calendar.Name}");
    }

    private static async Task<IResult> PutAsync(string name, HttpContext http, RuleChanges changes)
    {
        var body = await JsonBody.ReadAsync<CalendarDefinition>(http);
        if (name == BusinessCalendar.Always.Name) return Problem.Of(CalendarHistory.BuiltIn);
        var calendar = await changes.ChangeAsync(RuleStreams.Calendars, name, http, body, c => c.Publish(name, body.Value));
        return new Answer(CalendarView.Of(calendar.Versions[^1]), Version: calendar.Version);
    }

    private static async Task<IResult> GetAsync(string name, HttpContext http, ConfiguredStreams streams)
    {
        var version = Query.Of(http).Number("version", 1, int.MaxValue);
        if (name == BusinessCalendar.Always.Name) return version is null or 1 ? new Answer(CalendarView.Always, Version: 1) : new Problem(ProblemTypes.NotFound);
        var calendar = await streams.LoadAsync(RuleStreams.Calendars, RuleStreams.Calendars.IdOf(name), cancellation: http.RequestAborted);
        var found = version is null ? calendar.Versions.LastOrDefault() : calendar.Versions.FirstOrDefault(v => v.Version == version);
        return found is null ? new Problem(ProblemTypes.NotFound) : new Answer(CalendarView.Of(found), Version: found.Version);
    }

    private static async Task<IResult> CalculateAsync(string name, HttpContext http, IRules rules)
    {
        var version = (int?)Query.Of(http).Number("version", 1, int.MaxValue);
        var body = await JsonBody.ReadAsync<Calculation>(http);
        var calendar = await FindAsync(name, version, rules, http.RequestAborted);
        return calendar is null ? new Problem(ProblemTypes.NotFound) : Calculator.Answer(calendar, body.Value);
    }

    /// <summary>The calendar as this node knows it; asked for anew when it does not.</summary>
    private static async Task<BusinessCalendar?> FindAsync(string name, int? version, IRules rules, CancellationToken cancellation) =>
        rules.Current.Rulebook.FindCalendar(name, version) ?? (await rules.RefreshAsync(cancellation)).Rulebook.FindCalendar(name, version);
}
