using System.Text.Json.Nodes;
using Microsoft.Net.Http.Headers;
using ServiceOrders.Domain.Auditing;
using ServiceOrders.Domain.Tickets.Acts;
using ServiceOrders.Host.Sampling;
using ServiceOrders.Host.Tickets;
using ServiceOrders.Host.Web;

namespace ServiceOrders.Host.Auditing;

/// <summary><c>GET /v1/tickets/{idOrNumber}/evidence</c> and <c>GET /v1/audit/samples/{month}/evidence</c>: a ticket's history, or a sample's, as a file that proves itself.</summary>
public static class EvidenceEndpoint
{
    private static readonly QueryParameter Checkpoint = new("checkpoint", typeof(long),
        "The size of the checkpoint to prove against, such as one that was kept; events after it are left out. Left out: the last one, or one that is signed for the ticket's last event.");

    private static readonly QueryParameter SampleCheckpoint = Checkpoint with
    {
        Description = "The size of the checkpoint to prove against; events after it are left out. Left out: the first that covers the seed's commitment, which shows how early that was there.",
    };

    /// <summary>Maps them.</summary>
    public static void MapEvidence(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/v1/audit/samples/{month}/evidence", GetOfSampleAsync)
            .Describe("getSampleEvidence", "Audit", "That a month's seed was fixed beforehand, as a file that proves itself offline.", AuditTexts.SampleEvidence).For(Callers.Administrator, auditors: true)
            .Query(SampleCheckpoint).Answers<JsonObject>(200, "The file, to be kept byte for byte.")
            .Refuses(ProblemTypes.NotFound, ProblemTypes.SigningRefused, ProblemTypes.LogContradicted, ProblemTypes.AuditLogBehind);
        routes.MapGet("/v1/tickets/{idOrNumber}/evidence", GetAsync)
        .Describe("getEvidence", "Audit", "A ticket's history as a file that proves itself offline.", AuditTexts.Evidence).For(Callers.Supervisor | Callers.Administrator, auditors: true)
        .Query(Checkpoint).Answers<JsonObject>(200, "The file, to be kept byte for byte.").Refuses(ProblemTypes.NotFound, ProblemTypes.SigningRefused, ProblemTypes.LogContradicted, ProblemTypes.AuditLogBehind);
    }

    private static async Task<IResult> GetAsync(string idOrNumber, HttpContext http, TicketReader tickets, TicketEvidence evidence)
    {
        var size = Query.Of(http).Number("checkpoint", 1, long.MaxValue);
        return await tickets.FindAsync(idOrNumber, http.RequestAborted) is { } ticket ? Answer(await evidence.MakeAsync(ticket.Id, size, http.RequestAborted), http) : new Problem(ProblemTypes.NotFound);
    }

    private static async Task<IResult> GetOfSampleAsync(string month, HttpContext http, TicketEvidence evidence)
    {
        var size = Query.Of(http).Number("checkpoint", 1, long.MaxValue);
        return SampleMonth.Parse(month) is { } asked ? Answer(await evidence.MakeOfSampleAsync(Samples.Kind.IdOf(asked.ToString()), size, http.RequestAborted), http) : new Problem(ProblemTypes.NotFound);
    }

    private static IResult Answer(Bundle? bundle, HttpContext http)
    {
        if (bundle is null) return new Problem(ProblemTypes.NotFound);
        http.Response.Headers.CacheControl = "no-store";
        http.Response.Headers.ContentDisposition = new ContentDispositionHeaderValue("attachment") { FileName = $"evidence-{bundle.Number}.json" }.ToString();
        return Results.Bytes(bundle.File, "application/json");
    }
}
