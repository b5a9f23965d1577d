using ServiceOrders.Host.Web;

namespace ServiceOrders.Host.Access;

/// <summary>
/// Lets in who may come in: finds the caller of the key, holds each to its rate, and refuses by role and by unknown query parameters what an operation does not
/// allow. Everything under <c>/v1</c> is closed unless the operation says for whom it is open.
/// </summary>
public sealed class Door(RequestDelegate next, Credentials credentials, RateLimits rates)
{
    private const string Challenge = "Bearer realm=\"service-orders\"";

    /// <summary>Runs the request.</summary>
    public async Task InvokeAsync(HttpContext http)
    {
        var endpoint = http.GetEndpoint();
        if (endpoint is null || !http.Request.Path.StartsWithSegments("/v1", StringComparison.Ordinal))
        {
            await next(http);
            return;
        }
        if (await RefuseAsync(http, endpoint) is { } problem) await problem.ExecuteAsync(http);
        else await next(http);
    }

    private async ValueTask<Problem?> RefuseAsync(HttpContext http, Endpoint endpoint)
    {
        if (ApiKey.Of(http.Request) is not { } key) return Unauthenticated(http);
        if (rates.RefuseStranger(http.Connection.RemoteIpAddress) is { } later) return Limited(later);
        var caller = await credentials.FindAsync(key, http.RequestAborted);
        if (caller is null)
        {
            rates.CountStranger(http.Connection.RemoteIpAddress);
            return Unauthenticated(http);
        }
        http.Features.Set(caller);
        if (rates.Take(caller) is { } wait) return Limited(wait);

        // Routing answers 405 and 415 through endpoints of its own, which say nothing about access; they are for whoever has a key.
        if (endpoint is not RouteEndpoint) return null;
        var access = endpoint.Metadata.GetMetadata<AccessInfo>();
        if (access is null || !((caller.Callers & access.Callers) != 0 || (caller.IsAuditor && access.Auditors))) return new Problem(ProblemTypes.Forbidden, "The caller's role does not allow this operation.");
        return Query.Unknown(http.Request.Query, endpoint.Metadata.GetMetadata<QueryInfo>()?.Parameters ?? []);
    }

    private static Problem Limited(TimeSpan wait) => new(ProblemTypes.RateLimited) { RetryAfter = (int)Math.Ceiling(wait.TotalSeconds) };

    private static Problem Unauthenticated(HttpContext http)
    {
        http.Response.Headers.WWWAuthenticate = Challenge;
        return new Problem(ProblemTypes.Unauthenticated);
    }
}
