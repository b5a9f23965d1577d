using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using ServiceOrders.Host.Tests.Given;

namespace ServiceOrders.Host.Tests.Tickets;

/// <summary>A firm that works by the shipped policy <c>field-service</c>: its promises of visits, over HTTP (row H7, documents 000 and 004).</summary>
public class VisitTests(RunningService service) : IClassFixture<RunningService>
{
    [Fact]
    public async Task A_visit_is_arranged_in_hours_by_region_and_the_time_agreed_is_kept_moved_or_missed()
    {
        var shop = await FieldShop();
        var opened = await shop.PostAsync("/v1/tickets", RunningService.Request());
        var ticket = "/v1/tickets/" + opened.Text("id");
        Promise(opened, "visitArranged").ShouldBe(("running", InHours(4), 4));
        opened.Milestone("firstResponse")["entry"]!.GetValue<int>().ShouldBe(2);

        var agreed = await Schedule(ticket, InHours(24));
        agreed.Milestone("visitArranged")["state"]!.GetValue<string>().ShouldBe("met");
        Promise(agreed, "arrival").ShouldBe(("running", InHours(24), 9));

        var (first, second) = (InHours(24), InHours(48));
        Promise(await Schedule(ticket, second), "arrival").ShouldBe(("running", second, 9));
        var moved = (await service.Agent.GetAsync(ticket + "/history?limit=500")).Items.Single(e => e!["type"]!.GetValue<string>() == "milestone_retargeted")!["data"]!;
        (moved["oldDueAt"]!.GetValue<string>(), moved["dueAt"]!.GetValue<string>(), moved["cause"]!.GetValue<string>(), moved["entry"]!.GetValue<int>()).ShouldBe((first, second, "visitScheduled", 9));

        await service.LetPassAsync(TimeSpan.FromHours(48) + TimeSpan.FromSeconds(1));
        var missed = await service.Agent.GetAsync(ticket);
        (Promise(missed, "arrival").State, missed.Milestone("arrival")["breachedAt"]!.GetValue<string>()).ShouldBe(("breached", second));
        var arrived = await service.Agent.PostAsync(ticket + "/arrive", "{}");
        (Promise(arrived, "arrival").State, arrived.Milestone("arrival")["overrun"]!.GetValue<string>()).ShouldBe(("metLate", "PT1S"));
    }

    /// <summary>A channel whose tickets the firm handles by that policy: edited and published as the documents say.</summary>
    private async Task<ApiClient> FieldShop()
    {
        var shipped = (await service.Administrator.GetAsync("/v1/policies/field-service")).Json;
        var policy = new JsonObject(new[] { "name", "priority", "milestones", "reviewBy" }.Select(member => KeyValuePair.Create(member, shipped[member]?.DeepClone())))
        {
            ["appliesTo"] = JsonNode.Parse("""{ "channel": ["field-shop"] }"""),
        };
        using var body = new StringContent(policy.ToJsonString(), Encoding.UTF8, "application/json");
        (await service.Administrator.SendAsync(HttpMethod.Put, "/v1/policies/field-service", body)).Status.ShouldBe(200);
        (await service.Administrator.PostAsync("/v1/policies/field-service/publish", "{}")).Status.ShouldBe(200);
        service.Time.Advance(TimeSpan.FromSeconds(6));
        return await service.RegisterAsync("/v1/channels", """{ "name": "field-shop", "medium": "phone" }""");
    }

    private Task<ApiAnswer> Schedule(string ticket, string at) => service.Agent.PostAsync(ticket + "/schedule-visit", $$"""{ "at": "{{at}}" }""");

    private string InHours(int hours) => service.Time.Current.AddHours(hours).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    private static (string State, string DueAt, int Entry) Promise(ApiAnswer ticket, string milestone) =>
        (ticket.Milestone(milestone)["state"]!.GetValue<string>(), ticket.Milestone(milestone)["dueAt"]!.GetValue<string>(), ticket.Milestone(milestone)["entry"]!.GetValue<int>());
}
