using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using ServiceOrders.Domain.Privacy;
using ServiceOrders.EventStore;
using ServiceOrders.Host.Privacy;
using ServiceOrders.Host.Tests.Given;

namespace ServiceOrders.Host.Tests.Privacy;

public class AccessLimitTests(RunningService service) : IClassFixture<RunningService>
{
    [Fact]
    public async Task When_no_more_accesses_can_be_taken_down_answers_are_503_and_come_back_with_the_database()
    {
        var id = (await service.Shop.PostAsync("/v1/tickets", RunningService.Request())).Value<Guid>("id");
        var store = service.Services.GetRequiredService<StoreDatabase>();
        var journal = service.Services.GetRequiredService<AccessJournal>();
        await using (var connection = await store.Dedicated.OpenConnectionAsync())
        {
            // Nothing is appended while someone holds the append lock.
            await using (var hold = new NpgsqlCommand("select pg_advisory_lock(21327, 1)", connection)) await hold.ExecuteNonQueryAsync();
            journal.Record(Desk.Agent, "GET many", Enumerable.Range(0, AccessJournal.Capacity).Select(_ => new Showing(Guid.CreateVersion7(), Guid.CreateVersion7(), PersonalData.Contact)));
            var refused = await service.Agent.GetAsync($"/v1/tickets/{id}");
            (refused.Status, refused.Problem).ShouldBe((503, "overloaded"));
            refused.RetryAfter.ShouldNotBeNull();
            refused.Body.ShouldNotContain("王芳");
        }
        await journal.FlushAsync();
        (await service.Agent.GetAsync($"/v1/tickets/{id}")).Status.ShouldBe(200);
    }
}
