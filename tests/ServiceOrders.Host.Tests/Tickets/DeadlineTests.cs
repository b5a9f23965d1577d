using ServiceOrders.Domain.Deadlines;
using ServiceOrders.Domain.Tickets;
using ServiceOrders.Domain.Tickets.Acts;
using ServiceOrders.EventStore;
using ServiceOrders.Host.Tests.Given;
using ServiceOrders.Host.Tickets;
using ServiceOrders.ReadModels.Events;

namespace ServiceOrders.Host.Tests.Tickets;

/// <summary>Deadlines that pass while nobody acts (rows D4, D5, D7).</summary>
public class DeadlineTests(Desk desk) : IClassFixture<Desk>
{
    [Fact]
    public async Task A_deadline_that_passes_is_a_breach_with_its_true_due_time_and_what_it_sets_off()
    {
        var ticket = await desk.Opened();
        desk.Time.Advance(TimeSpan.FromHours(2));
        await desk.First.Due.SettleDueAsync();
        (await Now(ticket)).Milestones[0].State.ShouldBe(MilestoneState.Running, "at exactly the due time it can still be met");
        desk.Time.Advance(TimeSpan.FromMilliseconds(3));
        await desk.First.Due.SettleDueAsync();

        var breached = await Now(ticket);
        (breached.Milestones[0].State, breached.Milestones[0].BreachedAt).ShouldBe((MilestoneState.Breached, ticket.Milestones[0].DueAt));
        breached.EscalationLevel.ShouldBe(1);
        (await desk.Scalar<int>("select breach_count from read.queue where id = $1", ticket.Id)).ShouldBe(1);
        var history = (await desk.History.PageAsync(Desk.By(Desk.Agent), ticket.Number, null, 100))!;
        var breach = history.Items.Single(i => i.Type == "milestone_breached");
        (breach.Actor, breach.OccurredAt).ShouldBe((Actor.Clock, ticket.Milestones[0].DueAt));
        history.Items.Single(i => i.Type == "milestone_warned").OccurredAt.ShouldBe(ticket.OpenedAt.AddMinutes(90));
    }

    [Fact]
    public async Task A_due_row_names_the_next_thing_to_happen_and_goes_with_the_last()
    {
        var ticket = await desk.Opened();
        (await DueRow(ticket)).ShouldBe(ticket.OpenedAt.AddMinutes(90).UtcDateTime);
        desk.Time.Advance(TimeSpan.FromMinutes(91));
        await desk.First.Due.SettleDueAsync();
        (await DueRow(ticket)).ShouldBe(ticket.OpenedAt.AddHours(2).UtcDateTime);
        await desk.Done(ticket, "acknowledge", new Acknowledge());
        (await DueRow(ticket)).ShouldBe(ticket.OpenedAt.AddHours(24).UtcDateTime);
        await desk.Done(ticket, "resolve", new Resolve { Text = "new fuse" });
        (await DueRow(ticket)).ShouldBeNull();
    }

    [Fact]
    public async Task What_the_clock_wrote_never_makes_a_callers_look_stale()
    {
        var ticket = await desk.Opened();
        desk.Time.Advance(TimeSpan.FromHours(3));
        await desk.First.Due.SettleDueAsync();
        (await Now(ticket)).Version.ShouldBeGreaterThan(ticket.Version);
        (await desk.Act(ticket, "acknowledge", new Acknowledge(), Desk.By(Desk.Agent, ticket.Version))).ShouldBeOfType<Answered>()
            .Ticket.Milestones[0].State.ShouldBe(MilestoneState.MetLate);
    }

    [Fact]
    public async Task Two_nodes_that_settle_at_once_write_each_breach_once()
    {
        var tickets = new List<TicketView>();
        for (var i = 0; i < 60; i++) tickets.Add(await desk.Opened());
        desk.Time.Advance(TimeSpan.FromHours(25));
        var nodes = new[] { desk.First, desk.StartNode(), desk.StartNode() };
        await Task.WhenAll(nodes.Select(n => Task.Run(() => n.Due.SettleDueAsync())));
        // A node may have found rows that another had locked, and left them to it.
        await desk.First.Due.SettleDueAsync();
        Guid[] ids = [.. tickets.Select(t => t.Id)];
        (await desk.Scalar<long>("select count(*) from events.mt_events where type = 'milestone_breached' and stream_id = any($1)", ids)).ShouldBe(120);
        (await desk.Scalar<long>("select count(distinct (stream_id, data->>'name')) from events.mt_events where type = 'milestone_breached' and stream_id = any($1)", ids)).ShouldBe(120);
        (await desk.Scalar<long>("select count(*) from events.due where stream_id = any($1)", ids)).ShouldBe(0);
    }

    [Fact]
    public async Task An_act_and_the_clock_that_race_for_one_deadline_leave_one_breach()
    {
        var node = desk.StartNode();
        for (var round = 0; round < 10; round++)
        {
            var ticket = await desk.Opened();
            desk.Time.Advance(TimeSpan.FromHours(3));
            var settling = Task.Run(() => node.Due.SettleDueAsync());
            var answer = await desk.Act(ticket, "acknowledge", new Acknowledge());
            await settling;
            answer.ShouldBeOfType<Answered>().Ticket.Milestones[0].State.ShouldBe(MilestoneState.MetLate);
            var types = (await desk.Store.ReadStreamAsync(ticket.Id)).Select(e => e.Type).ToArray();
            types.Count(t => t == "milestone_breached").ShouldBe(1);
        }
    }

    [Fact]
    public async Task A_worker_that_has_not_heard_of_a_ticket_s_rules_asks_for_them()
    {
        var ticket = await desk.Opened();
        desk.Rules.Forget();
        desk.Time.Advance(TimeSpan.FromHours(3));
        await desk.First.Due.SettleDueAsync();
        (await Now(ticket)).Milestones[0].State.ShouldBe(MilestoneState.Breached);
    }

    [Fact]
    public async Task What_the_clock_wrote_reads_the_same_whether_a_worker_or_an_act_came_first()
    {
        var byTheWorker = await desk.Opened();
        desk.Time.Advance(TimeSpan.FromHours(3));
        await desk.First.Due.SettleDueAsync();
        await desk.Done(byTheWorker, "message", new ReceiveMessage { Text = "still broken" }, Desk.By(Desk.Shop));
        var byTheAct = await desk.Opened();
        desk.Time.Advance(TimeSpan.FromHours(3));
        await desk.Done(byTheAct, "message", new ReceiveMessage { Text = "still broken" }, Desk.By(Desk.Shop));

        var histories = await Task.WhenAll(StoryOf(byTheWorker), StoryOf(byTheAct));
        histories[1].ShouldBe(histories[0]);
        histories[1].Where(e => e.Actor == Actor.Clock).ShouldNotBeEmpty();
        histories[1].Where(e => e.Actor == Actor.Clock).ShouldAllBe(e => e.Channel == null && e.Correlation == null);
        histories[1].Where(e => e.Actor != Actor.Clock).ShouldAllBe(e => e.Channel == "wechat-shop" && e.Correlation == "trace-1");
    }

    /// <summary>What is told of each event, times counted from the opening, causes by their place.</summary>
    private async Task<(string Type, TimeSpan After, Actor Actor, string? Channel, string? Correlation, string? Cause)[]> StoryOf(TicketView ticket)
    {
        var events = await desk.Store.ReadStreamAsync(ticket.Id);
        return [.. events.Select(e => (e.Type, EventSerializer.Headers(e).OccurredAt - ticket.OpenedAt, EventSerializer.Headers(e).Actor, EventSerializer.Headers(e).Channel, e.CorrelationId,
            events.FirstOrDefault(c => c.Id.ToString() == e.CausationId) is { } cause ? $"event {cause.Version}" : e.CausationId))];
    }

    private async Task<TicketView> Now(TicketView ticket) => (await desk.Reader.GetAsync(Desk.By(Desk.Agent), ticket.Number))!;

    private async Task<DateTime?> DueRow(TicketView ticket)
    {
        var rows = await desk.Scalar<DateTime[]>("select coalesce(array_agg(due_at), '{}') from events.due where stream_id = $1", ticket.Id);
        return rows.Length == 0 ? null : rows.Single();
    }
}
