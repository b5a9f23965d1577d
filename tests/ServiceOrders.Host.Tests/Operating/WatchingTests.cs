using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using ServiceOrders.EventStore;
using ServiceOrders.Host.Tests.Given;

namespace ServiceOrders.Host.Tests.Operating;

/// <summary>What is due, what is late, what was put off, and which promises are broken, as whoever watches over the service sees it.</summary>
public sealed class WatchingTests(RunningService service) : IClassFixture<RunningService>
{
    [Fact]
    public async Task What_was_missed_and_is_still_owed_is_listed_until_it_is_done()
    {
        var path = await service.OpenAsync();
        var id = path.Split('/')[^1];
        await service.LetPassAsync(TimeSpan.FromMinutes(1));
        const string Owed = "/v1/tickets?milestone=answer&milestoneState=breached&sort=overdueSince&limit=500";

        (await IdsAsync(service.Agent, Owed)).ShouldContain(id);
        (await IdsAsync(service.Shop, Owed)).ShouldContain(id);
        (await IdsAsync(service.OtherShop, Owed)).ShouldBeEmpty();
        (await IdsAsync(service.Agent, "/v1/tickets?milestone=answer&milestoneState=running,paused")).ShouldNotContain(id);
        (await IdsAsync(service.Agent, "/v1/tickets?milestone=preliminarySolution&milestoneState=running&sort=nextDueAt&limit=500")).ShouldContain(id);

        (await service.Agent.PostAsync($"{path}/contact", """{ "medium": "phone" }""")).Status.ShouldBe(200);
        (await IdsAsync(service.Agent, Owed)).ShouldNotContain(id);
        (await service.Agent.GetAsync("/v1/tickets?milestoneState=met")).Fields.ShouldBe(["milestoneState"]);
    }

    [Fact]
    public async Task What_the_service_itself_is_late_with_is_told_with_by_how_much()
    {
        var id = (await service.OpenAsync()).Split('/')[^1];
        await FailAsync(id, service.Time.Current.AddMinutes(-90));

        var late = (await service.Agent.GetAsync("/v1/deadlines?state=late")).Items.Single(d => d!["ticketId"]!.GetValue<string>() == id)!;
        (late["lateBy"]!.GetValue<string>(), late["attempts"]!.GetValue<int>(), late["lastError"]!.GetValue<string>()).ShouldBe(("PT1H30M", 3, "InvalidOperationException"));
        (await service.Agent.GetAsync("/v1/deadlines?state=putOff")).Items.ShouldContain(d => d!["ticketId"]!.GetValue<string>() == id);
        var backlog = (await service.Agent.GetAsync("/v1/deadlines/lateness")).Json;
        (backlog["late"]!.GetValue<long>(), backlog["putOff"]!.GetValue<long>()).ShouldBe((1, 1));
        backlog["oldestDueAt"].ShouldNotBeNull();

        (await service.Administrator.PostAsync($"/v1/deadlines/{id}/retry")).Status.ShouldBe(200);
        await service.Services.GetRequiredService<DueWorkers>().SettleDueAsync();
        (await service.Agent.GetAsync("/v1/deadlines?state=late")).Items.ShouldBeEmpty();
        (await service.Agent.GetAsync("/v1/deadlines?state=next&limit=500")).Items.ShouldAllBe(d => d!["lateBy"] == null);
    }

    [Fact]
    public async Task How_late_deadlines_fire_is_told_without_a_metrics_stack()
    {
        var before = await LatenessAsync();
        await service.OpenAsync();
        await service.LetPassAsync(TimeSpan.FromSeconds(40));
        var after = await LatenessAsync();

        after["count"]!.GetValue<long>().ShouldBeGreaterThan(before["count"]!.GetValue<long>());
        after["since"]!.GetValue<string>().ShouldBe(before["since"]!.GetValue<string>());
        after["buckets"]!.AsArray().Sum(b => b!["count"]!.GetValue<long>()).ShouldBe(after["count"]!.GetValue<long>());
        after["buckets"]!.AsArray()[^1]!["atMost"].ShouldBeNull();
        System.Xml.XmlConvert.ToTimeSpan(after["max"]!.GetValue<string>()).ShouldBeGreaterThanOrEqualTo(System.Xml.XmlConvert.ToTimeSpan(after["p50"]!.GetValue<string>()));
        (await service.Shop.GetAsync("/v1/deadlines/lateness")).Status.ShouldBe(403);
        (await service.Auditor.GetAsync("/v1/deadlines/lateness")).Status.ShouldBe(200);
    }

    private async Task<JsonNode> LatenessAsync() => (await service.Agent.GetAsync("/v1/deadlines/lateness")).Json;

    private static async Task<string[]> IdsAsync(ApiClient caller, string path) => [.. (await caller.GetAsync(path)).Items.Select(t => t!["id"]!.GetValue<string>())];

    /// <summary>As if its settling had failed three times.</summary>
    private async Task FailAsync(string ticket, DateTimeOffset dueAt)
    {
        await using var command = service.Services.GetRequiredService<StoreDatabase>().Pooled.CreateCommand(
            "update events.due set due_at = $2, next_try_at = $3, attempts = 3, last_error = 'InvalidOperationException' where stream_id = $1");
        command.Parameters.Add(new() { Value = Guid.Parse(ticket) });
        command.Parameters.Add(new() { Value = dueAt });
        command.Parameters.Add(new() { Value = service.Time.Current.AddDays(30) });
        (await command.ExecuteNonQueryAsync()).ShouldBe(1);
    }
}
