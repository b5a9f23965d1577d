using Microsoft.AspNetCore.Authorization;
using ServiceOrders.Host.Web;

namespace ServiceOrders.Host.Access;

/// <summary>
/// Lets in who may come in: finds the caller of the key, holds each to its rate, and refuses by role and by unknown query parameters what an operation does not
/// allow. Every endpoint is closed unless it says for whom it is open (<see cref="Operations"/>): what an address looks like decides nothing.
/// </summary>
public sealed class Door(RequestDelegate next, Credentials credentials, RateLimits rates)
{
    private const string Challenge = "Bearer realm=\"service-orders\"";

    /// <summary>Runs the request.</summary>
    public async Task InvokeAsync(HttpContext http)
    {
        var endpoint = http.GetEndpoint();
        if (endpoint is null || endpoint.Metadata.GetMetadata<IAllowAnonymous>() is not null)
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
        // Who guesses keys must not shut out whoever shares the address: a key that counted here before is looked up whatever strangers did.
        if (rates.RefuseStranger(http.Connection.RemoteIpAddress) is { } later && !credentials.Knows(key)) return Limited(later);
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
        // The same everywhere, also where a key has nothing to do: whoever sends a malformed one believes in something that is not so.
        if (HttpMethods.IsPost(http.Request.Method) || HttpMethods.IsPut(http.Request.Method)) RequestKeys.Header(http);
        return Query.Unknown(http.Request.Query, endpoint.Metadata.GetMetadata<QueryInfo>()?.Parameters ?? []);
    }

    private static Problem Limited(TimeSpan wait) => new(ProblemTypes.RateLimited) { RetryAfter = (int)Math.Ceiling(wait.TotalSeconds) };

    private static Problem Unauthenticated(HttpContext http)
    {
        http.Response.Headers.WWWAuthenticate = Challenge;
        return new Problem(ProblemTypes.Unauthenticated);
    }
}
