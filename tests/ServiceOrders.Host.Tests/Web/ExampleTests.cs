using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using ServiceOrders.Domain.Tickets;
using ServiceOrders.Domain.Tickets.Acts;
using ServiceOrders.Host.Tests.Given;
using ServiceOrders.Host.Web;

namespace ServiceOrders.Host.Tests.Web;

/// <summary>Clients start from the examples of the OpenAPI document: every one must be a body that the service takes.</summary>
public sealed class ExampleTests(RunningService service) : IClassFixture<RunningService>
{
    private IEnumerable<(string Name, BodyInfo Body)> Bodies => service.Services.GetRequiredService<EndpointDataSource>().Endpoints
        .Where(e => e.Metadata.GetMetadata<BodyInfo>() is not null).Select(e => (e.Metadata.GetMetadata<IEndpointNameMetadata>()!.EndpointName, e.Metadata.GetMetadata<BodyInfo>()!));

    [Fact]
    public void Every_operation_with_a_body_has_an_example_that_it_takes()
    {
        Bodies.Count().ShouldBeGreaterThan(30);
        foreach (var (name, body) in Bodies) JsonBody.Parse(Encoding.UTF8.GetBytes(body.Example.ShouldNotBeNull(name)), body.Type).ShouldNotBeNull(name);
    }

    [Fact]
    public void Every_example_of_an_act_says_what_the_act_needs()
    {
        var examples = Bodies.ToLookup(b => b.Body.Type, b => b.Body.Example!);
        foreach (var act in ActCatalog.All.Prepend(ActCatalog.Open))
        {
            foreach (var example in examples[act.Message])
                act.Validate((TicketAct)JsonBody.Parse(Encoding.UTF8.GetBytes(example), act.Message), false).ShouldBeEmpty($"{act.Name}: {example}");
        }
    }

    [Fact]
    public void Every_operation_of_the_API_says_for_whom_it_is() =>
        service.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
            .Where(e => e.RoutePattern.RawText!.StartsWith("/v1", StringComparison.Ordinal) && e.Metadata.GetMetadata<AccessInfo>() is null).Select(e => e.RoutePattern.RawText).ShouldBeEmpty();
}
