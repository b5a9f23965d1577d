using ServiceOrders.Domain.Tickets.Acts;
using ServiceOrders.Host.Tests.Given;
using ServiceOrders.Host.Tickets;
using ServiceOrders.ReadModels.Tickets;

namespace ServiceOrders.Host.Tests.Tickets;

/// <summary>What a channel may see and do (row I1).</summary>
public class ChannelTests(Desk desk) : IClassFixture<Desk>
{
    private static readonly TicketRequest Stranger = Desk.By(Desk.OtherShop);
    private static readonly TicketRequest Owner = Desk.By(Desk.Shop);

    [Fact]
    public async Task Another_channels_ticket_is_as_if_it_were_not_there()
    {
        var ticket = await desk.Opened();
        (await desk.Reader.GetAsync(Stranger, ticket.Number)).ShouldBeNull();
        (await desk.Reader.GetPastAsync(Stranger, ticket.Number, 1, null)).ShouldBeNull();
        (await desk.History.PageAsync(Stranger, ticket.Number, null, 50)).ShouldBeNull();
        (await desk.Act(ticket, "message", new ReceiveMessage { Text = "hello" }, Stranger)).ShouldBe(new NotDone(TicketTrouble.NotFound));
        (await desk.Reader.GetAsync(Owner, ticket.Number)).ShouldNotBeNull();
        (await desk.Reader.GetAsync(Desk.By(Desk.Agent), ticket.Number)).ShouldNotBeNull();
    }

    [Fact]
    public async Task Another_channel_does_not_stand_in_a_tickets_line()
    {
        var ticket = await desk.Opened();
        var (deciding, goOn) = (new TaskCompletionSource(), new TaskCompletionSource());
        var store = new MeddlingStore(desk.Store) { Before = (number, _) => number == 1 ? Held() : Task.CompletedTask };
        var service = new TicketService(store, desk.Reader, desk.First.Keys, desk.First.Numbers, desk.Rules, desk.Time);
        var first = Say(Owner);
        await deciding.Task;
        var second = Say(Owner);

        // Or it would wait for the first, which waits for it.
        foreach (var name in new[] { ticket.Id.ToString(), ticket.Number })
            (await service.ActAsync(Stranger, name, ActCatalog.Find("message")!, new ReceiveMessage { Text = "hello" }).WaitAsync(TimeSpan.FromSeconds(20))).ShouldBe(new NotDone(TicketTrouble.NotFound));
        second.IsCompleted.ShouldBeFalse("the owner's own wait for their turn");

        goOn.SetResult();
        (await first).ShouldBeOfType<Answered>();
        (await second).ShouldBeOfType<Answered>();

        Task<TicketAnswer> Say(TicketRequest request) => service.ActAsync(request, ticket.Number, ActCatalog.Find("message")!, new ReceiveMessage { Text = "hello" });

        Task Held()
        {
            deciding.SetResult();
            return goOn.Task;
        }
    }

    [Fact]
    public async Task A_list_holds_the_channels_own_tickets_whatever_it_asks_for()
    {
        await desk.Opened("own", Desk.OtherShop);
        await desk.Opened("foreign", Desk.Shop);
        (await List(new QueueFilter())).ShouldBe(["own"]);
        (await List(new QueueFilter { Channel = ["web-shop", "wechat-shop"] })).ShouldBe(["own"]);
        (await List(new QueueFilter { Channel = ["wechat-shop"] })).ShouldBeEmpty();
        (await List(new QueueFilter { ExternalReference = ["foreign"] })).ShouldBeEmpty();

        async Task<IEnumerable<string?>> List(QueueFilter filter) =>
            (await desk.Reader.ListAsync(Stranger, filter, QueueSort.OpenedAt, false, null, 500)).Items.Select(t => t.ExternalReference);
    }

    [Fact]
    public async Task A_channel_sees_that_there_is_a_legal_hold_and_not_why()
    {
        var ticket = await desk.Opened();
        var held = await desk.Done(ticket, "place-legal-hold", new PlaceLegalHold { Reason = "they may sue us" });
        var shown = (await desk.Reader.GetAsync(Owner, ticket.Number))!;
        shown.LegalHold.ShouldNotBeNull().ShouldBe(held.LegalHold);
        (await desk.History.PageAsync(Owner, ticket.Number, null, 50))!.Items.ShouldNotContain(i => i.Type == "legal_hold_placed");
        var whole = (await desk.History.PageAsync(Desk.By(Desk.Agent), ticket.Number, null, 50))!;
        ((string?)whole.Items.Single(i => i.Type == "legal_hold_placed").Data["reason"]).ShouldBe("they may sue us");
        (await desk.Done(ticket, "lift-legal-hold", new LiftLegalHold { Reason = "they did not" })).LegalHold.ShouldBeNull();
    }

    [Fact]
    public async Task A_channel_reads_its_tickets_history_without_internal_notes()
    {
        var ticket = await desk.Opened();
        await desk.Done(ticket, "note", new AddNote { Text = "customer is cross" });
        await desk.Done(ticket, "reply", new Reply { Text = "we are on it" });
        var (seen, whole) = ((await desk.History.PageAsync(Owner, ticket.Number, null, 50))!, (await desk.History.PageAsync(Desk.By(Desk.Agent), ticket.Number, null, 50))!);
        whole.Items.ShouldContain(i => i.Type == "note_added");
        seen.Items.Select(i => i.Version).ShouldBe(whole.Items.Where(i => i.Type != "note_added").Select(i => i.Version));
        ((string?)seen.Items.Single(i => i.Type == "staff_reply_sent").Data["text"]).ShouldBe("we are on it");
    }
}
