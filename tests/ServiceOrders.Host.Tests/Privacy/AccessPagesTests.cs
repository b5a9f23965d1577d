using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using ServiceOrders.EventStore;
using ServiceOrders.Host.Privacy;
using ServiceOrders.Host.Tests.Given;

namespace ServiceOrders.Host.Tests.Privacy;

/// <summary>A list shows many tickets at once; who looks for one of them finds that one.</summary>
public sealed class AccessPagesTests(RunningService service) : IClassFixture<RunningService>
{
    [Fact]
    public async Task What_one_list_showed_is_told_ticket_by_ticket_however_it_is_paged_and_asked_for()
    {
        var (li, han) = (Guid.CreateVersion7(), Guid.CreateVersion7());
        List<Guid> tickets = [];
        foreach (var customer in new[] { li, han, li, han, li })
        {
            var body = $$"""{ "kind": "repair", "description": "开机无反应", "contact": { "name": "王芳", "phone": "+86 138 0000 0000", "preferredMedium": "phone" }, "customerId": "{{customer}}" }""";
            tickets.Add((await service.Shop.PostAsync("/v1/tickets", body)).Value<Guid>("id"));
        }
        (await service.Agent.GetAsync("/v1/tickets?limit=500")).Items.Count.ShouldBe(5);
        service.Time.Advance(TimeSpan.FromMinutes(1));
        (await service.Agent.GetAsync($"/v1/tickets/{tickets[2]}")).Status.ShouldBe(200);
        await service.Services.GetRequiredService<AccessJournal>().FlushAsync();
        foreach (var runner in service.Services.GetRequiredService<SubscriptionRunner[]>()) await runner.CatchUpAsync();

        var all = await ReadAsync("");
        all.Select(Ticket).First().ShouldBe(tickets[2], "The latest comes first.");
        all.Skip(1).Select(Ticket).ShouldBe(tickets, ignoreOrder: true);
        all.Select(a => a["route"]!.GetValue<string>()).Distinct().ShouldBe(["GET /v1/tickets/{idOrNumber}", "GET /v1/tickets"]);
        (await ReadAsync($"&ticket={tickets[1]}")).Select(Ticket).ShouldBe([tickets[1]]);
        (await ReadAsync($"&ticket={tickets[2]}")).Select(Ticket).ShouldBe([tickets[2], tickets[2]]);
        (await ReadAsync($"&subject={han}")).Select(Ticket).ShouldBe([tickets[1], tickets[3]], ignoreOrder: true);
        (await ReadAsync($"&subject={li}&actor=li-wei")).Select(Ticket).ShouldBe([tickets[0], tickets[2], tickets[2], tickets[4]], ignoreOrder: true);
        (await ReadAsync($"&subject={tickets[0]}")).ShouldBeEmpty("A ticket of a customer is no data subject.");
        (await ReadAsync($"&subject={li}&actor=wechat-shop")).ShouldBeEmpty();

        static Guid Ticket(JsonNode access) => access["ticketId"]!.GetValue<Guid>();
    }

    /// <summary>All pages, of two each.</summary>
    private async Task<List<JsonNode>> ReadAsync(string filter)
    {
        List<JsonNode> all = [];
        string? cursor = null;
        do
        {
            var page = await service.Auditor.GetAsync($"/v1/audit/accesses?limit=2{filter}{(cursor is null ? "" : $"&cursor={cursor}")}");
            page.Items.Count.ShouldBeLessThanOrEqualTo(2);
            all.AddRange(page.Items!);
            cursor = (string?)page.Json["nextCursor"];
        }
        while (cursor is not null);
        return all;
    }
}
