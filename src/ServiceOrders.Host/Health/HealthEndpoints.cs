using ServiceOrders.Host.Web;

namespace ServiceOrders.Host.Health;

/// <summary><c>/health/live</c> and <c>/health/ready</c>, for whoever runs the process. Without a key, and with nothing in them that would need one.</summary>
public static class HealthEndpoints
{
    /// <summary>Maps them.</summary>
    public static void MapHealth(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/health/live", () => new Answer(new Liveness("alive"))).Describe("getLiveness", "Health", "Whether the process runs.").ForEveryone().Answers<Liveness>(200, "It runs.");
        routes.MapGet("/health/ready", async (HttpContext http, Readiness readiness) =>
            {
                var report = await readiness.CheckAsync(http.RequestAborted);
                if (!report.Ready) http.Response.Headers.RetryAfter = "2";
                return new Answer(report, report.Ready ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable);
            })
            .Describe("getReadiness", "Health", "Whether requests can be served, and how the parts are.").ForEveryone()
            .Answers<ReadinessReport>(200, "They can.").Answers<ReadinessReport>(503, "They cannot.");
    }
}

/// <summary>The process runs.</summary>
/// <param name="Status"><c>alive</c>.</param>
public sealed record Liveness(string Status);

/// <summary>How the service is.</summary>
/// <param name="Ready">Whether requests can be served.</param>
/// <param name="Checks">How each part is.</param>
public sealed record ReadinessReport(bool Ready, IReadOnlyList<HealthCheck> Checks);

/// <summary>How a part is.</summary>
/// <param name="Name">Which: <c>startUp</c>, <c>database</c>, <c>deadlines</c>, <c>projection:…</c>, <c>auditLog</c>, <c>accessLog</c>.</param>
/// <param name="Status">How.</param>
/// <param name="Detail">What there is to know.</param>
public sealed record HealthCheck(string Name, HealthStatus Status, string? Detail = null);

/// <summary>How a part is.</summary>
public enum HealthStatus
{
    /// <summary>As it should be.</summary>
    Ok,
    /// <summary>Someone should look; requests are served all the same.</summary>
    Warning,
    /// <summary>Requests cannot be served.</summary>
    Failed,
}
