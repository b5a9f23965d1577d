using ServiceOrders.Domain.Tickets.Acts;
using ServiceOrders.Host.Access;
using ServiceOrders.Host.Tickets;
using ServiceOrders.Host.Web;

namespace ServiceOrders.Host.Auditing;

/// <summary><c>GET /v1/audit/export</c>: all that a search finds, of any size, as a stream.</summary>
public static class AuditExportEndpoint
{
    /// <summary>The media type of JSON values, one on a line.</summary>
    internal const string NdjsonType = "application/x-ndjson";

    /// <summary>The media type of records of fields separated by commas.</summary>
    internal const string CsvType = "text/csv";

    private const int RetryAfterSeconds = 10;

    private static readonly QueryParameter Format = new("format", typeof(ExportFormat), "ndjson when left out.");

    private const string Description = """
        Events as `GET /v1/audit/events` finds them, in the order in which they were stored, up to where the index was when the export began. The last record tells how many there were and the last
        position: in NDJSON `{"end":{"exportId":…,"count":…,"lastPosition":…,"upTo":…,"missing":…}}`, in CSV a record whose first field is `end` and whose field `data` holds the same. An export without it was
        cut. In CSV a field that a spreadsheet would take for a formula gets an apostrophe before it.

        Who exported what is itself stored, in a stream of type `audit_export`: `audit_export_started` before the first record goes out, `audit_exported` with the count at the end.
        """;

    /// <summary>Registers what it needs.</summary>
    public static IServiceCollection AddAuditExport(this IServiceCollection services) =>
        services.AddSingleton<AuditExport>().AddSingleton(provider => new ExportPlaces(provider.GetRequiredService<WebLimits>().ConcurrentExports));

    /// <summary>Maps it.</summary>
    public static void MapAuditExport(this IEndpointRouteBuilder routes) =>
        routes.MapGet("/v1/audit/export", ExportAsync).Describe("exportAuditEvents", AuditSearchEndpoint.Tag, "Exports events across all tickets and all configuration.", Description)
            .For(Callers.Administrator, auditors: true).Query([Format, .. AuditQuery.Parameters]).AnswersLines<AuditEvent>(NdjsonType, "With `format=ndjson`: the events, a line each.")
            .AnswersLines<string>(CsvType, "With `format=csv`: the events, a record each.").Refuses(ProblemTypes.InvalidParameter).DisableRequestTimeout();

    private static async Task<IResult> ExportAsync(HttpContext http, AuditExport export, ExportPlaces places, TicketReader tickets, IHostApplicationLifetime lifetime)
    {
        var format = Query.Of(http).One<ExportFormat>(Format.Name) ?? ExportFormat.Ndjson;
        var asked = new ExportRequest(await AuditQuery.FilterOfAsync(http, tickets), format, http.Caller().Actor, http.TraceId());
        using var place = places.Take();
        if (!place.IsAcquired) return new Problem(ProblemTypes.Overloaded, "As many exports as may be are under way.") { RetryAfter = RetryAfterSeconds };
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted, lifetime.ApplicationStopping);
        var under = await export.BeginAsync(asked, stop.Token);
        using var lines = AuditLines.Of(format);
        http.Response.ContentType = $"{lines.MediaType}; charset=utf-8";
        http.Response.Headers.CacheControl = "no-store";
        http.Response.Headers.ContentDisposition = $"attachment; filename=\"audit-events-{under.Id}.{asked.FormatName}\"";
        // From here on nothing but a broken connection can tell the caller that the rest does not come.
        await http.Response.StartAsync(stop.Token);
        try
        {
            await export.RunAsync(under, lines, http.Response.BodyWriter, stop.Token);
        }
#pragma warning disable CA1031 // whatever happened, the caller has to be told, and the log tells what
        catch (Exception trouble)
#pragma warning restore CA1031
        {
            export.TellCut(under, trouble);
            http.Abort();
        }
        return Results.Empty;
    }
}

/// <summary>Exports that are under way at once on this node.</summary>
/// <param name="most">How many.</param>
internal sealed class ExportPlaces(int most) : Places(most);
