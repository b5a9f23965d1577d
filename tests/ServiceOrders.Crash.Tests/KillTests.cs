using System.Net;
using System.Text.Json.Nodes;
using ServiceOrders.Domain.Tickets;
using ServiceOrders.EventStore;

namespace ServiceOrders.Crash.Tests;

/// <summary>
/// SIGKILL, again and again, under load, while deadlines fall due all the time: nothing that was acknowledged is lost, nothing is done twice, every deadline fires once.
/// </summary>
public sealed class KillTests
{
    private const int RoundsEach = 10;
    private readonly Random _random = new(20261122);

    [Fact]
    public async Task A_service_killed_again_and_again_loses_nothing_and_does_nothing_twice()
    {
        await using var site = await Site.OpenAsync();
        await using var customers = new Customers(site, "service");
        for (var round = 0; round < Site.Rounds(RoundsEach); round++)
        {
            await customers.UntilAcknowledgedAsync(_random.Next(40, 250));
            await site.Nodes[0].KillAsync();
            await site.Nodes[0].StartAsync();
        }
        await customers.UntilAcknowledgedAsync(100);
        await customers.FinishAsync();
        customers.Repeats.ShouldBeGreaterThan(0, "requests were under way when the service was killed");
        await EverythingIsThereOnceAsync(site, customers);
    }

    [Fact]
    public async Task A_PostgreSQL_killed_again_and_again_loses_nothing_and_the_service_recovers_by_itself()
    {
        await using var site = await Site.OpenAsync();
        await using var customers = new Customers(site, "postgres");
        for (var round = 0; round < Site.Rounds(RoundsEach); round++)
        {
            await customers.UntilAcknowledgedAsync(_random.Next(40, 250));
            await site.Postgres.KillAsync();
            await site.Postgres.RestartAsync();
        }
        await customers.UntilAcknowledgedAsync(100);
        await customers.FinishAsync();
        customers.Repeats.ShouldBeGreaterThan(0, "requests were under way when PostgreSQL was killed");
        await EverythingIsThereOnceAsync(site, customers);
    }

    [Fact]
    public async Task Two_nodes_on_one_database_fire_each_deadline_once_though_one_of_them_is_killed()
    {
        await using var site = await Site.OpenAsync(nodes: 2);
        await using var customers = new Customers(site, "nodes");
        for (var round = 0; round < Site.Rounds(4); round++)
        {
            await customers.UntilAcknowledgedAsync(_random.Next(100, 300));
            await site.Nodes[round % 2].KillAsync();
            await customers.UntilAcknowledgedAsync(_random.Next(50, 150));
            await site.Nodes[round % 2].StartAsync();
        }
        await customers.UntilAcknowledgedAsync(100);
        await customers.FinishAsync();
        await EverythingIsThereOnceAsync(site, customers);
    }

    /// <summary>The whole inspection, once every deadline that came has fired.</summary>
    private static async Task EverythingIsThereOnceAsync(Site site, Customers customers)
    {
        await site.UntilNothingIsDueAsync();
        var tickets = await Inspection.TicketsAsync(site);
        var acknowledged = customers.Tickets.ToList();

        tickets.Count.ShouldBe(acknowledged.Count, "every acknowledged ticket once, and no other");
        foreach (var expected in acknowledged)
        {
            tickets.ShouldContainKey(expected.Id);
            var (ticket, events) = tickets[expected.Id];
            (ticket.Number, ticket.ExternalReference).ShouldBe((expected.Number, expected.Reference));
            CountOf(events, "ticket_opened").ShouldBe(1);
            CountOf(events, "customer_message_received").ShouldBe(expected.Messages, $"every acknowledged message of {expected.Id}, once");
            CountOf(events, "note_added").ShouldBe(expected.Notes, $"every acknowledged note of {expected.Id}, once");
            CountOf(events, "ticket_acknowledged").ShouldBe(expected.Acknowledged ? 1 : 0);
        }
        (await site.ScalarAsync<long>("select count(*) from events.unique_keys where scope like 'reference:%'")).ShouldBe(acknowledged.Count);
        Inspection.EveryDeadlineFiredOnce(tickets.Values, DateTimeOffset.UtcNow);
        await RepeatsAnswerAsTheFirstDidAsync(site, customers, acknowledged);
        foreach (var node in site.Nodes) await node.KillAsync();
        await Inspection.TheStoreIsWholeAsync(site);
    }

    private static async Task RepeatsAnswerAsTheFirstDidAsync(Site site, Customers customers, List<OpenedTicket> acknowledged)
    {
        // That they were shown again becomes a stream of the access log, half a second later.
        const string Streams = "select count(*) from events.mt_streams where type is distinct from 'access_log'";
        var streams = await site.ScalarAsync<long>(Streams);
        foreach (var ticket in acknowledged.Where((_, i) => i % 20 == 0))
        {
            using var answer = await customers.RepeatAsync(ticket);
            answer.StatusCode.ShouldBe(HttpStatusCode.Created);
            JsonNode.Parse(await answer.Content.ReadAsStringAsync())!["id"]!.GetValue<Guid>().ShouldBe(ticket.Id);
        }
        (await site.ScalarAsync<long>(Streams)).ShouldBe(streams);
    }

    private static int CountOf(IReadOnlyList<StoredEvent> events, string type) => events.Count(e => e.Type == type);
}
