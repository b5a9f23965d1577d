using ServiceOrders.EventStore;
using ServiceOrders.Host.Web;

namespace ServiceOrders.Host.Operating;

/// <summary><c>/v1/deadlines</c>: what is due next, and what could not be settled and why.</summary>
public static class DeadlineEndpoints
{
    private const string Tag = "Operating";
    private static readonly QueryParameter State = new("state", typeof(DueState), "next: what is due next; putOff: what failed and is tried again later. next when left out.");

    /// <summary>Maps them.</summary>
    public static void MapDeadlines(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/v1/deadlines", ListAsync).Describe("listDeadlines", Tag, "What is due next, or was put off.",
                "One entry a ticket: the next instant at which a warning or deadline of it is to be settled. The first `limit` are shown, without pages: they change by the second.").ForStaff()
            .Query(State, QueryParameter.Limit).Answers<Page<DueView>>(200, "The first of them.");
        routes.MapPost("/v1/deadlines/{ticketId}/retry", RetryAsync).Describe("retryDeadline", Tag, "Has what was put off tried again at once, after its cause was mended.").ForAdministrators().NeedsNoKey()
            .Takes(typeof(NoFields), "{}", required: false).Answers<DueRetried>(200, "It is tried again.").Refuses(ProblemTypes.NotFound);
    }

    private static async Task<IResult> ListAsync(HttpContext http, DueTable due)
    {
        var query = Query.Of(http);
        var limit = query.Limit();
        var rows = query.One<DueState>(State.Name) == DueState.PutOff ? await due.ReadPutOffAsync(limit, http.RequestAborted) : await due.ReadDueAsync(limit, http.RequestAborted);
        return new Answer(new Page<DueView>(rows.Select(r => new DueView(r.StreamId, r.DueAt, r.NextTryAt, r.Attempts, r.LastError)).ToArray(), null));
    }

    private static async Task<IResult> RetryAsync(string ticketId, HttpContext http, DueTable due)
    {
        await JsonBody.ReadAsync<NoFields>(http);
        if (!Guid.TryParseExact(ticketId, "D", out var id) || !await due.RetryNowAsync(id, http.RequestAborted)) return new Problem(ProblemTypes.NotFound, "Nothing of that ticket was put off.");
        return new Answer(new DueRetried(id));
    }
}

/// <summary>Which due rows.</summary>
public enum DueState
{
    /// <summary>Those due next.</summary>
    Next,
    /// <summary>Those that failed.</summary>
    PutOff,
}

/// <summary>A ticket with something due.</summary>
/// <param name="TicketId">The ticket.</param>
/// <param name="DueAt">When a warning or deadline of it is to be settled.</param>
/// <param name="NextTryAt">When it is tried; later than <paramref name="DueAt"/> when it was put off.</param>
/// <param name="Attempts">How often it failed.</param>
/// <param name="LastError">The kind of error.</param>
public sealed record DueView(Guid TicketId, DateTimeOffset DueAt, DateTimeOffset NextTryAt, int Attempts, string? LastError);

/// <summary>A ticket whose deadline is tried again.</summary>
/// <param name="TicketId">The ticket.</param>
public sealed record DueRetried(Guid TicketId);
