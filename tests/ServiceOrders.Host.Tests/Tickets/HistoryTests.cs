using ServiceOrders.Domain.Deadlines;
using ServiceOrders.Domain.Tickets;
using ServiceOrders.Domain.Tickets.Acts;
using ServiceOrders.Host.Tests.Given;
using ServiceOrders.Host.Privacy;
using ServiceOrders.Host.Tickets;
using ServiceOrders.Host.Web;
using ServiceOrders.ReadModels.Events;
using ServiceOrders.ReadModels.Tickets;

namespace ServiceOrders.Host.Tests.Tickets;

/// <summary>A ticket's past (row A1).</summary>
public class HistoryTests(Desk desk) : IClassFixture<Desk>
{
    private static readonly TicketRequest Auditor = Desk.By(Desk.Agent);

    [Fact]
    public async Task The_ticket_at_any_version_is_the_fold_of_the_events_up_to_it()
    {
        var ticket = await AStory();
        var events = await desk.Store.ReadStreamAsync(ticket.Id);
        events.Count.ShouldBe((int)ticket.Version);
        var key = await desk.First.Keys.GetAsync(ticket.Id);
        for (var version = 1; version <= events.Count; version++)
        {
            var fold = Ticket.Unopened.Fold(events.Take(version));
            var expected = TicketViews.Of(fold, new Disclosure(key, Desk.Agent), desk.Rules.Current.Rulebook, fold.UpdatedAt);
            (await desk.Reader.GetPastAsync(Auditor, ticket.Number, version, null)).ShouldBeTheSameAs(expected);
        }
        (await desk.Reader.GetPastAsync(Auditor, ticket.Number, events.Count + 1, null)).ShouldBeNull();
    }

    [Fact]
    public async Task The_ticket_at_any_instant_is_what_was_recorded_by_then()
    {
        var opened = await desk.Opened();
        desk.Time.Advance(TimeSpan.FromMinutes(30));
        var between = desk.Time.Current;
        desk.Time.Advance(TimeSpan.FromMinutes(30));
        await desk.Done(opened, "acknowledge", new Acknowledge());
        var then = (await desk.Reader.GetPastAsync(Auditor, opened.Number, null, between))!;
        (then.Version, then.Status, then.Milestones[0].State, then.Milestones[0].Elapsed).ShouldBe((opened.Version, TicketStatus.Open, MilestoneState.Running, "PT30M"));
        (await desk.Reader.GetPastAsync(Auditor, opened.Number, null, desk.Time.Current))!.Status.ShouldBe(TicketStatus.Acknowledged);
        (await desk.Reader.GetPastAsync(Auditor, opened.Number, null, opened.OpenedAt.AddMicroseconds(-1))).ShouldBeNull();
    }

    [Fact]
    public async Task The_history_tells_every_event_in_order_with_who_when_and_why()
    {
        var ticket = await AStory();
        var history = (await desk.History.PageAsync(Auditor, ticket.Number, null, 500))!;
        history.NextCursor.ShouldBeNull();
        history.Items.Select(i => i.Version).ShouldBe(Enumerable.Range(1, (int)ticket.Version).Select(i => (long)i));
        history.Items.Select(i => i.Position).ShouldBeInOrder();
        var opened = history.Items[0];
        (opened.Type, opened.Actor, opened.Channel, opened.CorrelationId).ShouldBe(("ticket_opened", Desk.Shop.Actor, "wechat-shop", "trace-1"));
        ((string?)opened.Data["description"], (string?)opened.Data["contact"]!["name"], (string?)opened.Data["kind"]).ShouldBe(("开机无反应,指示灯不亮", "王芳", "repair"));
        opened.Data.ShouldNotContain(member => member.Key.StartsWith("sealed", StringComparison.Ordinal));
        history.Items.Single(i => i.Type == "milestone_breached").Actor.Kind.ShouldNotBe(ActorKind.System);
    }

    [Fact]
    public async Task A_long_history_comes_in_pages_that_join_without_a_gap()
    {
        var ticket = await AStory();
        var whole = (await desk.History.PageAsync(Auditor, ticket.Number, null, 500))!.Items;
        var versions = new List<long>();
        string? cursor = null;
        do
        {
            var page = (await desk.History.PageAsync(Auditor, ticket.Number, cursor, 3))!;
            page.Items.Count.ShouldBeLessThanOrEqualTo(3);
            versions.AddRange(page.Items.Select(i => i.Version));
            cursor = page.NextCursor;
        }
        while (cursor is not null);
        versions.ShouldBe(whole.Select(i => i.Version));
    }

    [Fact]
    public async Task A_cursor_of_another_history_is_refused()
    {
        var (one, two) = (await AStory(), await AStory());
        var cursor = (await desk.History.PageAsync(Auditor, one.Number, null, 2))!.NextCursor!;
        await Should.ThrowAsync<InvalidCursorException>(() => desk.History.PageAsync(Auditor, two.Number, cursor, 2));
        await Should.ThrowAsync<InvalidCursorException>(() => desk.History.PageAsync(Auditor, one.Number, "nonsense", 2));
        await Should.ThrowAsync<InvalidCursorException>(() => desk.History.PageAsync(Auditor, one.Number, cursor[..^1] + (cursor[^1] == 'A' ? 'B' : 'A'), 2));
    }

    private async Task<TicketView> AStory()
    {
        var ticket = await desk.Opened();
        await desk.Done(ticket, "request-information", new RequestInformation { Fields = ["product.serialNumber"], Text = "which one?" });
        await desk.Done(ticket, "message", new ReceiveMessage { Text = "this one" }, Desk.By(Desk.Shop));
        desk.Time.Advance(TimeSpan.FromHours(3));
        await desk.Done(ticket, "acknowledge", new Acknowledge());
        await desk.Done(ticket, "resolve", new Resolve { Text = "new fuse" });
        return await desk.Done(ticket, "rate", new Rate { Score = 5, Comment = "quick" });
    }
}
