using ServiceOrders.Domain.Deadlines;
using ServiceOrders.Domain.Tickets;
using ServiceOrders.Domain.Tickets.Acts;
using ServiceOrders.Host.Tests.Given;
using ServiceOrders.Host.Tickets;

namespace ServiceOrders.Host.Tests.Replaying;

/// <summary>What brought an event about (row A1).</summary>
public class CauseTests(Desk desk) : IClassFixture<Desk>
{
    /// <summary>Answer within an hour; a breach escalates, starts the clock of the escalation, changes hands, and is told.</summary>
    private static readonly Policy Eager = new()
    {
        Name = "eager", Version = 1, Priority = 5,
        Milestones =
        [
            new MilestoneRule
            {
                Name = "answer", Target = Target.OfElapsed("PT1H"), StartsOn = ["opened"], MetBy = ["acknowledged"], WarnAt = [50],
                OnBreach = [new BreachAction { Escalate = 1 }, new BreachAction { Reassign = new HandOver { Team = "night-watch" } }, new BreachAction { Notify = NoticeAudience.Team }],
            },
            new MilestoneRule { Name = "escalation", Target = Target.OfElapsed("PT4H"), StartsOn = ["escalated"], MetBy = ["assigned"] },
        ],
    };

    [Fact]
    public async Task What_a_deadline_brings_about_names_it_however_many_events_lie_between()
    {
        var ticket = await OpenedAsync();
        desk.Time.Advance(TimeSpan.FromHours(2));
        await desk.First.Due.SettleDueAsync();
        var history = await HistoryOf(ticket);
        var clock = history.Where(i => i.Actor == Actor.Clock).ToArray();
        clock.Select(i => i.Type).ShouldBe(["milestone_warned", "milestone_breached", "ticket_escalated", "milestone_started", "ticket_assigned", "milestone_met", "party_notified"]);
        clock.ShouldAllBe(i => i.Cause.Kind == CauseKind.Deadline && i.Cause.Milestone == "answer" && i.Cause.Cycle == 1 && i.Cause.Request == null && i.CorrelationId == null);
        clock.Select(i => CausedBy(history, i)).ShouldBe([null, null, "milestone_breached", "ticket_escalated", "milestone_breached", "ticket_assigned", "milestone_breached"]);
    }

    [Fact]
    public async Task What_an_act_brings_about_names_its_request_also_where_a_deadline_came_in_between()
    {
        var ticket = await OpenedAsync();
        desk.Time.Advance(TimeSpan.FromHours(2));
        // The act is the first to notice the deadline.
        await desk.Done(ticket, "acknowledge", new Acknowledge());
        var history = await HistoryOf(ticket);
        foreach (var own in history.Where(i => i.Actor == Desk.Agent.Actor)) own.Cause.ShouldBe(new EventCause(CauseKind.Request, "trace-1", null, null, null, own.Cause.EventId));
        CausedBy(history, history.Single(i => i.Type == "ticket_acknowledged")).ShouldBeNull();
        CausedBy(history, history.Single(i => i is { Type: "milestone_met", Actor.Kind: ActorKind.Staff })).ShouldBe("ticket_acknowledged");
        history.Single(i => i.Type == "milestone_breached").Cause.ShouldBe(new EventCause(CauseKind.Deadline, null, "answer", 1, null, null));
    }

    [Fact]
    public async Task The_opening_and_the_clocks_that_it_starts_name_the_request_that_opened()
    {
        var history = await HistoryOf(await OpenedAsync());
        history.Select(i => (i.Type, i.Cause.Kind, i.Cause.Request, CausedBy(history, i))).ShouldBe(
            [("ticket_opened", CauseKind.Request, "trace-1", null), ("milestone_started", CauseKind.Request, "trace-1", "ticket_opened")]);
    }

    private async Task<TicketView> OpenedAsync()
    {
        if (desk.Rules.Refreshes == 0) desk.Rules.Publish(Eager, DateTimeOffset.MinValue);
        await desk.Rules.RefreshAsync(CancellationToken.None);
        return await desk.Opened();
    }

    private async Task<IReadOnlyList<HistoryItem>> HistoryOf(TicketView ticket) => (await desk.History.PageAsync(Desk.By(Desk.Agent), ticket.Number, null, 500))!.Items;

    private static string? CausedBy(IReadOnlyList<HistoryItem> history, HistoryItem item) => item.Cause.EventId is { } cause ? history.Single(i => i.EventId == cause).Type : null;
}
