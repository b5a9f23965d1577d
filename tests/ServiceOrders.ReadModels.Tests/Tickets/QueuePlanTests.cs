using ServiceOrders.Domain.Tickets;
using ServiceOrders.ReadModels.Retention;
using ServiceOrders.ReadModels.Tests.Given;
using ServiceOrders.ReadModels.Tickets;

namespace ServiceOrders.ReadModels.Tests.Tickets;

/// <summary>Lists stay fast when there are many tickets: each order, and each filter that leaves few, is read off an index and never sorted.</summary>
public sealed class QueuePlanTests(ManyTickets many) : IClassFixture<ManyTickets>
{
    [Theory]
    [InlineData(QueueSort.OpenedAt, "queue_g1_opened")]
    [InlineData(QueueSort.UpdatedAt, "queue_g1_updated")]
    [InlineData(QueueSort.NextDueAt, "queue_g1_due")]
    [InlineData(QueueSort.Priority, "queue_g1_priority")]
    public async Task Every_order_has_its_index(QueueSort sort, string index)
    {
        foreach (var descending in new[] { false, true }) Uses(await many.Board.PlanOf(new QueueFilter(), sort, descending), index);
    }

    [Fact]
    public async Task What_was_missed_and_is_still_owed_is_read_off_an_index_of_its_own()
    {
        Uses(await many.Board.PlanOf(new QueueFilter(), QueueSort.OverdueSince), "queue_g1_overdue");
        // Few of few: they may be sorted.
        (await many.Board.PlanOf(new QueueFilter { Milestone = ["resolution"], MilestoneState = [PromiseState.Breached], Team = ["team-7"] }, QueueSort.OverdueSince)).ShouldContain("queue_g1_overdue");
    }

    [Fact]
    public async Task A_channels_list_reads_its_own_tickets_alone() =>
        Uses(await many.Board.PlanOf(new QueueFilter { Channel = ["channel-7"] }, QueueSort.OpenedAt, true), "queue_g1_channel");

    [Fact]
    public async Task A_persons_work_in_order_of_priority_is_read_as_it_lies() =>
        Uses(await many.Board.PlanOf(new QueueFilter { Assignee = ["person-7"] }, QueueSort.Priority), "queue_g1_assignee");

    [Fact]
    public async Task A_teams_work_in_order_of_priority_is_read_as_it_lies() =>
        Uses(await many.Board.PlanOf(new QueueFilter { Team = ["team-7"] }, QueueSort.Priority), "queue_g1_team");

    [Fact]
    public async Task A_reference_is_looked_up() =>
        (await many.Board.PlanOf(new QueueFilter { ExternalReference = ["ref-7"] }, QueueSort.OpenedAt)).ShouldContain("queue_g1_reference");

    [Fact]
    public async Task A_serial_number_is_looked_up() =>
        (await many.Board.PlanOf(new QueueFilter { SerialNumber = ["serial-7"] }, QueueSort.OpenedAt)).ShouldContain("queue_g1_serial");

    [Fact]
    public async Task What_falls_due_soon_is_a_stretch_of_the_index() =>
        Uses(await many.Board.PlanOf(new QueueFilter { DueBefore = Given.Tickets.Noon, Status = [TicketStatus.Open] }, QueueSort.NextDueAt), "queue_g1_due");

    [Fact]
    public async Task A_walk_over_the_running_tickets_passes_a_stretch_of_the_index_and_looks_up_the_state_of_each()
    {
        var plan = await many.Board.PlanOf(command => RunningTickets.Compose(command, Guid.Parse("80000000-0000-0000-0000-000000000000"), 1_000, "standard"));
        Uses(plan, "queue_g1_pkey");
        plan.ShouldContain("tickets_g1_pkey");
        plan.ShouldNotContain("Seq Scan");
    }

    [Fact]
    public async Task What_is_to_be_archived_is_a_stretch_of_the_index_by_the_last_event_and_what_is_to_be_deleted_one_of_all_ids()
    {
        var onLists = await many.Board.PlanOf(command => RetentionCandidates.ComposeOnLists(command, Guid.Empty, DateTimeOffset.MinValue, Given.Tickets.Noon.AddDays(-50), 200));
        Uses(onLists, "queue_g1_updated");
        onLists.ShouldContain("tickets_g1_pkey");
        // Ids here are random: a time that has most of them below it.
        var anywhere = await many.Board.PlanOf(command => RetentionCandidates.ComposeAnywhere(command, Guid.Empty, Given.Tickets.Noon.AddYears(7_000), 200));
        Uses(anywhere, "tickets_g1_pkey");
    }

    private static void Uses(string plan, string index)
    {
        // The rows of the page are looked up and put in order again; the queue itself must come sorted.
        var page = plan[plan.IndexOf("CTE page", StringComparison.Ordinal)..];
        page = page[..page.IndexOf("CTE Scan", StringComparison.Ordinal)];
        page.ShouldContain(index);
        page[..page.IndexOf(index, StringComparison.Ordinal)].ShouldNotContain("Sort");
        page.ShouldNotContain("Seq Scan");
    }
}

/// <summary>Fifty thousand tickets.</summary>
public sealed class ManyTickets(ServiceOrders.Testing.TestServer server) : IAsyncLifetime
{
    public Board Board { get; } = new(server);

    public async ValueTask InitializeAsync()
    {
        await Board.InitializeAsync();
        await Board.Execute("""
            insert into read.queue_g1 (id, opened_at, updated_at, due_order, breach_count, priority,
                status, kind, urgency, complexity, tier, channel, medium, external_reference, team, assignee, serial_number, promises, overdue_order)
            select gen_random_uuid(), '2026-01-01'::timestamptz + i * interval '1 minute', '2026-01-01'::timestamptz + i * interval '70 seconds',
                case when i % 4 = 0 then '2026-03-01'::timestamptz + i * interval '1 minute' else 'infinity' end, 0, case when i % 4 = 0 then i % 6 else 9 end,
                case when i % 4 = 0 then 'open' else 'closed' end, 'repair', 'normal', 'standard', 'standard', 'channel-' || i % 50, 'web', 'ref-' || i,
                'team-' || i % 20, 'person-' || i % 200, 'serial-' || i,
                case when i % 100 = 0 then 'resolution:breached' when i % 4 = 0 then 'resolution:running' end, case when i % 100 = 0 then '2026-02-01'::timestamptz + i * interval '1 minute' else 'infinity' end
            from generate_series(1, 50000) i
            """);
        await Board.Execute("""
            insert into read.tickets_g1 (id, number, channel, subject_id, version, act_version, updated_at, doc)
            select id, 'SO-' || external_reference, channel, id, 3, 3, updated_at, '{}' from read.queue_g1
            """);
        await Board.Execute("analyze read.queue_g1, read.tickets_g1");
    }

    public ValueTask DisposeAsync() => Board.DisposeAsync();
}
