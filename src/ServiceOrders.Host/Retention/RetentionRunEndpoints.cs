using System.Globalization;
using ServiceOrders.AuditLog.Signing;
using ServiceOrders.Host.Access;
using ServiceOrders.Host.Auditing;
using ServiceOrders.Host.Web;
using ServiceOrders.ReadModels.Retention;

namespace ServiceOrders.Host.Retention;

/// <summary><c>/v1/audit/retention/runs</c> and <c>…/records</c>: what retention does and did (row A3).</summary>
internal static class RetentionRunEndpoints
{
    private const string Tag = AuditLogEndpoints.Tag;

    // A record can name thousands of positions.
    private const int MostRecords = 20;

    private static readonly QueryParameter RecordLimit = QueryParameter.Limit with { Description = "How many items at most, 1 to 20; 20 when left out." };

    public static void MapRetentionRuns(this IEndpointRouteBuilder routes)
    {
        routes.MapPost("/v1/audit/retention/runs", AskAsync).Describe("runRetention", Tag, "Has closed tickets archived and deleted that are past their time now, besides the daily run.",
                "With `dryRun` nothing is done: the run counts what it would do, and names the first hundred. Answers at once; the run tells how far it is. Doing it again finds nothing left to do.").ForAdministrators()
            .NeedsNoKey().Takes<RetentionRequest>("""{ "dryRun": true }""").Answers<RetentionRunView>(202, "It will be worked on.", location: true).Refuses(ProblemTypes.StateForbids);
        routes.MapGet("/v1/audit/retention/runs", ListAsync).Describe("listRetentionRuns", Tag, "Runs of retention, the newest first.").ForAuditing()
            .Query(QueryParameter.Limit, QueryParameter.Cursor).Answers<Page<RetentionRunView>>(200, "A page of them.").Refuses(ProblemTypes.InvalidParameter);
        routes.MapGet("/v1/audit/retention/runs/{id}", GetAsync).Describe("getRetentionRun", Tag, "How far a run of retention is, and what it came to.").ForAuditing()
            .Answers<RetentionRunView>(200, "The run.").Refuses(ProblemTypes.NotFound);
        routes.MapGet("/v1/audit/retention/records", RecordsAsync).Describe("listRetentionRecords", Tag, "What was archived and deleted, when and by which rule, the newest first.",
                "Each record is an event, written in the transaction that did what it says, and stands in the audit log for good: `proof` shows that it does, as soon as a checkpoint was signed after it.").ForAuditing()
            .Query(RecordLimit, QueryParameter.Cursor).Answers<Page<RetentionRecordView>>(200, "A page of them.").Refuses(ProblemTypes.InvalidParameter);
    }

    private static async Task<IResult> AskAsync(HttpContext http, RetentionRunQuery runs, RetentionWorker worker, TimeProvider time)
    {
        var request = (await JsonBody.ReadAsync<RetentionRequest>(http)).Value;
        if (await runs.WaitingAsync(http.RequestAborted) >= RetentionWorker.MostWaiting)
            return new Problem(ProblemTypes.StateForbids, $"{RetentionWorker.MostWaiting} runs wait to be worked on already.");
        var run = (await runs.AskAsync(null, http.Caller().Name, time.Now(), request.DryRun, http.RequestAborted))!;
        worker.Wake();
        return new Answer(RetentionRunView.Of(run), StatusCodes.Status202Accepted, Location: $"/v1/audit/retention/runs/{run.Id}");
    }

    private static async Task<IResult> ListAsync(HttpContext http, RetentionRunQuery runs)
    {
        var (limit, below) = (Query.Of(http).Limit(), NumberCursor.Decode(Query.Of(http)));
        var page = NameCursor.PageOf(await runs.ListAsync(below, limit + 1, http.RequestAborted), limit, run => run.Number.ToString(CultureInfo.InvariantCulture));
        return new Answer(new Page<RetentionRunView>([.. page.Items.Select(RetentionRunView.Of)], page.NextCursor));
    }

    private static async Task<IResult> GetAsync(string id, HttpContext http, RetentionRunQuery runs) =>
        Guid.TryParseExact(id, "D", out var known) && await runs.FindAsync(known, http.RequestAborted) is { } run ? new Answer(RetentionRunView.Of(run)) : new Problem(ProblemTypes.NotFound);

    private static async Task<IResult> RecordsAsync(HttpContext http, RetentionRecordQuery records, CheckpointTable checkpoints, AuditProofs proofs)
    {
        var (limit, below) = (Query.Of(http).Limit(MostRecords, MostRecords), NumberCursor.Decode(Query.Of(http)));
        var page = NameCursor.PageOf(await records.ListAsync(below, limit + 1, http.RequestAborted), limit, record => record.Position.ToString(CultureInfo.InvariantCulture));
        var covered = (await checkpoints.LatestAsync(http.RequestAborted))?.Position ?? 0;
        var proven = new List<RetentionRecordView>(page.Items.Count);
        foreach (var record in page.Items) proven.Add(record.Position > covered ? record : record with { Proof = await proofs.InclusionAsync(record.Position, http.RequestAborted) });
        return new Answer(new Page<RetentionRecordView>(proven, page.NextCursor));
    }
}
