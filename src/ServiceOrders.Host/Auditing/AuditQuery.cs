using ServiceOrders.Host.Tickets;
using ServiceOrders.Host.Web;
using ServiceOrders.ReadModels.Auditing;
using ServiceOrders.ReadModels.Events;

namespace ServiceOrders.Host.Auditing;

/// <summary>The filters that search and export have in common, read off a request's query.</summary>
internal static class AuditQuery
{
    private static readonly string[] ActorKinds = ["staff:", "channel:", "clock:", "system:"];

    /// <summary>What the query may have.</summary>
    public static readonly QueryParameter[] Parameters =
    [
        new("actor", typeof(string), "Who did it: `staff:li-wei`, `channel:wechat-shop`, `clock:deadlines`, `system:retargeting`; or only the name, whatever the kind.", Many: true),
        new("channel", typeof(string), "Through which channels it came.", Many: true),
        new("type", typeof(string), "Stored names of events: `ticket_closed`, `policy_published`.", Many: true),
        new("from", typeof(DateTimeOffset), "Recorded at this instant or later."),
        new("to", typeof(DateTimeOffset), "Recorded before this instant."),
        new("customer", typeof(Guid), "Events of this customer's tickets."),
        new("equipment", typeof(string), "Events of tickets that ever went under this serial number, also from before they did."),
        new("ticket", typeof(string), "Events of this ticket, by its id or service number."),
    ];

    /// <summary>The filter of a request.</summary>
    /// <exception cref="ProblemException">400: a parameter holds what it must not.</exception>
    public static async Task<AuditFilter> FilterOfAsync(HttpContext http, TicketReader tickets)
    {
        var query = Query.Of(http);
        return new AuditFilter
        {
            Actors = [.. query.Texts("actor").SelectMany(Actors).Distinct(StringComparer.Ordinal)], Channels = [.. query.Texts("channel").Distinct(StringComparer.Ordinal)], Types = Types(query), From = query.Instant("from"),
            To = query.Instant("to"), Customer = query.Id("customer"), SerialNumber = query.Text("equipment"), Stream = await TicketAsync(query, tickets, http.RequestAborted),
        };
    }

    private static IEnumerable<string> Actors(string given) =>
        ActorKinds.Any(kind => given.StartsWith(kind, StringComparison.Ordinal)) ? [given] : ActorKinds.Select(kind => kind + given);

    private static string[] Types(Query query)
    {
        string[] types = [.. query.Texts("type").Distinct(StringComparer.Ordinal)];
        return types.FirstOrDefault(t => EventTypes.Find(t) is null) is { } unknown ? throw Wrong("type", $"{unknown} is not the name of an event") : types;
    }

    private static async Task<Guid?> TicketAsync(Query query, TicketReader tickets, CancellationToken cancellation)
    {
        if (query.Text("ticket") is not { } text) return null;
        return await tickets.IdOfAsync(text, cancellation) ?? throw Wrong("ticket", "must be the id or the service number of a ticket");
    }

    private static ProblemException Wrong(string name, string message) => new(Problem.With(ProblemTypes.InvalidParameter, name, message));
}
