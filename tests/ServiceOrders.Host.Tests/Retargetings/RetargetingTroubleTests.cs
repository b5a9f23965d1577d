using ServiceOrders.Domain.Tickets;
using ServiceOrders.Domain.Tickets.Acts;
using ServiceOrders.EventStore;
using ServiceOrders.Host.Retargetings;
using ServiceOrders.Host.Tests.Given;
using ServiceOrders.Host.Tickets;
using ServiceOrders.ReadModels.Retargetings;

namespace ServiceOrders.Host.Tests.Retargetings;

/// <summary>Workers that die, that lose their lease, that meet each other and that meet people: none lost, nothing done twice (row D6).</summary>
public class RetargetingTroubleTests(Desk desk) : IClassFixture<Desk>
{
    [Fact]
    public async Task What_a_worker_that_died_half_way_has_left_another_node_does_and_each_ticket_is_retargeted_once()
    {
        var campaign = await Campaign.BegunAsync(desk, "dying", 120);
        using var death = new CancellationTokenSource();
        // It dies in its second page, after an append that went and of which it never heard.
        var store = new MeddlingStore(desk.Store) { After = number => { if (number == 70) Die(death); } };
        await Should.ThrowAsync<OperationCanceledException>(() => campaign.Worker(desk.First, store, pageSize: 50).RunDueAsync(death.Token));

        var interrupted = await campaign.JobAsync();
        // How its tickets lie in the pages depends on those of the other tests.
        (interrupted.State, interrupted.Examined % 50).ShouldBe((RetargetingState.Running, 0));
        interrupted.Changed.ShouldBeInRange(20, 69, "whole pages are counted, the one in which it died is not");
        (await campaign.CountAsync("policy_rebound")).Events.ShouldBeGreaterThanOrEqualTo(70);

        await campaign.Worker(desk.StartNode(), pageSize: 50).RunDueAsync();
        await campaign.EachOnceAsync();
        (await campaign.JobAsync()).ShouldSatisfyAllConditions(j => j.Changed.ShouldBe(120), j => j.Failed.ShouldBe(0), j => j.State.ShouldBe(RetargetingState.Running, "it looks once more"));
        await FinishAsync(campaign, 120);
    }

    [Fact]
    public async Task A_store_that_is_busy_for_long_interrupts_the_job_and_no_ticket_is_counted_as_failed()
    {
        var campaign = await Campaign.BegunAsync(desk, "overloaded", 40);
        var isBusy = true;
        var store = new MeddlingStore(desk.Store) { Before = (number, _) => isBusy && number > 15 ? throw new StoreBusyException("The database took too long; nothing was written.") : Task.CompletedTask };
        var worker = campaign.Worker(desk.First, store);
        await Should.ThrowAsync<StoreBusyException>(() => worker.RunDueAsync());
        (await campaign.JobAsync()).ShouldSatisfyAllConditions(j => j.State.ShouldBe(RetargetingState.Waiting, "its first page is to be done again"), j => j.Failed.ShouldBe(0));
        (await campaign.CountAsync("policy_rebound")).Tickets.ShouldBe(15);

        isBusy = false;
        await worker.RunDueAsync();
        await campaign.EachOnceAsync();
        await FinishAsync(campaign, 40);
    }

    [Fact]
    public async Task A_ticket_whose_stream_somebody_holds_for_long_stops_no_other_and_is_tried_again_by_the_second_look()
    {
        var campaign = await Campaign.BegunAsync(desk, "holding", 20);
        var held = campaign.Tickets[7].Id;
        var store = new MeddlingStore(desk.Store) { Before = (_, append) => append.StreamId == held ? throw new StreamHeldException("The stream is being written elsewhere.") : Task.CompletedTask };
        await campaign.Worker(desk.First, store).RunDueAsync();

        (await campaign.CountAsync("policy_rebound")).Tickets.ShouldBe(19);
        (await campaign.JobAsync()).Failures.ShouldHaveSingleItem().ShouldBe(new RetargetingFailure(held, nameof(StreamHeldException)));
        await FinishAsync(campaign, 20);
        await campaign.EachOnceAsync();
    }

    [Fact]
    public async Task A_worker_that_lost_its_lease_and_goes_on_while_another_does_it_all_changes_nothing_twice()
    {
        var campaign = await Campaign.BegunAsync(desk, "leaseless", 60);
        var other = campaign.Worker(desk.StartNode());
        var store = new MeddlingStore(desk.Store)
        {
            Before = async (number, _) =>
            {
                if (number != 20) return;
                (await desk.Scalar<long>("select count(*) from (select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory' and classid = 21327 and objid = 5 and granted and database = (select oid from pg_database where datname = current_database())) ended")).ShouldBe(1);
                await other.RunDueAsync();
            },
        };
        await campaign.Worker(desk.First, store).RunDueAsync();

        await campaign.EachOnceAsync();
        (await campaign.JobAsync()).Changed.ShouldBe(60);
        await FinishAsync(campaign, 60);
    }

    [Fact]
    public async Task Nodes_that_begin_at_once_do_the_job_once()
    {
        var campaign = await Campaign.BegunAsync(desk, "crowded", 90);
        RetargetingWorker[] workers = [campaign.Worker(desk.First, pageSize: 20), campaign.Worker(desk.StartNode(), pageSize: 20), campaign.Worker(desk.StartNode(), pageSize: 20)];
        await Task.WhenAll(workers.Select(worker => Task.Run(() => worker.RunDueAsync())));

        await campaign.EachOnceAsync();
        await FinishAsync(campaign, 90);
    }

    [Fact]
    public async Task An_act_that_comes_between_the_look_and_the_append_is_seen_and_both_are_in_the_history()
    {
        var campaign = await Campaign.BegunAsync(desk, "meeting", 10);
        var ticket = campaign.Tickets[4];
        var store = new MeddlingStore(desk.Store)
        {
            Before = async (_, append) =>
            {
                if (append.StreamId == ticket.Id && append.ExpectedVersion == ticket.Version) await desk.Done(ticket, "hold", new PutOnHold { Reason = HoldReason.AwaitingCustomer });
            },
        };
        await campaign.Worker(desk.First, store).RunDueAsync();

        await campaign.EachOnceAsync();
        var types = (await desk.Store.ReadStreamAsync(ticket.Id)).Select(e => e.Type).ToArray();
        types.ShouldBe(["ticket_opened", "milestone_started", "ticket_held", "milestone_paused", "policy_rebound", "milestone_retargeted"]);
        await FinishAsync(campaign, 10);
    }

    [Fact]
    public async Task People_who_act_on_the_very_tickets_all_the_while_get_through_and_so_does_the_job()
    {
        var campaign = await Campaign.BegunAsync(desk, "busy", 40);
        var job = Task.Run(() => campaign.Worker(desk.StartNode(), pageSize: 10).RunDueAsync());
        var answers = await Task.WhenAll(campaign.Tickets.Select(async ticket =>
        {
            // With the version that was seen before the job began: what the service alone writes makes no look stale.
            return (await desk.Act(ticket, "note", new AddNote { Text = "still at it" }, Desk.By(Desk.Agent, ticket.Version)), await desk.Act(ticket, "resolve", new Resolve { Text = "done" }));
        }));
        await job;

        answers.ShouldAllBe(both => both.Item1 is Answered && both.Item2 is Answered);
        (await campaign.CountAsync("policy_rebound")).ShouldBe((40, 40));
        (await campaign.CountAsync("milestone_met")).ShouldBe((40, 40));
        await FinishAsync(campaign, 40);
    }

    [Fact]
    public async Task What_was_under_way_on_the_old_rules_is_found_by_the_second_look()
    {
        var campaign = await Campaign.BegunAsync(desk, "late", 5);
        var worker = campaign.Worker(desk.First);
        await worker.RunDueAsync();
        await campaign.EachOnceAsync();

        // Opened, as its channel says, before the version was in force.
        var answer = await desk.Post(Desk.Request() with { OccurredAt = desk.Time.Current.AddSeconds(-2) }, campaign.Shop);
        var late = answer.ShouldBeOfType<Answered>().Ticket;
        late.Milestones.Single().PolicyVersion.ShouldBe(1);
        campaign.Tickets.Add(late);

        await FinishAsync(campaign, 6);
        await campaign.EachOnceAsync();
    }

    [Fact]
    public async Task A_worker_that_dies_in_the_second_look_leaves_no_changed_ticket_uncounted()
    {
        var campaign = await Campaign.BegunAsync(desk, "twice", 5);
        await campaign.Worker(desk.First).RunDueAsync();
        for (var i = 0; i < 4; i++)
        {
            campaign.Tickets.Add((await desk.Post(Desk.Request() with { OccurredAt = desk.Time.Current.AddSeconds(-2) }, campaign.Shop)).ShouldBeOfType<Answered>().Ticket);
        }

        desk.Time.Advance(TimeSpan.FromSeconds(31));
        using var death = new CancellationTokenSource();
        var store = new MeddlingStore(desk.Store) { After = number => { if (number == 2) Die(death); } };
        await Should.ThrowAsync<OperationCanceledException>(() => campaign.Worker(desk.First, store).RunDueAsync(death.Token));
        (await campaign.JobAsync()).Changed.ShouldBe(5, "the page in which it died is not saved");
        (await campaign.CountAsync("policy_rebound")).Tickets.ShouldBeGreaterThanOrEqualTo(7);

        await FinishAsync(campaign, 9);
        await campaign.EachOnceAsync();
    }

    /// <summary>The second look, when every request has surely ended; the job is done then, and done once more it changes nothing.</summary>
    private async Task FinishAsync(Campaign campaign, long changed)
    {
        desk.Time.Advance(TimeSpan.FromSeconds(31));
        var store = new MeddlingStore(desk.Store);
        await campaign.Worker(desk.First, store).RunDueAsync();
        var done = await campaign.JobAsync();
        (done.State, done.Changed, done.Failed, done.NextAt).ShouldBe((RetargetingState.Done, changed, 0, null));
        done.FinishedAt.ShouldBe(desk.Time.Current);
        done.Examined.ShouldBeGreaterThanOrEqualTo(done.Total);

        var appends = store.Appends;
        await campaign.Worker(desk.First, store).RunDueAsync();
        store.Appends.ShouldBe(appends, "what is done is done");
    }

    private static void Die(CancellationTokenSource death)
    {
        death.Cancel();
        throw new OperationCanceledException(death.Token);
    }
}
