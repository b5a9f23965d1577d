using ServiceOrders.Domain.Tickets;
using ServiceOrders.Domain.Tickets.Acts;
using ServiceOrders.Host.Tests.Given;
using ServiceOrders.Host.Tickets;
using ServiceOrders.Host.Web;

namespace ServiceOrders.Host.Tests.Tickets;

public class IntakeTests(Desk desk) : IClassFixture<Desk>
{
    private static readonly TicketRequest Agent = Desk.By(Desk.Agent);

    [Fact]
    public async Task A_request_becomes_a_ticket_with_a_number_and_running_deadlines()
    {
        var answer = (await desk.Post(Desk.Request("WX-1"))).ShouldBeOfType<Answered>();
        var ticket = answer.Ticket;
        answer.Status.ShouldBe(201);
        ServiceNumber.Parse(ticket.Number).ShouldBe(ticket.Number);
        (ticket.Version, ticket.Status, ticket.Channel, ticket.Medium).ShouldBe((3, TicketStatus.Open, "wechat-shop", Medium.Wechat));
        (ticket.Description, ticket.Contact!.Name, ticket.ExternalReference).ShouldBe(("开机无反应,指示灯不亮", "王芳", "WX-1"));
        ticket.Milestones.Select(m => (m.Name, m.DueAt - m.StartedAt, m.Elapsed)).ShouldBe(
            [("acknowledge", TimeSpan.FromHours(2), "PT0S"), ("resolution", TimeSpan.FromHours(24), "PT0S")]);
    }

    [Fact]
    public async Task What_was_answered_is_what_every_reader_then_sees()
    {
        var ticket = await desk.Opened();
        foreach (var named in new[] { ticket.Id.ToString(), ticket.Number, ticket.Number.ToLowerInvariant().Replace("-", " ", StringComparison.Ordinal) })
        {
            (await desk.StartNode().Reader.GetAsync(Agent, named)).ShouldBeTheSameAs(ticket);
        }
    }

    [Fact]
    public async Task The_same_reference_posted_by_many_at_once_is_one_ticket()
    {
        var nodes = new[] { desk.First, desk.StartNode() };
        var answers = await Task.WhenAll(Enumerable.Range(0, 30).Select(i => Task.Run(() =>
            nodes[i % 2].Service.OpenAsync(Desk.By(Desk.Shop), Desk.Request("WX-race"), new OpeningChannel("wechat-shop", Medium.Wechat)))));
        var all = answers.Select(a => a.ShouldBeOfType<Answered>()).ToArray();
        all.Count(a => a.Status == 201).ShouldBe(1);
        all.Count(a => a.Status == 200).ShouldBe(29);
        all.Select(a => a.Ticket.Id).Distinct().Count().ShouldBe(1);
        (await desk.Scalar<long>("select count(*) from read.queue where external_reference = 'WX-race'")).ShouldBe(1);
        (await desk.Scalar<long>("select count(*) from events.mt_events where data->>'externalReference' = 'WX-race'")).ShouldBe(1);
    }

    [Fact]
    public async Task A_reference_posted_again_shows_the_ticket_as_it_stands_by_now()
    {
        var ticket = await desk.Opened("WX-2");
        await desk.Done(ticket, "acknowledge", new Acknowledge());
        var again = (await desk.Post(Desk.Request("WX-2") with { Description = "and it smokes" })).ShouldBeOfType<Answered>();
        (again.Status, again.Ticket.Id, again.Ticket.Status).ShouldBe((200, ticket.Id, TicketStatus.Acknowledged));
        again.Ticket.Description.ShouldBe(ticket.Description);
    }

    [Fact]
    public async Task A_reference_is_unique_for_its_channel_alone() =>
        (await desk.Opened("WX-3", Desk.Shop)).Id.ShouldNotBe((await desk.Opened("WX-3", Desk.OtherShop)).Id);

    [Fact]
    public async Task A_repeated_request_is_answered_as_the_first_was_whatever_happened_since()
    {
        var first = (await desk.Post(Desk.Request(), request: Desk.Keyed(Desk.Shop, "k1"))).ShouldBeOfType<Answered>();
        await desk.Done(first.Ticket, "acknowledge", new Acknowledge());
        var repeat = (await desk.Post(Desk.Request(), request: Desk.Keyed(Desk.Shop, "k1"))).ShouldBeOfType<Answered>();
        repeat.ShouldBeTheSameAs(first);
    }

    [Fact]
    public async Task Repeats_that_race_are_one_ticket()
    {
        var nodes = new[] { desk.First, desk.StartNode() };
        var answers = await Task.WhenAll(Enumerable.Range(0, 30).Select(i => Task.Run(() =>
            nodes[i % 2].Service.OpenAsync(Desk.Keyed(Desk.Shop, "k-race"), Desk.Request("WX-k-race"), new OpeningChannel("wechat-shop", Medium.Wechat)))));
        answers.Select(a => a.ShouldBeOfType<Answered>()).Select(a => (a.Status, a.Ticket.Id)).Distinct().Count().ShouldBe(1);
    }

    [Fact]
    public async Task A_key_used_for_another_request_is_refused_and_nothing_is_written()
    {
        await desk.Post(Desk.Request(), request: Desk.Keyed(Desk.Shop, "k2", "one"));
        var refused = await Should.ThrowAsync<ProblemException>(() => desk.Post(Desk.Request("WX-k2"), request: Desk.Keyed(Desk.Shop, "k2", "another")));
        refused.Problem.Type.ShouldBe(ProblemTypes.IdempotencyKeyReused);
        (await desk.Scalar<long>("select count(*) from read.queue where external_reference = 'WX-k2'")).ShouldBe(0);
    }

    [Fact]
    public async Task A_key_is_its_callers_own()
    {
        var one = (await desk.Post(Desk.Request(), Desk.Shop, Desk.Keyed(Desk.Shop, "k3"))).ShouldBeOfType<Answered>();
        var two = (await desk.Post(Desk.Request(), Desk.OtherShop, Desk.Keyed(Desk.OtherShop, "k3"))).ShouldBeOfType<Answered>();
        two.Ticket.Id.ShouldNotBe(one.Ticket.Id);
    }

    [Fact]
    public async Task After_seven_days_a_key_names_a_new_request()
    {
        var one = (await desk.Post(Desk.Request(), request: Desk.Keyed(Desk.Shop, "k4"))).ShouldBeOfType<Answered>();
        desk.Time.Advance(RequestKeys.Lifetime);
        var two = (await desk.Post(Desk.Request(), request: Desk.Keyed(Desk.Shop, "k4", "changed"))).ShouldBeOfType<Answered>();
        (two.Status, two.Ticket.Id == one.Ticket.Id).ShouldBe((201, false));
    }

    [Fact]
    public async Task A_request_that_reaches_nobody_is_refused_and_leaves_nothing_behind()
    {
        var tickets = await desk.Scalar<long>("select count(*) from events.mt_streams");
        var keys = await desk.Scalar<long>("select count(*) from privacy.subject_keys");
        (await desk.Post(Desk.Request() with { Contact = new Contact("王芳", null, null, null) })).ShouldBeOfType<Refused>().Refusal.Code.ShouldBe("unreachable");
        (await desk.Post(Desk.Request() with { Description = " " })).ShouldBeOfType<Invalid>().Errors.Single().Field.ShouldBe("description");
        (await desk.Scalar<long>("select count(*) from events.mt_streams")).ShouldBe(tickets);
        (await desk.Scalar<long>("select count(*) from privacy.subject_keys")).ShouldBe(keys);
    }
}
