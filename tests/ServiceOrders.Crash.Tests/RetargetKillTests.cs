using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;

namespace ServiceOrders.Crash.Tests;

/// <summary>A policy is published for thousands of running tickets; SIGKILL hits the service, then PostgreSQL, while they are brought under it.</summary>
public sealed class RetargetKillTests
{
    private const int Tickets = 4_000;
    private const string Rebound = "select count(*) from events.mt_events where type = 'policy_rebound'";

    [Fact]
    public async Task Whatever_is_killed_while_running_tickets_are_retargeted_each_is_retargeted_exactly_once()
    {
        await using var site = await Site.OpenAsync(nodes: 2);
        using var administrator = site.Administrator();
        await administrator.PostAsync("/v1/policies", Policy("PT72H"));
        await administrator.PostAsync("/v1/policies/long/publish", new JsonObject());
        (await administrator.ImportAsync($"channel={Site.Channel}&policy=long", Body()))["imported"]!.GetValue<int>().ShouldBe(Tickets);
        await administrator.PutAsync("/v1/policies/long", Policy("PT96H"));
        var job = (await administrator.PostAsync("/v1/policies/long/publish", new JsonObject { ["applyToRunning"] = true }))["retargeting"]!.GetValue<string>();

        await UntilAsync(site, Tickets / 4);
        foreach (var node in site.Nodes) await node.KillAsync();
        (await site.ScalarAsync<long>(Rebound)).ShouldBeInRange(Tickets / 4, Tickets - 1, "it was killed half-way");
        foreach (var node in site.Nodes) await node.StartAsync();

        await UntilAsync(site, Tickets / 4 * 3);
        await site.Postgres.KillAsync();
        await site.Postgres.RestartAsync();
        await Site.UntilAsync("that the job is done", async () => await site.ScalarAsync<bool>($"select finished_at is not null from read.retargetings where id = '{job}'"));

        (await site.ScalarAsync<string>($"select changed || ' changed, ' || failed || ' failed' from read.retargetings where id = '{job}'")).ShouldBe($"{Tickets} changed, 0 failed");
        foreach (var node in site.Nodes) await node.KillAsync();
        await Inspection.TheStoreIsWholeAsync(site);
        var tickets = await Inspection.TicketsAsync(site);
        tickets.Count.ShouldBe(Tickets);
        tickets.Values.ShouldAllBe(t => t.Events.Count(e => e.Type == "policy_rebound") == 1 && t.Events.Count(e => e.Type == "milestone_retargeted") == 2);
    }

    private static Task UntilAsync(Site site, long count) => Site.UntilAsync($"that {count} tickets are retargeted", async () => await site.ScalarAsync<long>(Rebound) >= count);

    private static JsonNode Policy(string target) => JsonNode.Parse($$"""
        { "name": "long", "priority": 1, "appliesTo": { "channel": ["{{Site.Channel}}"] }, "milestones": [
            { "name": "acknowledge", "target": { "elapsed": "{{target}}" }, "startsOn": ["opened"], "metBy": ["acknowledged"], "warnAt": [75] },
            { "name": "resolution", "calendar": "cn-office", "target": { "working": "{{target}}" }, "startsOn": ["opened"], "metBy": ["resolved"], "warnAt": [75] } ] }
        """)!;

    private static byte[] Body()
    {
        var lines = new StringBuilder();
        var opened = DateTimeOffset.UtcNow.AddMinutes(-10).ToString("yyyy-MM-ddTHH:mm:ss'Z'", CultureInfo.InvariantCulture);
        for (var i = 0; i < Tickets; i++)
            lines.Append($$"""{"externalReference":"run-{{i}}","kind":"repair","description":"It does not start.","occurredAt":"{{opened}}","acts":[]}""").Append('\n');
        return Encoding.UTF8.GetBytes(lines.ToString());
    }
}
