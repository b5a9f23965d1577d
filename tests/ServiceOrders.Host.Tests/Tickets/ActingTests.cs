using ServiceOrders.Domain.Tickets;
using ServiceOrders.Domain.Tickets.Acts;
using ServiceOrders.Host.Tests.Given;
using ServiceOrders.Host.Tickets;

namespace ServiceOrders.Host.Tests.Tickets;

public class ActingTests(Desk desk) : IClassFixture<Desk>
{
    [Fact]
    public async Task An_act_moves_the_ticket_and_answers_what_became_of_it()
    {
        var ticket = await desk.Opened();
        desk.Time.Advance(TimeSpan.FromMinutes(12));
        var acknowledged = await desk.Done(ticket, "acknowledge", new Acknowledge());
        acknowledged.Status.ShouldBe(TicketStatus.Acknowledged);
        acknowledged.Milestones[0].Elapsed.ShouldBe("PT12M");
        acknowledged.Milestones[0].MetAt.ShouldBe(desk.Time.Current);
        (await desk.Reader.GetAsync(Desk.By(Desk.Agent), ticket.Number)).ShouldBeTheSameAs(acknowledged);
    }

    [Fact]
    public async Task A_caller_who_looked_before_anothers_act_is_told_so()
    {
        var ticket = await desk.Opened();
        var noted = await desk.Done(ticket, "note", new AddNote { Text = "looked at it" });
        (await desk.Act(ticket, "acknowledge", new Acknowledge(), Desk.By(Desk.Agent, ticket.Version))).ShouldBe(new NotDone(TicketTrouble.StaleVersion));
        (await desk.Act(ticket, "acknowledge", new Acknowledge(), Desk.By(Desk.Agent, noted.Version + 1))).ShouldBe(new NotDone(TicketTrouble.StaleVersion));
        (await desk.Act(ticket, "acknowledge", new Acknowledge(), Desk.By(Desk.Agent, noted.Version))).ShouldBeOfType<Answered>();
    }

    [Fact]
    public async Task Of_two_who_looked_at_the_same_version_one_wins()
    {
        var nodes = new[] { desk.First, desk.StartNode() };
        for (var round = 0; round < 10; round++)
        {
            var ticket = await desk.Opened();
            var answers = await Task.WhenAll(Enumerable.Range(0, 6).Select(i => Task.Run(() => nodes[i % 2].Service.ActAsync(
                Desk.By(Desk.Agent, ticket.Version), ticket.Number, ActCatalog.Find("note")!, new AddNote { Text = $"note {i}" }))));
            answers.Count(a => a is Answered).ShouldBe(1);
            answers.Count(a => a == new NotDone(TicketTrouble.StaleVersion)).ShouldBe(5);
        }
    }

    [Fact]
    public async Task Acts_without_a_version_are_decided_anew_until_they_fit()
    {
        var ticket = await desk.Opened();
        var answers = await Task.WhenAll(Enumerable.Range(0, 4).Select(i => Task.Run(() => desk.Act(ticket, "note", new AddNote { Text = $"note {i}" }))));
        answers.ShouldAllBe(a => a is Answered);
        var history = (await desk.History.PageAsync(Desk.By(Desk.Agent), ticket.Number, null, 100))!;
        history.Items.Select(i => i.Version).ShouldBe(Enumerable.Range(1, (int)ticket.Version + 4).Select(i => (long)i));
        history.Items.Where(i => i.Type == "note_added").Select(i => (string)i.Data["text"]!).Order().ShouldBe(["note 0", "note 1", "note 2", "note 3"]);
    }

    [Fact]
    public async Task As_many_as_may_wait_act_on_one_ticket_at_once_each_has_its_turn_and_others_tickets_wait_for_nobody()
    {
        var (ticket, other) = (await desk.Opened(), await desk.Opened());
        var crowd = Task.WhenAll(Enumerable.Range(0, TicketTurns.MostWaiting).Select(i => Task.Run(() => desk.Act(ticket, "message", new ReceiveMessage { Text = $"{i}" }))));
        (await desk.Act(other, "acknowledge", new Acknowledge())).ShouldBeOfType<Answered>();
        (await crowd).ShouldAllBe(a => a is Answered);
        var events = await desk.Store.ReadStreamAsync(ticket.Id);
        events.Count(e => e.Type == "customer_message_received").ShouldBe(TicketTurns.MostWaiting);
        events.Select(e => e.Version).ShouldBe(Enumerable.Range(1, (int)ticket.Version + TicketTurns.MostWaiting).Select(i => (long)i));
    }

    [Fact]
    public async Task An_act_repeated_with_its_key_is_done_once_though_the_state_now_forbids_it()
    {
        var ticket = await desk.Opened();
        var resolve = new Resolve { Text = "new fuse" };
        var first = await desk.Done(ticket, "resolve", resolve, Desk.Keyed(Desk.Agent, "resolve-1"));
        (await desk.Act(ticket, "resolve", resolve)).ShouldBeOfType<Refused>();
        var repeat = (await desk.Act(ticket, "resolve", resolve, Desk.Keyed(Desk.Agent, "resolve-1"))).ShouldBeOfType<Answered>();
        repeat.Ticket.ShouldBeTheSameAs(first);
    }

    [Fact]
    public async Task A_repeat_with_a_stale_version_is_a_repeat_all_the_same()
    {
        var ticket = await desk.Opened();
        var request = Desk.Keyed(Desk.Agent, "note-1") with { IfMatch = ticket.Version };
        var first = await desk.Done(ticket, "note", new AddNote { Text = "once" }, request);
        (await desk.Done(ticket, "note", new AddNote { Text = "once" }, request)).ShouldBeTheSameAs(first);
    }

    [Fact]
    public async Task A_wrong_message_names_every_field_at_fault() =>
        (await desk.Act(await desk.Opened(), "rate", new Rate { Score = 9 })).ShouldBeOfType<Invalid>().Errors.ShouldContain(e => e.Field == "score");

    [Fact]
    public async Task A_ticket_whose_rules_this_node_has_not_heard_of_makes_it_ask()
    {
        var ticket = await desk.Opened();
        var before = desk.Rules.Refreshes;
        desk.Rules.Forget();
        desk.Time.Advance(TimeSpan.FromHours(3));
        (await desk.Done(ticket, "acknowledge", new Acknowledge())).Milestones[0].BreachedAt.ShouldBe(ticket.Milestones[0].DueAt);
        desk.Rules.Refreshes.ShouldBe(before + 1);
    }

    [Theory]
    [InlineData("0199a5b4-7c1e-7d00-8000-0123456789ab")]
    [InlineData("SO-5724")]
    [InlineData("SO-5725")]
    [InlineData("nonsense")]
    public async Task An_act_on_no_ticket_finds_nothing(string named) =>
        (await desk.Service.ActAsync(Desk.By(Desk.Agent), named, ActCatalog.Find("note")!, new AddNote { Text = "?" })).ShouldBe(new NotDone(TicketTrouble.NotFound));
}
