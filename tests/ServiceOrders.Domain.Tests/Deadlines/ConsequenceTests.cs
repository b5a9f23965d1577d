using ServiceOrders.Domain.Deadlines;
using ServiceOrders.Domain.Teams;
using ServiceOrders.Domain.Tickets;
using static ServiceOrders.Domain.Tests.Deadlines.Rules;

namespace ServiceOrders.Domain.Tests.Deadlines;

/// <summary>What breaches set off (row D5): escalation up a ladder, notices, another pair of hands, an explanation.</summary>
public class ConsequenceTests
{
    private static readonly Team Hardware = new() { Name = "hardware", Supervisors = [new(1, "wang"), new(2, "department")] };
    private static readonly Team Desk = new() { Name = "desk", Supervisors = [new(1, "zhao")], AnswersForOthers = true };

    private static Story Opened(params BreachAction[] actions) =>
        Story.Opened(Of(Resolution() with { WarnAt = [], OnBreach = actions }), "2026-11-02T00:00").WithTeams(Hardware, Desk);

    private static ITicketEvent[] AfterTheBreach(Story story)
    {
        var before = story.Events.Count;
        return [.. story.Clock("2026-11-02T11:00").Events.Skip(before).SkipWhile(e => e is not MilestoneBreached).Skip(1)];
    }

    [Fact]
    public void They_happen_in_the_policys_order_at_the_true_due_time_by_the_clock()
    {
        var story = Opened(new() { Annotate = "外包方节假日休息" }, new() { Reassign = new HandOver("hardware") }, new() { Escalate = 2 }, new() { Notify = NoticeAudience.Customer });

        AfterTheBreach(story).ShouldBe([
            new BreachAnnotated("resolution", 1, "外包方节假日休息", null), new TicketAssigned("hardware", null, null),
            new TicketEscalated(2, true, "breached:resolution", "department", null), new PartyNotified(NoticeAudience.Customer, null, "resolution", 1)]);
        story.Told.SkipWhile(h => h.Event is not MilestoneBreached).ShouldAllBe(h => h.OccurredAt == Story.At("2026-11-02T10:00") && h.Actor == Actor.Clock);
        (story.Ticket.Team, story.Ticket.EscalatedTo, story.Milestone("resolution").Annotations).ShouldBe(("hardware", "department", 1));
    }

    [Fact]
    public void Supervisors_answer_for_their_team_and_someone_for_tickets_of_no_team()
    {
        AfterTheBreach(Opened(new BreachAction { Escalate = 1 })).ShouldBe([new TicketEscalated(1, true, "breached:resolution", "zhao", null)]);
        AfterTheBreach(Opened(new BreachAction { Escalate = 1 }).Do("2026-11-02T01:00", new TicketAssigned("hardware", "chen", null))).ShouldBe([new TicketEscalated(1, true, "breached:resolution", "wang", null)]);
        AfterTheBreach(Opened(new BreachAction { Escalate = 1 }).Do("2026-11-02T01:00", new TicketAssigned("unheard-of", null, null))).ShouldBe([new TicketEscalated(1, true, "breached:resolution", "zhao", null)]);
    }

    [Theory]
    [InlineData(0, 1, "wang")]
    [InlineData(1, 2, "department")]
    [InlineData(2, 3, "department")]
    public void Escalating_by_one_level_passes_nobody_over(int from, int to, string supervisor)
    {
        var story = Opened(new BreachAction { EscalateBy = 1 }).Do("2026-11-02T01:00", new TicketAssigned("hardware", "chen", null));
        if (from > 0) story.Do("2026-11-02T01:00", new TicketEscalated(from, false, "manual", null, null));
        AfterTheBreach(story).ShouldBe([new TicketEscalated(to, true, "breached:resolution", supervisor, null)]);
    }

    [Fact]
    public void Escalating_by_levels_ends_at_the_highest()
    {
        AfterTheBreach(Opened(new BreachAction { EscalateBy = 3 }).Do("2026-11-02T01:00", new TicketEscalated(8, false, "manual", null, null)))
            .ShouldBe([new TicketEscalated(9, true, "breached:resolution", "zhao", null)]);
        AfterTheBreach(Opened(new BreachAction { EscalateBy = 1 }).Do("2026-11-02T01:00", new TicketEscalated(9, false, "manual", null, null))).ShouldBeEmpty();
    }

    [Theory]
    [InlineData(NoticeAudience.Assignee, "chen")]
    [InlineData(NoticeAudience.Team, "hardware")]
    [InlineData(NoticeAudience.Supervisor, "wang")]
    [InlineData(NoticeAudience.Customer, null)]
    public void A_notice_names_whom_it_is_for(NoticeAudience audience, string? recipient) =>
        AfterTheBreach(Opened(new BreachAction { Notify = audience }).Do("2026-11-02T01:00", new TicketAssigned("hardware", "chen", null)))
            .ShouldBe([new PartyNotified(audience, recipient, "resolution", 1)]);

    [Fact]
    public void The_supervisor_told_is_that_of_the_team_responsible_now() =>
        AfterTheBreach(Opened(new BreachAction { Notify = NoticeAudience.Supervisor }).Do("2026-11-02T01:00", new TicketEscalated(1, false, "manual", "finance", null))
            .Do("2026-11-02T02:00", new TicketAssigned("hardware", null, null))).ShouldBe([new PartyNotified(NoticeAudience.Supervisor, "wang", "resolution", 1)]);

    [Fact]
    public void What_is_so_already_is_not_done_again() =>
        AfterTheBreach(Opened(new() { Escalate = 1 }, new() { Reassign = new HandOver("hardware", "chen") })
            .Do("2026-11-02T01:00", new TicketAssigned("hardware", "chen", null)).Do("2026-11-02T01:00", new TicketEscalated(2, false, "manual", null, null))).ShouldBeEmpty();

    [Fact]
    public void An_import_of_the_past_sets_nothing_off()
    {
        var story = Opened(new() { Escalate = 1 }, new() { Notify = NoticeAudience.Customer }, new() { Annotate = "x" }).Clock("2026-11-03T00:00", historical: true);
        story.Events[^1].ShouldBeOfType<MilestoneBreached>();
    }

    [Theory]
    [InlineData("resolved")]
    [InlineData("closed")]
    public void Nobody_climbs_a_ladder_for_a_ticket_that_is_solved(string state)
    {
        var opinion = new MilestoneRule { Name = "satisfaction", Target = Target.OfElapsed("PT72H"), StartsOn = ["resolved"], MetBy = ["rated"], OnBreach = [new BreachAction { Escalate = 1 }] };
        var rung = new MilestoneRule { Name = "level1", Target = Target.OfElapsed("PT8H"), StartsOn = ["escalated:1"], MetBy = ["resolved"], OnBreach = [new BreachAction { Escalate = 2 }] };
        var story = Story.Opened(Of(opinion, rung), "2026-11-02T00:00").WithTeams(Desk).Do("2026-11-02T01:00", new TicketResolved(null));
        if (state == "closed") story.Do("2026-11-02T02:00", new TicketClosed(null));
        story.Clock("2026-11-30T00:00");

        story.Events.OfType<TicketEscalated>().Select(e => e.Level).ShouldBe([1]);
        story.Ticket.Milestones.ShouldNotContain(m => m.Name == "level1");
    }

    [Fact]
    public void A_ladder_is_climbed_level_by_level_each_with_its_own_time_until_it_is_resolved()
    {
        static MilestoneRule Rung(int level, string time) => new()
        {
            Name = $"level{level}", Target = Target.OfElapsed(time), StartsOn = [$"escalated:{level}"], MetBy = ["resolved"], CancelledBy = [], OnBreach = [new BreachAction { Escalate = level + 1 }],
        };
        var story = Story.Opened(Of(Resolution() with { WarnAt = [], OnBreach = [new BreachAction { Escalate = 1 }] }, Rung(1, "PT8H"), Rung(2, "PT24H")), "2026-11-02T00:00").WithTeams(Desk);

        story.Clock("2026-11-03T20:00");

        story.Told.Where(h => h.Event is TicketEscalated).Select(h => (((TicketEscalated)h.Event).Level, h.OccurredAt)).ShouldBe([
            (1, Story.At("2026-11-02T10:00")), (2, Story.At("2026-11-02T18:00")), (3, Story.At("2026-11-03T18:00"))]);
        story.Do("2026-11-04T00:00", Resolved);
        story.Milestone("level1").State.ShouldBe(MilestoneState.MetLate);
        story.Milestone("level2").Overrun.ShouldBe(TimeSpan.FromHours(6));
    }

    [Fact]
    public void A_person_who_skips_a_level_starts_only_the_clock_of_the_level_reached()
    {
        var rung = new MilestoneRule { Name = "level2", Target = Target.OfElapsed("PT1H"), StartsOn = ["escalated:2"], MetBy = ["resolved"] };
        var other = rung with { Name = "level1", StartsOn = ["escalated:1"] };
        var story = Story.Opened(Of(other, rung), "2026-11-02T00:00").Do("2026-11-02T01:00", new TicketEscalated(2, false, "manual", null, null));
        story.Ticket.Milestones.Select(m => m.Name).ShouldBe(["level2"]);
    }
}
