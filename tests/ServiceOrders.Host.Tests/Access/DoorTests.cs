using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using ServiceOrders.Host.Tests.Given;

namespace ServiceOrders.Host.Tests.Access;

/// <summary>Every operation is behind the door, however its address is spelled: routing takes no notice of case.</summary>
public sealed class DoorTests(RunningService service) : IClassFixture<RunningService>
{
    private static readonly string[] OpenToEveryone = ["/health/live", "/health/ready", "/problems", "/problems/{code}"];

    [Theory]
    [InlineData("/v1/")]
    [InlineData("/V1/")]
    public async Task Nobody_without_a_key_gets_through_to_any_operation(string prefix)
    {
        var events = await service.CountAsync("events.mt_events");
        var closed = Operations().Where(o => !OpenToEveryone.Contains(o.Pattern)).ToArray();
        closed.Length.ShouldBeGreaterThan(40);
        foreach (var (method, pattern) in closed)
        {
            pattern.ShouldStartWith("/v1/");
            var path = prefix + Regex.Replace(pattern["/v1/".Length..], @"\{[^}]+\}", "inline");
            var answer = await service.Nobody.SendAsync(new HttpMethod(method), path, null);
            (answer.Status, answer.Problem).ShouldBe((401, "unauthenticated"), $"{method} {path}");
        }
        (await service.CountAsync("events.mt_events")).ShouldBe(events);
    }

    [Fact]
    public async Task A_role_is_asked_for_however_the_address_is_spelled()
    {
        (await service.Shop.GetAsync("/V1/STAFF")).Problem.ShouldBe("forbidden");
        (await service.Shop.PostAsync("/V1/projections/inline/REBUILD", "{}")).Problem.ShouldBe("forbidden");
        (await service.Agent.GetAsync("/V1/tickets?nonsense=1")).Problem.ShouldBe("unknown-parameter");
    }

    private IEnumerable<(string Method, string Pattern)> Operations() =>
        from endpoint in service.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
        from method in endpoint.Metadata.GetMetadata<IHttpMethodMetadata>()!.HttpMethods
        select (method, endpoint.RoutePattern.RawText!);
}
