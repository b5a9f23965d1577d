using System.Globalization;
using ServiceOrders.AuditLog.Reading;
using ServiceOrders.AuditLog.Signing;
using ServiceOrders.Domain.Tickets.Acts;
using ServiceOrders.EventStore;
using ServiceOrders.Host.Access;
using ServiceOrders.Host.Configuration;
using ServiceOrders.Host.Web;

namespace ServiceOrders.Host.Auditing;

/// <summary><c>/v1/audit</c>: the log that every event enters, its checkpoints and keys (row A2).</summary>
public static class AuditLogEndpoints
{
    /// <summary>The chapter of the OpenAPI document.</summary>
    public const string Tag = "Audit";

    /// <summary>Maps them.</summary>
    public static void MapAuditLog(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/v1/audit/log", StatusAsync).Describe("getAuditLog", Tag, "How far the audit log is, and how much of it is protected from whoever rules the database.", AuditTexts.Log).ForAuditing()
            .Answers<AuditLogView>(200, "The log.");
        routes.MapGet("/v1/audit/checkpoints", ListAsync).Describe("listCheckpoints", Tag, "Lists the signed checkpoints, the newest first.", AuditTexts.Checkpoints).ForAuditing()
            .Query(QueryParameter.Limit, QueryParameter.Cursor).Answers<Page<CheckpointView>>(200, "A page of them.");
        routes.MapGet("/v1/audit/checkpoints/{size}", GetAsync).Describe("getCheckpoint", Tag, "The checkpoint of that many events.").ForAuditing()
            .Answers<CheckpointView>(200, "The checkpoint.").Refuses(ProblemTypes.NotFound);
        routes.MapPost("/v1/audit/checkpoints", SignAsync).Describe("signCheckpoint", Tag, "Signs a checkpoint now, where the log has grown since the last one, and sends it outside.").ForAuditing().NeedsNoKey()
            .Takes(typeof(NoFields), "{}", required: false).Answers<CheckpointView>(201, "It was signed.", location: true).Answers<CheckpointView>(200, "The log has not grown: the last one.")
            .Refuses(ProblemTypes.SigningRefused, ProblemTypes.AuditLogBehind);
        routes.MapGet("/v1/audit/keys", KeysAsync).Describe("listAuditKeys", Tag, "Lists the public keys of the checkpoints' signatures, the first one first.").ForAuditing()
            .Answers<Page<AuditKeyView>>(200, "All of them.");
        routes.MapPost("/v1/audit/keys/rotate", RotateAsync).Describe("rotateAuditKey", Tag, "Makes a new signing key; the first checkpoint after it is signed by the old one as well.", AuditTexts.Rotation)
            .ForAdministrators().NeedsNoKey().Takes(typeof(NoFields), "{}", required: false).Answers<AuditKeyView>(200, "The new key.")
            .Refuses(ProblemTypes.StateForbids, ProblemTypes.Conflict);
    }

    /// <summary>Auditors and administrators.</summary>
    public static RouteHandlerBuilder ForAuditing(this RouteHandlerBuilder endpoint) => endpoint.For(Callers.Administrator, auditors: true);

    private static async Task<IResult> StatusAsync(HttpContext http, StoreDatabase database) => new Answer(AuditLogView.Of(await LogStatus.ReadAsync(database, http.RequestAborted)));

    private static async Task<IResult> ListAsync(HttpContext http, CheckpointTable checkpoints)
    {
        var query = Query.Of(http);
        var limit = query.Limit();
        var cursor = NameCursor.Decode(query);
        var below = cursor.Length == 0 ? long.MaxValue : long.TryParse(cursor, CultureInfo.InvariantCulture, out var size) ? size
            : throw new ProblemException(Problem.With(ProblemTypes.InvalidParameter, "cursor", "must be the nextCursor of the page before"));
        var page = NameCursor.PageOf(await checkpoints.BelowAsync(below, limit + 1, http.RequestAborted), limit, checkpoint => checkpoint.Size.ToString(CultureInfo.InvariantCulture));
        return new Answer(new Page<CheckpointView>([.. page.Items.Select(CheckpointView.Of)], page.NextCursor));
    }

    private static async Task<IResult> GetAsync(string size, HttpContext http, CheckpointTable checkpoints) =>
        long.TryParse(size, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && await checkpoints.FindAsync(number, http.RequestAborted) is { } checkpoint
            ? new Answer(CheckpointView.Of(checkpoint)) : new Problem(ProblemTypes.NotFound);

    private static async Task<IResult> SignAsync(HttpContext http, CheckpointWorker worker)
    {
        await JsonBody.ReadAsync<NoFields>(http);
        var outcome = await worker.SignNowAsync(http.RequestAborted);
        if (outcome.Refusal is { } refusal) return new Problem(ProblemTypes.SigningRefused, refusal.Detail);
        if (outcome.Checkpoint is not { } checkpoint) return new Problem(ProblemTypes.AuditLogBehind, "No event is in the log yet.") { RetryAfter = 1 };
        return new Answer(CheckpointView.Of(checkpoint), outcome.IsNew ? StatusCodes.Status201Created : StatusCodes.Status200OK,
            Location: outcome.IsNew ? string.Create(CultureInfo.InvariantCulture, $"/v1/audit/checkpoints/{checkpoint.Size}") : null);
    }

    private static async Task<IResult> KeysAsync(HttpContext http, KeyTable keys) => new Answer(new Page<AuditKeyView>(await ViewsAsync(keys, http.RequestAborted), null));

    private static async Task<IResult> RotateAsync(HttpContext http, AuditKeys own, KeyTable keys)
    {
        await JsonBody.ReadAsync<NoFields>(http);
        var fresh = await own.RotateAsync(new ChangeRequest(http.Caller().Actor, http.TraceId()), http.RequestAborted);
        return new Answer((await ViewsAsync(keys, http.RequestAborted)).Single(key => key.Id == fresh));
    }

    private static async Task<IReadOnlyList<AuditKeyView>> ViewsAsync(KeyTable keys, CancellationToken cancellation)
    {
        var introduced = await keys.ListAsync(cancellation);
        return [.. introduced.Select(key => new AuditKeyView(key.Id, key.PublicKey.Pem, key.IntroducedAt, key == introduced[^1]))];
    }
}
