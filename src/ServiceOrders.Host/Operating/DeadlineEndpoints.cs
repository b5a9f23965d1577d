using System.Xml;
using ServiceOrders.EventStore;
using ServiceOrders.Host.Web;

namespace ServiceOrders.Host.Operating;

/// <summary><c>/v1/deadlines</c>: what is due next, what is late, what could not be settled and why, and how late firing runs. Promises by milestone are the tickets' list's.</summary>
public static class DeadlineEndpoints
{
    private const string Tag = "Operating";
    private static readonly QueryParameter State = new("state", typeof(DueState),
        "next: what is due next; late: what should have been settled by now, the oldest first; putOff: what failed and is tried again later. next when left out.");

    /// <summary>Maps them.</summary>
    public static void MapDeadlines(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/v1/deadlines", ListAsync).Describe("listDeadlines", Tag, "What is due next, is late, or was put off.",
                "One entry a ticket: the next instant at which a warning or deadline of it is to be settled. The first `limit` are shown, without pages: they change by the second. "
                + "What is late here is the service's own delay, and empty on a healthy one; deadlines that people missed are `GET /v1/tickets?milestoneState=breached`.").ForStaff()
            .Query(State, QueryParameter.Limit).Answers<Page<DueView>>(200, "The first of them.");
        routes.MapGet("/v1/deadlines/lateness", LatenessAsync).Describe("getDeadlineLateness", Tag, "How late deadlines fire on this node, and what is late now.",
                "From the due time of a warning or deadline to the commit of what it brought about, as this node counted since it started. `late`, `putOff` and `oldestDueAt` are the whole database's.").ForStaff()
            .Answers<LatenessView>(200, "The distribution.");
        routes.MapPost("/v1/deadlines/{ticketId}/retry", RetryAsync).Describe("retryDeadline", Tag, "Has what was put off tried again at once, after its cause was mended.").ForAdministrators().NeedsNoKey()
            .Takes(typeof(NoFields), "{}", required: false).Answers<DueRetried>(200, "It is tried again.").Refuses(ProblemTypes.NotFound);
    }

    private static async Task<IResult> ListAsync(HttpContext http, DueTable due, TimeProvider time)
    {
        var query = Query.Of(http);
        var (limit, now) = (query.Limit(), time.Now());
        var rows = query.One<DueState>(State.Name) switch
        {
            DueState.Late => await due.ReadLateAsync(now, limit, http.RequestAborted),
            DueState.PutOff => await due.ReadPutOffAsync(limit, http.RequestAborted),
            _ => await due.ReadDueAsync(limit, http.RequestAborted),
        };
        return new Answer(new Page<DueView>([.. rows.Select(row => DueView.Of(row, now))], null));
    }

    private static async Task<IResult> LatenessAsync(HttpContext http, DueTable due, DueWorkers workers, TimeProvider time) =>
        new Answer(LatenessView.Of(workers.Lateness.Read(), await due.ReadBacklogAsync(time.Now(), http.RequestAborted)));

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
    /// <summary>Those that should have been settled by now.</summary>
    Late,
    /// <summary>Those that failed.</summary>
    PutOff,
}

/// <summary>A ticket with something due.</summary>
/// <param name="TicketId">The ticket.</param>
/// <param name="DueAt">When a warning or deadline of it is to be settled.</param>
/// <param name="LateBy">ISO 8601 duration for which that has been past; null: it lies ahead.</param>
/// <param name="NextTryAt">When it is tried; later than <paramref name="DueAt"/> when it was put off.</param>
/// <param name="Attempts">How often it failed.</param>
/// <param name="LastError">The kind of error.</param>
public sealed record DueView(Guid TicketId, DateTimeOffset DueAt, string? LateBy, DateTimeOffset NextTryAt, int Attempts, string? LastError)
{
    /// <summary>A row, as of a time.</summary>
    public static DueView Of(DueRow row, DateTimeOffset now) =>
        new(row.StreamId, row.DueAt, row.DueAt < now ? XmlConvert.ToString(now - row.DueAt) : null, row.NextTryAt, row.Attempts, row.LastError);
}

/// <summary>How late deadlines fire. All durations are ISO 8601.</summary>
/// <param name="Since">Since when this node counts.</param>
/// <param name="Count">Warnings and deadlines that it has settled, several of one ticket at once counted once.</param>
/// <param name="P50">Half of them were no later; at most a sixteenth too high.</param>
/// <param name="P99">Ninety-nine of a hundred were no later; at most a sixteenth too high.</param>
/// <param name="Max">The latest.</param>
/// <param name="Buckets">How many were how late.</param>
/// <param name="Late">Tickets of the whole database of which something should have been settled by now, counted up to 100,000.</param>
/// <param name="PutOff">Tickets of the whole database whose settling failed and is tried again.</param>
/// <param name="OldestDueAt">Since when the oldest of the late ones is; null: none is late.</param>
public sealed record LatenessView(DateTimeOffset Since, long Count, string P50, string P99, string Max, IReadOnlyList<LatenessBucketView> Buckets, long Late, long PutOff, DateTimeOffset? OldestDueAt)
{
    /// <summary>A node's figures, and the database's.</summary>
    public static LatenessView Of(LatenessFigures figures, DueBacklog backlog) =>
        new(figures.Since, figures.Count, XmlConvert.ToString(figures.P50), XmlConvert.ToString(figures.P99), XmlConvert.ToString(figures.Longest),
            [.. figures.Buckets.Select(bucket => new LatenessBucketView(bucket.AtMost is { } most ? XmlConvert.ToString(most) : null, bucket.Count))], backlog.Late, backlog.PutOff, backlog.Oldest);
}

/// <summary>A bucket of the distribution.</summary>
/// <param name="AtMost">ISO 8601 duration: no later than this, and later than the bucket before; null: later than all others.</param>
/// <param name="Count">How many.</param>
public sealed record LatenessBucketView(string? AtMost, long Count);

/// <summary>A ticket whose deadline is tried again.</summary>
/// <param name="TicketId">The ticket.</param>
public sealed record DueRetried(Guid TicketId);
