using System.Threading.RateLimiting;
using Microsoft.AspNetCore.Authorization;

namespace ServiceOrders.Host.Web;

/// <summary>How many requests are under way at once. More wait in a queue that has an end: past it, 503 with Retry-After.</summary>
public sealed class Crowd(RequestDelegate next, WebLimits limits) : IDisposable
{
    private readonly ConcurrencyLimiter _limiter = new(new ConcurrencyLimiterOptions
    {
        PermitLimit = limits.ConcurrentRequests, QueueLimit = limits.WaitingRequests, QueueProcessingOrder = QueueProcessingOrder.OldestFirst,
    });

    /// <summary>Runs the request. What is open to everyone passes by, health checks above all: they must answer when nothing else does.</summary>
    public async Task InvokeAsync(HttpContext http)
    {
        if (http.GetEndpoint() is not { } endpoint || endpoint.Metadata.GetMetadata<IAllowAnonymous>() is not null)
        {
            await next(http);
            return;
        }
        using var place = await _limiter.AcquireAsync(1, http.RequestAborted);
        if (place.IsAcquired) await next(http);
        else await new Problem(ProblemTypes.Overloaded) { RetryAfter = 1 }.ExecuteAsync(http);
    }

    /// <inheritdoc/>
    public void Dispose() => _limiter.Dispose();
}
