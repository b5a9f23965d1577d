using System.Globalization;
using ServiceOrders.AuditLog.Verifying;
using ServiceOrders.Domain.Tickets.Acts;
using ServiceOrders.Host.Access;
using ServiceOrders.Host.Web;

namespace ServiceOrders.Host.Auditing;

/// <summary><c>/v1/audit/verifications</c>, <c>/v1/audit/findings</c>: whether the store is still what entered the log (row A2).</summary>
public static class VerificationEndpoints
{
    private static readonly QueryParameter Standing = new("standing", typeof(bool), "true: only what the last complete verification found as well.");

    /// <summary>Maps them.</summary>
    public static void MapVerifications(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/v1/audit/verifications", ListAsync).Describe("listVerifications", AuditLogEndpoints.Tag, "Lists the verifications, the newest first.", AuditTexts.Verifications).ForAuditing()
            .Query(QueryParameter.Limit, QueryParameter.Cursor).Answers<Page<VerificationView>>(200, "A page of them.");
        routes.MapGet("/v1/audit/verifications/{id}", GetAsync).Describe("getVerification", AuditLogEndpoints.Tag, "How far a verification is, or what it came to.").ForAuditing()
            .Answers<VerificationView>(200, "The verification.").Refuses(ProblemTypes.NotFound);
        routes.MapPost("/v1/audit/verifications", RequestAsync).Describe("requestVerification", AuditLogEndpoints.Tag, "Has the whole store verified now, as fast as it goes.",
                "Begins within a second on one of the nodes. Whoever asks while one waits gets that one.").ForAuditing().NeedsNoKey()
            .Takes(typeof(NoFields), "{}", required: false).Answers<VerificationView>(202, "It waits for its turn.", location: true);
        routes.MapGet("/v1/audit/findings", FindingsAsync).Describe("listFindings", AuditLogEndpoints.Tag, "Lists what verifications found, the newest first.", AuditTexts.Findings).ForAuditing()
            .Query(QueryParameter.Limit, QueryParameter.Cursor, Standing).Answers<Page<FindingView>>(200, "A page of them.");
    }

    private static async Task<IResult> ListAsync(HttpContext http, VerificationTable verifications)
    {
        var query = Query.Of(http);
        var limit = query.Limit();
        var page = NameCursor.PageOf(await verifications.ListAsync(Below(query), limit + 1, http.RequestAborted), limit, verification => Text(verification.Id));
        return new Answer(new Page<VerificationView>([.. page.Items.Select(VerificationView.Of)], page.NextCursor));
    }

    private static async Task<IResult> GetAsync(string id, HttpContext http, VerificationTable verifications) =>
        long.TryParse(id, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && await verifications.FindAsync(number, http.RequestAborted) is { } verification
            ? new Answer(VerificationView.Of(verification)) : new Problem(ProblemTypes.NotFound);

    private static async Task<IResult> RequestAsync(HttpContext http, VerificationTable verifications, TimeProvider time)
    {
        await JsonBody.ReadAsync<NoFields>(http);
        var verification = await verifications.RequestAsync(http.Caller().Actor.Id, time.Now(), http.RequestAborted);
        return new Answer(VerificationView.Of(verification), StatusCodes.Status202Accepted, Location: $"/v1/audit/verifications/{Text(verification.Id)}");
    }

    private static async Task<IResult> FindingsAsync(HttpContext http, FindingTable findings, TimeProvider time)
    {
        var query = Query.Of(http);
        var limit = query.Limit();
        var standing = query.Flag(Standing.Name) ?? false;
        var page = NameCursor.PageOf(await findings.ListAsync(Below(query), limit + 1, time.Now(), standing, http.RequestAborted), limit, finding => Text(finding.Id));
        return new Answer(new Page<FindingView>([.. page.Items.Select(FindingView.Of)], page.NextCursor));
    }

    private static long Below(Query query)
    {
        var cursor = NameCursor.Decode(query);
        return cursor.Length == 0 ? long.MaxValue : long.TryParse(cursor, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number
            : throw new ProblemException(Problem.With(ProblemTypes.InvalidParameter, "cursor", "must be the nextCursor of the page before"));
    }

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
