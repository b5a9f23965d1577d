using Npgsql;
using ServiceOrders.Domain.Policies;
using ServiceOrders.Domain.Tickets;
using ServiceOrders.Testing;

namespace ServiceOrders.Host.Tests.Rules;

public sealed class ShippedRulesTests(TestDatabase database) : IClassFixture<TestDatabase>
{
    [Fact]
    public async Task Nodes_that_start_together_install_what_is_shipped_once_and_later_starts_change_nothing()
    {
        await RuleDesk.MigrateAsync(database.ConnectionString);
        var nodes = Enumerable.Range(0, 4).Select(_ => RuleNode.On(database.ConnectionString)).ToArray();

        await Task.WhenAll(nodes.Select(node => node.InstallAsync()));
        foreach (var node in nodes) await node.InstallAsync();

        (await RowsAsync("select type || ' ' || count(*) from events.mt_events group by type order by type")).ShouldBe(
            ["calendar_published 1", "classification_rules_published 1", "policy_drafted 3", "policy_published 1", "retention_rules_published 1"]);
        (await RowsAsync("select kind || ' ' || name || ' ' || version || ' ' || status from read.settings order by kind, name, version")).ShouldBe(
            ["calendar cn-office 1 published", "classification_rules default 1 published", "policy field-service 1 draft", "policy order-desk 1 draft", "policy standard 1 published"]);

        foreach (var node in nodes)
        {
            var known = await node.Rules.RefreshAsync(CancellationToken.None);
            known.Rulebook.FindCalendar("cn-office")!.Version.ShouldBe(1);
            known.Classifier.Rules.ShouldNotBeEmpty();
            var policy = known.Rulebook.Select(Ticket.Unopened, PolicyHistory.BeginningOfTime).ShouldNotBeNull();
            policy.Name.ShouldBe("standard");
            policy.ReviewBy.ShouldBe(DateOnly.FromDateTime(DateTime.UtcNow).AddYears(1));
            known.Rulebook.Select(Ticket.Unopened with { Channel = "field-service", Kind = TicketKind.Repair }, DateTimeOffset.UtcNow.AddYears(1))!.Name.ShouldBe("standard", "a draft binds nothing");
            await node.DisposeAsync();
        }
    }

    private async Task<List<string>> RowsAsync(string sql)
    {
        await using var command = database.DataSource.CreateCommand(sql);
        await using var reader = await command.ExecuteReaderAsync();
        List<string> rows = [];
        while (await reader.ReadAsync()) rows.Add(reader.GetString(0));
        return rows;
    }
}
