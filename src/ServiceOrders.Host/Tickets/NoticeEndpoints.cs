using System.Globalization;
using ServiceOrders.Domain.Deadlines;
using ServiceOrders.Host.Access;
using ServiceOrders.Host.Web;
using ServiceOrders.ReadModels.Tickets;

namespace ServiceOrders.Host.Tickets;

/// <summary><c>GET /v1/notices</c>: who is to be told of what (rows D4, D5), for channels, which tell their customers, and for staff.</summary>
public static class NoticeEndpoints
{
    private static readonly QueryParameter Audience = new("audience", typeof(NoticeAudience), "Only those for these. A channel sees those for its customers alone.");
    private static readonly QueryParameter Recipient = new("recipient", typeof(string), "Only those that name this person, team or department.");
    private static readonly QueryParameter Cursor = new("cursor", typeof(string), "The last `nextCursor` that was not null, or the `position` of a notice; left out: from the beginning.");

    /// <summary>Maps it.</summary>
    public static void MapNotices(this IEndpointRouteBuilder routes) =>
        routes.MapGet("/v1/notices", ListAsync).Describe("listNotices", "Tickets", "Lists who is to be told of what, in the order in which it happened.",
                "Escalations concern the customer (抄送客户) and the supervisor named; breaches whom the policy says. A reader remembers `nextCursor`, which says how far the answer looked, and asks again with it: none is missed, none comes twice. A page may be empty and yet have one, where only others' notices were passed. It is null only when nothing lies after the cursor: then keep the one you have.")
            .ForReaders().Query(Audience, Recipient, QueryParameter.Limit, Cursor).Answers<Page<Notice>>(200, "A page of them.").Refuses(ProblemTypes.InvalidParameter);

    private static async Task<IResult> ListAsync(HttpContext http, NoticeQuery notices)
    {
        var query = Query.Of(http);
        var limit = query.Limit();
        var (channel, audience) = (http.Caller().Channel, query.One<NoticeAudience>(Audience.Name));
        if (channel is not null)
        {
            if (audience is not null and not NoticeAudience.Customer) return new Answer(new Page<Notice>([], null));
            audience = NoticeAudience.Customer;
        }
        var after = query.Number(Cursor.Name, 0, long.MaxValue) ?? 0;
        var (found, passed) = await notices.AfterAsync(after, channel, audience, query.Text(Recipient.Name), limit, cancellation: http.RequestAborted);
        var page = found.Select(n => channel is null ? n : n with { Audience = [NoticeAudience.Customer], Recipient = null }).ToArray();
        return new Answer(new Page<Notice>(page, passed?.ToString(CultureInfo.InvariantCulture)));
    }
}
