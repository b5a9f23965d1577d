using System.Collections.Immutable;
using ServiceOrders.Domain.Deadlines;
using ServiceOrders.Domain.Tickets;
using ServiceOrders.EventStore;
using ServiceOrders.ReadModels.Tickets;
using ServiceOrders.Testing;
using static ServiceOrders.ReadModels.Tests.Given.Tickets;

namespace ServiceOrders.ReadModels.Tests.Tickets;

/// <summary>A database that an earlier version filled is brought up to date without a rebuild.</summary>
public sealed class QueueUpgradeTests(TestDatabase database) : IClassFixture<TestDatabase>
{
    [Fact]
    public async Task Rows_of_an_earlier_version_get_the_promises_that_the_service_would_have_written()
    {
        await using var store = new StoreDatabase(database.ConnectionString);
        MigrationScript[] scripts = [.. MigrationScript.EmbeddedIn(typeof(PostgresEventStore).Assembly), .. MigrationScript.EmbeddedIn(typeof(TicketTable).Assembly)];
        await Migrator.ApplyAsync(store, [.. scripts.TakeWhile(s => !s.Name.Contains("promises", StringComparison.Ordinal))]);
        var missed = Running("acknowledge", Noon) with { State = MilestoneState.Breached, BreachedAt = Noon.AddTicks(10) };
        ImmutableArray<MilestoneCycle> several = [Running("b", Noon), missed, Running("a", Noon) with { State = MilestoneState.Paused }, missed with { Name = "late", BreachedAt = Noon.AddDays(-1) }];
        Ticket[] tickets = [New(), Full(), New() with { Milestones = [] }, New() with { Milestones = several }, New() with { Milestones = several, Status = TicketStatus.Closed }];
        foreach (var ticket in tickets) await PutAsync(ticket);

        await Migrator.ApplyAsync(store, scripts);

        foreach (var ticket in tickets)
        {
            var expected = QueueRow.Of(ticket);
            await using var command = database.DataSource.CreateCommand("select promises, nullif(overdue_order, 'infinity') from read.queue where id = $1");
            command.Parameters.Add(new() { Value = ticket.Id });
            await using var reader = await command.ExecuteReaderAsync();
            (await reader.ReadAsync()).ShouldBeTrue();
            (reader.IsDBNull(0) ? null : reader.GetString(0)).ShouldBe(expected.Promises);
            (reader.IsDBNull(1) ? null : (DateTimeOffset?)reader.GetFieldValue<DateTimeOffset>(1)).ShouldBe(expected.OverdueSince);
        }
        QueueRow.Of(tickets[3]).Promises.ShouldBe("b:running acknowledge:breached a:paused late:breached");
        QueueRow.Of(tickets[4]).Promises.ShouldBe("b:running a:paused");
    }

    private async Task PutAsync(Ticket ticket)
    {
        await using var command = database.DataSource.CreateCommand("""
            with t as (insert into read.tickets_g1 (id, number, channel, subject_id, version, act_version, updated_at, doc) values ($1, $1::text, 'shop', $1, 1, 1, now(), $2))
            insert into read.queue_g1 (id, opened_at, updated_at, due_order, breach_count, priority, status, kind, urgency, complexity, tier, channel, medium)
            values ($1, now(), now(), 'infinity', 0, 0, 'open', 'repair', 'normal', 'standard', 'standard', 'shop', 'web')
            """);
        command.Parameters.Add(new() { Value = ticket.Id });
        command.Parameters.Add(new() { Value = TicketDocument.Write(ticket) });
        await command.ExecuteNonQueryAsync();
    }
}
