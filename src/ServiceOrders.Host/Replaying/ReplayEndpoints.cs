using System.Globalization;
using ServiceOrders.Host.Tickets;
using ServiceOrders.Host.Web;

namespace ServiceOrders.Host.Replaying;

/// <summary>What an event changed, and what lies between two moments of a ticket.</summary>
public static class ReplayEndpoints
{
    private const string Tag = "Tickets";

    private static readonly QueryParameter From = new("from", typeof(string), "A version (0: before the first event) or an instant, as recorded; 0 when left out.");
    private static readonly QueryParameter To = new("to", typeof(string), "A version or an instant, as recorded, not before `from`; now when left out.");

    private const string Changes = """
        Paths name members, and elements of lists by what names them, never by their place: `milestones[resolution/1].dueAt`, `milestones[resolution/1].warnings[75].at`. Applied in order
        to the state before, the changes give the state after.
        """;

    /// <summary>Registers what it needs.</summary>
    public static IServiceCollection AddReplay(this IServiceCollection services) => services.AddSingleton<TicketReplay>();

    /// <summary>Maps them.</summary>
    public static void MapReplay(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/v1/tickets/{idOrNumber}/history/{version}", StepAsync)
            .Describe("getTicketHistoryStep", Tag, "One event of a ticket: the state before it, the state after it, and what it changed.", Changes).ForReaders()
            .Answers<HistoryStep>(200, "The event and what it changed.").Refuses(ProblemTypes.NotFound);
        routes.MapGet("/v1/tickets/{idOrNumber}/changes", BetweenAsync)
            .Describe("getTicketChanges", Tag, "What changed in a ticket between two versions or instants.", "Both states show the milestones as they were promised then. " + Changes).ForReaders()
            .Query(From, To).Answers<TicketChanges>(200, "Both states and what differs.").Refuses(ProblemTypes.NotFound, ProblemTypes.InvalidParameter);
    }

    private static async Task<IResult> StepAsync(string idOrNumber, string version, HttpContext http, TicketReplay replay) =>
        long.TryParse(version, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
        && await replay.StepAsync(TicketAnswers.Reading(http), idOrNumber, number, http.RequestAborted) is { } step ? new Answer(step) : new Problem(ProblemTypes.NotFound);

    private static async Task<IResult> BetweenAsync(string idOrNumber, HttpContext http, TicketReplay replay)
    {
        var query = Query.Of(http);
        var from = MomentOf(query, From.Name) ?? new Moment(0, null);
        var to = MomentOf(query, To.Name) ?? new Moment(null, null);
        return await replay.BetweenAsync(TicketAnswers.Reading(http), idOrNumber, from, to, http.RequestAborted) is { } changes ? new Answer(changes) : new Problem(ProblemTypes.NotFound);
    }

    private static Moment? MomentOf(Query query, string name)
    {
        if (query.Text(name) is not { } text) return null;
        return long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var version) ? new Moment(version, null) : new Moment(null, query.Instant(name));
    }
}
