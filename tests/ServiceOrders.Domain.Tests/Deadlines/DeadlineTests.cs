using ServiceOrders.Domain.Deadlines;
using ServiceOrders.Domain.Tickets;
using static ServiceOrders.Domain.Tests.Deadlines.Rules;

namespace ServiceOrders.Domain.Tests.Deadlines;

/// <summary>Both sides of a deadline, by the act and by the clock, in both orders of arrival.</summary>
public class DeadlineTests
{
    private static Story Opened() => Story.Opened(Of(Resolution()), "2026-11-02T00:00");

    [Theory]
    [InlineData("2026-11-02T09:59:59")]
    [InlineData("2026-11-02T10:00:00")]
    public void An_act_before_or_exactly_at_the_due_time_meets_it(string at)
    {
        var story = Opened().Do(at, Resolved).Clock("2026-11-03T00:00");

        story.Milestone("resolution").State.ShouldBe(MilestoneState.Met);
        story.Milestone("resolution").Overrun.ShouldBeNull();
        story.Count<MilestoneBreached>().ShouldBe(0);
    }

    [Fact]
    public void An_act_after_the_due_time_settles_the_breach_first_and_is_met_late()
    {
        var story = Opened().Do("2026-11-02T10:00:01", Resolved);

        story.Events.Select(e => e.GetType().Name).ShouldBe(
            ["TicketOpened", "MilestoneStarted", "MilestoneWarned", "MilestoneWarned", "MilestoneBreached", "TicketResolved", "MilestoneMet"]);
        story.Milestone("resolution").State.ShouldBe(MilestoneState.MetLate);
        story.Milestone("resolution").BreachedAt.ShouldBe(Story.At("2026-11-02T10:00"));
        story.Milestone("resolution").Overrun.ShouldBe(TimeSpan.FromSeconds(1));
    }

    [Fact]
    public void The_clock_that_comes_exactly_at_the_due_time_leaves_it_to_the_act_of_that_instant()
    {
        var story = Opened().Clock("2026-11-02T10:00:00");
        story.Count<MilestoneBreached>().ShouldBe(0);

        story.Do("2026-11-02T10:00:00", Resolved);
        story.Milestone("resolution").State.ShouldBe(MilestoneState.Met);
    }

    [Fact]
    public void The_clock_that_comes_late_records_the_true_due_time_and_its_own()
    {
        var story = Opened().Clock("2026-11-05T00:00");

        var breach = story.Events.OfType<MilestoneBreached>().Single();
        breach.DueAt.ShouldBe(Story.At("2026-11-02T10:00"));
        breach.SettledAt.ShouldBe(Story.At("2026-11-05T00:00"));
        story.Told.Single(h => h.Event is MilestoneBreached).OccurredAt.ShouldBe(Story.At("2026-11-02T10:00"));
        story.Told.Single(h => h.Event is MilestoneBreached).Actor.ShouldBe(Actor.Clock);
    }

    [Fact]
    public void However_often_the_clock_comes_there_is_one_breach_and_nothing_due_after_it()
    {
        var story = Opened().Clock("2026-11-02T10:00:01").Clock("2026-11-02T10:00:02").Clock("2027-01-01T00:00");

        story.Count<MilestoneBreached>().ShouldBe(1);
        story.Ticket.NextDue.ShouldBeNull();
    }

    [Fact]
    public void An_act_in_time_but_reported_after_the_breach_does_not_undo_it_and_has_no_overrun()
    {
        var story = Opened().Clock("2026-11-02T10:00:01").Do("2026-11-02T09:00", Resolved, recorded: "2026-11-02T12:00");

        var cycle = story.Milestone("resolution");
        cycle.State.ShouldBe(MilestoneState.MetLate);
        cycle.Overrun.ShouldBe(TimeSpan.Zero);
        cycle.MetAt.ShouldBe(Story.At("2026-11-02T10:00"), "nothing takes effect before what is already recorded");
    }

    [Fact]
    public void An_act_reported_late_before_the_clock_came_meets_the_deadline()
    {
        var story = Opened().Do("2026-11-02T09:00", Resolved, recorded: "2026-11-02T12:00").Clock("2026-11-02T13:00");

        story.Milestone("resolution").State.ShouldBe(MilestoneState.Met);
        story.Count<MilestoneBreached>().ShouldBe(0);
    }

    [Fact]
    public void Warnings_come_in_order_at_their_true_times_and_never_after_the_act()
    {
        var story = Opened().Clock("2026-11-02T05:00:00").Clock("2026-11-02T05:00:01");
        story.Events.OfType<MilestoneWarned>().Single().ShouldBe(
            new MilestoneWarned("resolution", 1, 50, Story.At("2026-11-02T05:00"), Story.At("2026-11-02T10:00"), false));

        story.Do("2026-11-02T06:00", Resolved).Clock("2026-11-03T00:00");
        story.Count<MilestoneWarned>().ShouldBe(1);
    }

    [Fact]
    public void The_next_due_instant_is_the_next_warning_then_the_deadline_then_nothing()
    {
        var story = Opened();
        story.Ticket.NextDue.ShouldBe(Story.At("2026-11-02T05:00"));
        story.Clock("2026-11-02T06:00").Ticket.NextDue.ShouldBe(Story.At("2026-11-02T08:00"));
        story.Clock("2026-11-02T09:00").Ticket.NextDue.ShouldBe(Story.At("2026-11-02T10:00"));
        story.Clock("2026-11-02T11:00").Ticket.NextDue.ShouldBeNull();
    }

    [Fact]
    public void A_breach_starts_what_waits_for_it_at_the_true_due_time_however_late_the_clock_comes()
    {
        var late = Story.Opened(Of(Resolution(), Escalation), "2026-11-02T00:00").Clock("2026-11-09T00:00");
        var prompt = Story.Opened(Of(Resolution(), Escalation), "2026-11-02T00:00").Clock("2026-11-02T10:00:01").Clock("2026-11-02T14:00:01");

        late.Milestone("escalation").StartedAt.ShouldBe(Story.At("2026-11-02T10:00"));
        late.Milestone("escalation").BreachedAt.ShouldBe(Story.At("2026-11-02T14:00"));
        late.Told.Select(h => (h.Event.GetType(), h.OccurredAt)).ShouldBe(prompt.Told.Select(h => (h.Event.GetType(), h.OccurredAt)));
    }

    [Fact]
    public void A_breach_escalates_once_and_climbs_no_level_twice()
    {
        var resolution = Resolution() with { OnBreach = [new BreachAction { Escalate = 1 }] };
        var story = Story.Opened(Of(resolution, Escalation), "2026-11-02T00:00").Clock("2026-11-09T00:00");

        story.Events.OfType<TicketEscalated>().Single().ShouldBe(new TicketEscalated(1, true, "breached:resolution", null, null));
        story.Milestone("escalation").State.ShouldBe(MilestoneState.Met, "the escalation that the breach set off meets the clock that it started");
        story.Ticket.EscalationLevel.ShouldBe(1);
    }

    [Fact]
    public void A_breach_of_the_past_that_an_import_settles_is_marked_and_sets_nothing_off()
    {
        var resolution = Resolution() with { OnBreach = [new BreachAction { Escalate = 1 }] };
        var story = Story.Opened(Of(resolution), "2026-11-02T00:00").Clock("2026-11-09T00:00", historical: true);

        story.Events.OfType<MilestoneBreached>().Single().Historical.ShouldBeTrue();
        story.Events.OfType<MilestoneWarned>().ShouldAllBe(w => w.Historical);
        story.Count<TicketEscalated>().ShouldBe(0);
    }

    [Fact]
    public void An_act_of_the_future_is_refused_and_an_old_one_needs_staff_and_a_reason()
    {
        var staff = new Actor(ActorKind.Staff, "li-na");
        var channel = new Actor(ActorKind.Channel, "shop");

        Opened().Refused("2026-11-02T01:00:01", "2026-11-02T01:00", staff, "r")!.Code.ShouldBe("occurred-in-the-future");
        Opened().Refused("2026-11-02T01:00", "2026-11-02T01:05", channel, null).ShouldBeNull();
        Opened().Refused("2026-11-02T01:00", "2026-11-02T01:05:01", channel, "r")!.Code.ShouldBe("reported-too-late");
        Opened().Refused("2026-11-02T01:00", "2026-11-02T01:05:01", staff, " ")!.Code.ShouldBe("late-report-needs-a-reason");
        Opened().Refused("2026-11-02T01:00", "2026-11-02T01:05:01", staff, "r").ShouldBeNull();
    }

    [Fact]
    public void An_act_of_another_age_is_refused_whoever_reports_it()
    {
        var staff = new Actor(ActorKind.Staff, "li-na");
        var refusal = Opened().Refused("1026-11-02T01:00", "2026-11-02T01:00", staff, "a slip of the pen")!;
        (refusal.Kind, refusal.Code, refusal.Field).ShouldBe((RefusalKind.Rule, "occurred-too-long-ago", "occurredAt"));
        Opened().Refused("1969-12-31T23:59:59.999999", "2026-11-02T01:00", staff, "r")!.Code.ShouldBe("occurred-too-long-ago");
        Opened().Refused("1970-01-01T00:00", "2026-11-02T01:00", staff, "r").ShouldBeNull();
    }

    [Fact]
    public void A_clock_of_a_ticket_from_before_that_was_refused_can_still_be_read()
    {
        var cycle = new MilestoneCycle { Name = "resolution", Cycle = 1, Target = Target.OfElapsed("PT10H"), StartedAt = Story.At("1026-11-02T00:00"), DueAt = Domain.Calendars.BusinessCalendar.Horizon };
        foreach (var target in (Target[])[Target.OfElapsed("PT10H"), Target.OfWorking("PT10H"), Target.OfWorkingDays(3)])
        {
            // Counted from where calendars begin to compute.
            Budget.Used(cycle with { Target = target }, Domain.Calendars.BusinessCalendar.Always, Story.At("1900-01-03T12:00")).ShouldBe(TimeSpan.FromHours(36));
            Budget.Used(cycle with { Target = target, StartedAt = Story.At("2200-12-30T00:00") }, Domain.Calendars.BusinessCalendar.Always, Story.At("3026-01-01T00:00")).ShouldBe(TimeSpan.FromDays(1));
            Budget.Used(cycle with { Target = target, Pauses = [new Pause(Story.At("1026-11-03T00:00"), Story.At("1026-11-04T00:00"))] }, Domain.Calendars.BusinessCalendar.Always, Story.At("1026-11-05T00:00")).ShouldBe(TimeSpan.Zero);
        }
    }
}
