using System.Globalization;
using System.Text.Json.Nodes;
using ServiceOrders.Testing.Service;

namespace ServiceOrders.Crash.Tests;

/// <summary>Very many deadlines at one instant, on three nodes, one of which is killed while they fire.</summary>
public sealed class StormTests
{
    private const string Channel = "storm";
    private const int Tickets = 1_500, Callers = 12;
    private static readonly TimeSpan Target = TimeSpan.FromSeconds(30), ForOpening = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task Three_nodes_fire_each_deadline_of_a_storm_once_though_one_of_them_is_killed_in_its_middle()
    {
        await using var site = await Site.OpenAsync(nodes: 3);
        using var administrator = site.Administrator();
        var key = await administrator.RegisterChannelAsync(Channel, "web");
        var binds = await administrator.PublishPolicyAsync(Channel, [("acknowledge", "PT30S")], []);
        var rounds = Site.Rounds(2);
        var cut = 0;
        for (var round = 0; round < rounds; round++)
        {
            var due = Later(binds + Target, DateTimeOffset.UtcNow + ForOpening);
            await OpenAsync(site, key, round, due);
            DateTimeOffset.UtcNow.ShouldBeLessThan(due, "all tickets are open before their deadline");
            var before = await site.ScalarAsync<long>(Breaches);
            await Site.UntilAsync("that the storm has begun", async () => await site.ScalarAsync<long>(Breaches) > before);
            var victim = site.Nodes[1 + round % 2];
            await victim.KillAsync();
            if (await site.ScalarAsync<long>(Breaches) < (round + 1) * Tickets) cut++;
            await site.UntilNothingIsDueAsync();
            (await site.ScalarAsync<long>(Breaches)).ShouldBe((round + 1) * Tickets);
            await victim.StartAsync();
        }
        cut.ShouldBeGreaterThan(0, "a node was killed while others' deadlines were still to fire");

        var tickets = await Inspection.TicketsAsync(site);
        tickets.Count.ShouldBe(rounds * Tickets);
        Inspection.EveryDeadlineFiredOnce(tickets.Values, DateTimeOffset.UtcNow);
        tickets.Values.ShouldAllBe(t => t.Events.Count(e => e.Type == "milestone_breached") == 1);
        foreach (var node in site.Nodes) await node.KillAsync();
        await Inspection.TheStoreIsWholeAsync(site);
    }

    private const string Breaches = "select count(*) from events.mt_events where type = 'milestone_breached'";

    /// <summary>Opens tickets at all nodes whose deadline is the same instant, however long the opening takes.</summary>
    private static async Task OpenAsync(Site site, string key, int round, DateTimeOffset due)
    {
        var occurredAt = (due - Target).UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture);
        await Site.UntilAsync("that the opening does not lie ahead", () => Task.FromResult(DateTimeOffset.UtcNow > due - Target));
        var next = -1;
        await Task.WhenAll(Enumerable.Range(0, Callers).Select(caller => Task.Run(async () =>
        {
            using var api = new ServiceApi(site.Nodes[caller % site.Nodes.Count].Address, key);
            for (int i; (i = Interlocked.Increment(ref next)) < Tickets;)
            {
                await api.PostAsync("/v1/tickets", new JsonObject
                {
                    ["externalReference"] = $"storm-{round}-{i}", ["kind"] = "repair", ["description"] = "It does not start.", ["occurredAt"] = occurredAt,
                    ["contact"] = new JsonObject { ["name"] = "Ann", ["phone"] = "+86 138 0000 0000" },
                });
            }
        })));
    }

    private static DateTimeOffset Later(DateTimeOffset a, DateTimeOffset b) => a > b ? a : b;
}
