using System.Globalization;
using ServiceOrders.Domain.Tickets.Acts;
using ServiceOrders.EventStore;
using ServiceOrders.Host.Tickets;
using ServiceOrders.Host.Web;
using ServiceOrders.ReadModels.Auditing;

namespace ServiceOrders.Host.Auditing;

/// <summary><c>GET /v1/audit/events</c>: events of all tickets and of all configuration, by who, what, when and about whom (row A1).</summary>
public static class AuditSearchEndpoint
{
    /// <summary>The chapter of everything for auditors.</summary>
    internal const string Tag = "Audit";

    private static readonly QueryParameter Cursor = new("cursor", typeof(string), "The last `nextCursor`, or any position, such as the `index.position` of an earlier answer; left out: from the beginning.");

    private const string Description = """
        Events of tickets and of what configures the service (policies, calendars, staff, channels), in the order in which they were stored. Several values of one parameter, separated by commas,
        match any of them; different parameters must all match. Sealed texts are `[sealed]`: what a ticket's readers may see, they see in its history.

        Cursors are positions: a page that was read never changes, whatever comes in meanwhile. One question looks at 20,000 events at most, so a page may be empty and yet have a `nextCursor`.
        `index` says how far the index is: it follows the events by moments. A serial number that a ticket gets later leads to its earlier events as well, which a reader may have passed.
        """;

    /// <summary>Registers what auditors' questions need.</summary>
    public static IServiceCollection AddAuditing(this IServiceCollection services) =>
        services.AddSingleton(provider => new AuditSearch(provider.GetRequiredService<StoreDatabase>().Pooled)).AddSingleton(provider => new SubscriptionState(provider.GetRequiredService<StoreDatabase>()));

    /// <summary>Maps it.</summary>
    public static void MapAuditSearch(this IEndpointRouteBuilder routes) =>
        routes.MapGet("/v1/audit/events", SearchAsync).Describe("searchAuditEvents", Tag, "Finds events across all tickets and all configuration.", Description).For(Callers.Administrator, auditors: true)
            .Query([.. AuditQuery.Parameters, QueryParameter.Limit, Cursor]).Answers<AuditEventPage>(200, "A page of them.").Refuses(ProblemTypes.InvalidParameter);

    private static async Task<IResult> SearchAsync(HttpContext http, AuditSearch search, TicketReader tickets, SubscriptionState state)
    {
        var query = Query.Of(http);
        var filter = await AuditQuery.FilterOfAsync(http, tickets);
        var after = query.Number(Cursor.Name, 0, long.MaxValue) ?? 0;
        var page = await search.PageAsync(filter, after, long.MaxValue, query.Limit(), http.RequestAborted);
        var status = await state.ReadAsync(AuditIndex.ProjectionName, http.RequestAborted);
        return new Answer(new AuditEventPage([.. page.Events.Select(AuditEvent.Of)], page.Passed?.ToString(CultureInfo.InvariantCulture),
            new AuditIndexView(page.IndexedTo, status.Behind, status.OldestMissing, status.Stopped)));
    }
}
