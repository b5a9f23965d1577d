using ServiceOrders.Domain.Tickets;
using ServiceOrders.Domain.Tickets.Acts;
using ServiceOrders.Host.Access;
using ServiceOrders.Host.Web;

namespace ServiceOrders.Host.Tickets;

/// <summary><c>/v1/tickets</c>: opening, acting, and reading one ticket as it stands, as it stood, and how it came to it.</summary>
public static class TicketEndpoints
{
    private const string Tag = "Tickets";

    private static readonly QueryParameter At = new("at", typeof(DateTimeOffset), "The ticket as it was recorded at this instant.");
    private static readonly QueryParameter Version = new("version", typeof(int), "The ticket as it was after the event with this version, from 1.");

    /// <summary>Maps them.</summary>
    public static void MapTickets(this IEndpointRouteBuilder routes)
    {
        routes.MapPost("/v1/tickets", OpenAsync).Describe("openTicket", Tag, "Opens a ticket (受理).", TicketTexts.Opening).For(ActCatalog.Open.Callers)
            .Takes<OpenTicket>(TicketTexts.OpeningExample)
            .Answers<TicketView>(201, "The ticket is open.", etag: true, location: true)
            .Answers<TicketView>(200, "The external reference was posted before: the ticket that has it, as it stands.", etag: true)
            .Refuses(ProblemTypes.InvalidValues, ProblemTypes.RuleRefused);
        routes.MapTicketLists();
        routes.MapGet("/v1/tickets/{idOrNumber}", GetAsync).Describe("getTicket", Tag, "A ticket as it stands, or as it stood at an instant or version.").ForReaders()
            .Query(At, Version).Answers<TicketView>(200, "The ticket.", etag: true).Refuses(ProblemTypes.NotFound, ProblemTypes.InvalidParameter);
        routes.MapGet("/v1/tickets/{idOrNumber}/history", HistoryAsync)
            .Describe("getTicketHistory", Tag, "Everything that happened to a ticket, in order, read from its event stream.", TicketTexts.History).ForReaders()
            .Query(QueryParameter.Limit, QueryParameter.Cursor).Answers<Page<HistoryItem>>(200, "A page of its events.").Refuses(ProblemTypes.NotFound, ProblemTypes.InvalidParameter);
        foreach (var act in ActCatalog.All) routes.MapAct(act);
    }

    private static void MapAct(this IEndpointRouteBuilder routes, ActEntry act) =>
        routes.MapPost($"/v1/tickets/{{idOrNumber}}/{act.Name}",
                (string idOrNumber, HttpContext http, TicketService tickets, RequestKeys keys) => ActAsync(act, idOrNumber, http, tickets, keys))
            .Describe(TicketTexts.OperationId(act), Tag, act.Summary, TicketTexts.Act).For(act.Callers)
            .Takes(act.Message, TicketTexts.ExampleOf(act.Name), required: false)
            .Answers<TicketView>(200, "The ticket after it.", etag: true)
            .Refuses(ProblemTypes.NotFound, ProblemTypes.StateForbids, ProblemTypes.Conflict, ProblemTypes.StaleVersion, ProblemTypes.InvalidValues, ProblemTypes.RuleRefused);

    private static async Task<IResult> OpenAsync(HttpContext http, TicketService tickets, OpeningChannels channels, RequestKeys keys)
    {
        var body = await JsonBody.ReadAsync<OpenTicket>(http);
        var request = TicketAnswers.Changing(http, keys, body.Raw);
        var channel = await channels.OfAsync(request.Caller, body.Value.Channel, http.RequestAborted);
        return (await tickets.OpenAsync(request, body.Value, channel, http.RequestAborted)).ToResult();
    }

    private static async Task<IResult> ActAsync(ActEntry act, string idOrNumber, HttpContext http, TicketService tickets, RequestKeys keys)
    {
        var body = await JsonBody.ReadAsync(http, act.Message);
        var request = TicketAnswers.Changing(http, keys, body.Raw);
        return (await tickets.ActAsync(request, idOrNumber, act, (TicketAct)body.Value, http.RequestAborted)).ToResult();
    }

    private static async Task<IResult> GetAsync(string idOrNumber, HttpContext http, TicketReader tickets)
    {
        var query = Query.Of(http);
        var (at, version) = (query.Instant(At.Name), query.Number(Version.Name, 1, long.MaxValue));
        if (at is not null && version is not null) return Problem.With(ProblemTypes.InvalidParameter, Version.Name, "must not be given together with at");
        var request = TicketAnswers.Reading(http);
        var ticket = at is null && version is null
            ? await tickets.GetAsync(request, idOrNumber, http.RequestAborted)
            : await tickets.GetPastAsync(request, idOrNumber, version, at, http.RequestAborted);
        return ticket is null ? new Problem(ProblemTypes.NotFound) : new Answer(ticket, Version: ticket.Version);
    }

    private static async Task<IResult> HistoryAsync(string idOrNumber, HttpContext http, TicketHistory history)
    {
        var query = Query.Of(http);
        var page = await history.PageAsync(TicketAnswers.Reading(http), idOrNumber, query.Text(QueryParameter.Cursor.Name, 200), query.Limit(), http.RequestAborted);
        return page is null ? new Problem(ProblemTypes.NotFound) : new Answer(page);
    }
}
