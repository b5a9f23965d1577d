using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;

namespace ServiceOrders.Crash.Tests;

/// <summary>An import that is cut off by SIGKILL is taken up by sending it again.</summary>
public sealed class ImportKillTests
{
    private const int Lines = 3_000;

    [Fact]
    public async Task An_import_cut_off_by_a_killed_service_and_by_a_killed_PostgreSQL_is_taken_up_where_it_was()
    {
        await using var site = await Site.OpenAsync();
        var body = Body();

        var cutOff = ImportAsync(site, body);
        await TicketsAsync(site, 200);
        await site.Nodes[0].KillAsync();
        (await cutOff).ShouldBeNull("the service was killed before it could answer");
        await site.Nodes[0].StartAsync();
        var afterFirst = await CountAsync(site);
        afterFirst.ShouldBeInRange(200, Lines - 1);

        var stopped = ImportAsync(site, body);
        await TicketsAsync(site, afterFirst + 200);
        await site.Postgres.KillAsync();
        (await stopped)?["type"]!.GetValue<string>().ShouldBe("stopped", "an import that cannot go on says so");
        await site.Postgres.RestartAsync();

        JsonNode? last = null;
        // The service notices by itself that PostgreSQL is back.
        await Site.UntilAsync("that the import goes through", async () => (last = await ImportAsync(site, body))?["type"]?.GetValue<string>() == "summary");
        (last!["lines"]!.GetValue<long>(), last["rejected"]!.GetValue<long>()).ShouldBe((Lines, 0));
        (last["imported"]!.GetValue<long>() + last["skipped"]!.GetValue<long>()).ShouldBe(Lines);
        last["skipped"]!.GetValue<long>().ShouldBeGreaterThanOrEqualTo(afterFirst + 200);

        (await CountAsync(site)).ShouldBe(Lines);
        (await site.ScalarAsync<long>("select count(distinct external_reference) from read.queue")).ShouldBe(Lines);
        await site.UntilNothingIsDueAsync();
        await site.Nodes[0].KillAsync();
        await Inspection.TheStoreIsWholeAsync(site);
        var tickets = await Inspection.TicketsAsync(site);
        tickets.Values.ShouldAllBe(t => t.Events.Count(e => e.Type == "ticket_closed") == 1);
        (await site.ScalarAsync<long>("select count(*) from events.mt_events where type = 'ticket_escalated'")).ShouldBe(0, "breaches of the past set nothing off");
    }

    private static Task<long> CountAsync(Site site) => site.ScalarAsync<long>("select count(*) from events.mt_streams where type = 'ticket'");

    private static Task TicketsAsync(Site site, long count) => Site.UntilAsync($"that {count} tickets are imported", async () => await CountAsync(site) >= count);

    /// <summary>The import's last word; null: it was cut off.</summary>
    private static async Task<JsonNode?> ImportAsync(Site site, byte[] body)
    {
        using var administrator = site.Administrator();
        try
        {
            return await administrator.ImportAsync($"channel={Site.Channel}&policy=standard", body);
        }
        catch (Exception broken) when (broken is HttpRequestException or IOException or System.Net.Sockets.SocketException)
        {
            return null;
        }
    }

    private static byte[] Body()
    {
        var lines = new StringBuilder();
        for (var i = 0; i < Lines; i++)
        {
            var opened = new DateTimeOffset(2026, 3, 2, 1, 0, 0, TimeSpan.Zero).AddMinutes(i);
            lines.Append($$"""
                {"externalReference":"import-{{i}}","kind":"repair","description":"It does not start.","occurredAt":"{{Time(opened)}}","acts":[{"act":"acknowledge","occurredAt":"{{Time(opened.AddMinutes(i % 200))}}"},{"act":"resolve","text":"Done.","occurredAt":"{{Time(opened.AddDays(1))}}"},{"act":"close","occurredAt":"{{Time(opened.AddDays(2))}}"}]}
                """).Append('\n');
        }
        return Encoding.UTF8.GetBytes(lines.ToString());
    }

    private static string Time(DateTimeOffset at) => at.ToString("yyyy-MM-ddTHH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
