using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http;
using ServiceOrders.Host.Web;

namespace ServiceOrders.Host.Tests.Web;

/// <summary>How many requests are under way at once.</summary>
public sealed class CrowdTests
{
    [Theory]
    [InlineData("/v1/tickets")]
    [InlineData("/V1/tickets")]
    public async Task Whoever_comes_to_a_full_house_is_told_to_come_back_and_health_checks_pass_by(string path)
    {
        var under = new TaskCompletionSource();
        using var crowd = new Crowd(http => http.GetEndpoint()!.Metadata.Count > 0 ? Task.CompletedTask : under.Task, new WebLimits { ConcurrentRequests = 1, WaitingRequests = 0 });
        var (first, second, health) = (Request(path), Request(path), Request("/health/live", new AllowAnonymousAttribute()));

        var underWay = crowd.InvokeAsync(first);
        await crowd.InvokeAsync(second);
        await crowd.InvokeAsync(health);
        (second.Response.StatusCode, second.Response.Headers.RetryAfter.ToString()).ShouldBe((503, "1"));
        health.Response.StatusCode.ShouldBe(200);

        under.SetResult();
        await underWay;
        var later = Request(path);
        await crowd.InvokeAsync(later);
        later.Response.StatusCode.ShouldBe(200);
    }

    private static DefaultHttpContext Request(string path, params object[] metadata)
    {
        var http = new DefaultHttpContext { Request = { Path = path } };
        http.SetEndpoint(new Endpoint(null, new EndpointMetadataCollection(metadata), path));
        return http;
    }
}
