using ServiceOrders.Domain.Deadlines;
using ServiceOrders.Domain.Tickets;
using static ServiceOrders.Domain.Tests.Deadlines.Rules;

namespace ServiceOrders.Domain.Tests.Deadlines;

/// <summary>Clocks for a time agreed with the customer: agreed, agreed anew, missed, and agreed again (row H7).</summary>
public class VisitClockTests
{
    private static Story Opened(params MilestoneRule[] rules) => Story.Opened(Of(rules), "2026-11-02T00:00");

    /// <summary>Opened on Monday at midnight, and at once a visit agreed for Tuesday.</summary>
    private static Story Agreed() => Opened(Arrival).Do("2026-11-02T00:00", Scheduled("2026-11-03T00:00"));

    [Fact]
    public void An_agreement_starts_the_clock_that_is_due_at_the_time_agreed()
    {
        Opened(Arrival).Ticket.Milestones.ShouldBeEmpty();

        var arrival = Agreed().Milestone("arrival");
        arrival.DueAt.ShouldBe(Story.At("2026-11-03T00:00"));
        arrival.Warnings.ShouldBe([new Warning(75, Story.At("2026-11-02T18:00"), null)]);
    }

    [Fact]
    public void Whoever_comes_at_the_minute_is_in_time_and_a_second_later_is_not()
    {
        Agreed().Do("2026-11-03T00:00:00", Arrived).Milestone("arrival").State.ShouldBe(MilestoneState.Met);

        var late = Agreed().Do("2026-11-03T00:00:01", Arrived).Milestone("arrival");
        (late.State, late.BreachedAt, late.Overrun).ShouldBe((MilestoneState.MetLate, Story.At("2026-11-03T00:00"), TimeSpan.FromSeconds(1)));
    }

    [Fact]
    public void Another_time_retargets_the_clock_that_runs_and_the_old_promise_stays_in_the_event()
    {
        var story = Agreed().Do("2026-11-02T06:00", Scheduled("2026-11-04T00:00"));

        var retargeted = story.Events.OfType<MilestoneRetargeted>().Single();
        (retargeted.OldDueAt, retargeted.DueAt, retargeted.Cause, retargeted.Entry).ShouldBe((Story.At("2026-11-03T00:00"), Story.At("2026-11-04T00:00"), "visitScheduled", 1));
        story.Milestone("arrival").Cycle.ShouldBe(1);
        story.Milestone("arrival").Warnings.ShouldBe([new Warning(75, Story.At("2026-11-03T12:00"), null)]);
        story.Count<MilestoneRestarted>().ShouldBe(0);

        story.Clock("2026-11-03T12:00").Count<MilestoneBreached>().ShouldBe(0, "the first time is promised no more");
    }

    /// <summary>A visit is no longer agreed for such a time; but one may have been.</summary>
    [Fact]
    public void A_time_agreed_beyond_all_calendars_is_due_when_it_was_agreed_and_what_happens_meanwhile_changes_no_promise()
    {
        var story = Opened(Arrival with { WarnAt = [1, 75] }).Do("2026-11-02T00:00", Scheduled("2999-01-01T00:00"));
        var arrival = story.Milestone("arrival");
        arrival.DueAt.ShouldBe(Story.At("2999-01-01T00:00"));
        arrival.Warnings.Select(warning => warning.Percent).ShouldBe([1], "by 75 percent of it calendars have come to their end");

        story.Do("2026-11-02T01:00", Acknowledged).Do("2026-11-02T02:00", Message).Do("2026-11-02T03:00", Held()).Do("2026-11-02T04:00", Resumed);
        story.Count<MilestoneRetargeted>().ShouldBe(0);
        story.Do("2026-11-02T05:00", Scheduled("2026-11-04T00:00")).Milestone("arrival").DueAt.ShouldBe(Story.At("2026-11-04T00:00"));
    }

    [Fact]
    public void The_same_time_agreed_again_changes_no_promise() =>
        Agreed().Do("2026-11-02T06:00", Scheduled("2026-11-03T00:00")).Count<MilestoneRetargeted>().ShouldBe(0);

    [Fact]
    public void After_a_missed_visit_the_next_agreement_is_a_promise_of_its_own_and_the_breach_stays()
    {
        var story = Agreed().Do("2026-11-03T02:00", Scheduled("2026-11-04T00:00"));
        story.Milestone("arrival", 1).ShouldSatisfyAllConditions(
            c => c.State.ShouldBe(MilestoneState.MetLate),
            c => c.BreachedAt.ShouldBe(Story.At("2026-11-03T00:00")),
            c => c.Overrun.ShouldBe(TimeSpan.FromHours(2)));
        story.Milestone("arrival").DueAt.ShouldBe(Story.At("2026-11-04T00:00"));

        story.Clock("2026-11-04T00:00:01").Milestone("arrival", 2).State.ShouldBe(MilestoneState.Breached, "nobody came the second time either");
    }

    [Fact]
    public void A_missed_visit_stays_missed_where_the_policy_restarts_by_something_else()
    {
        var story = Opened(Arrival with { RestartsOn = ["staffReply"] }).Do("2026-11-02T00:00", Scheduled("2026-11-03T00:00"));
        story.Do("2026-11-02T01:00", StaffReply).Count<MilestoneRestarted>().ShouldBe(0, "a time agreed has no full length to be set back to");

        story.Do("2026-11-03T01:00", StaffReply).Milestone("arrival").State.ShouldBe(MilestoneState.Breached);
        story.Ticket.Milestones.Length.ShouldBe(1);
    }

    [Fact]
    public void The_next_visit_is_the_next_cycle()
    {
        var story = Agreed().Do("2026-11-03T00:00", Arrived).Do("2026-11-03T01:00", Completed).Do("2026-11-03T02:00", Scheduled("2026-11-05T00:00"));

        story.Milestone("arrival", 1).State.ShouldBe(MilestoneState.Met);
        (story.Milestone("arrival").Cycle, story.Milestone("arrival").DueAt).ShouldBe((2, Story.At("2026-11-05T00:00")));
    }

    [Fact]
    public void A_hold_moves_no_agreed_time_even_where_a_policy_says_so()
    {
        var story = Opened(Arrival with { PausedBy = [HoldReason.AwaitingCustomer] }).Do("2026-11-02T00:00", Scheduled("2026-11-03T00:00")).Do("2026-11-02T01:00", Held());

        story.Count<MilestonePaused>().ShouldBe(0);
        story.Do("2026-11-02T12:00", Resumed).Milestone("arrival").DueAt.ShouldBe(Story.At("2026-11-03T00:00"));
    }

    [Fact]
    public void A_clock_that_stands_still_when_it_comes_under_an_agreed_time_runs_again()
    {
        var agreed = Resolution(new Target { Agreed = "visit" }) with { AppliesTo = new() { Complexity = [Complexity.Complex] } };
        var story = Opened(agreed, Resolution()).Do("2026-11-02T01:00", Scheduled("2026-11-03T00:00")).Do("2026-11-02T02:00", Held()).Do("2026-11-02T03:00", Classified(Complexity.Complex));
        (story.Milestone("resolution").State, story.Milestone("resolution").DueAt).ShouldBe((MilestoneState.Running, Story.At("2026-11-03T00:00")));

        story.Clock("2026-11-03T00:00:01").Milestone("resolution").State.ShouldBe(MilestoneState.Breached);
    }

    [Fact]
    public void A_time_agreed_before_the_clock_started_is_no_promise_of_that_clock()
    {
        var agreed = Reply with { Target = new Target { Agreed = "visit" }, AppliesTo = new() { Complexity = [Complexity.Complex] } };
        var story = Opened(agreed, Reply).Do("2026-11-02T01:00", Scheduled("2026-11-02T02:00")).Do("2026-11-02T03:00", Message).Do("2026-11-02T03:10", Classified(Complexity.Complex));
        story.Milestone("reply").DueAt.ShouldBe(Story.At("2026-11-02T04:00"));

        story.Do("2026-11-02T03:20", StaffReply).Do("2026-11-02T03:30", Message).Ticket.Milestones.Length.ShouldBe(1);
    }

    [Fact]
    public void A_visit_that_was_not_needed_any_more_was_not_missed_when_the_ticket_is_reopened_after_it()
    {
        var story = Agreed().Do("2026-11-02T12:00", Resolved).Do("2026-11-05T00:00", Reopened);

        story.Milestone("arrival").State.ShouldBe(MilestoneState.Cancelled);
        story.Count<MilestoneBreached>().ShouldBe(0);
    }

    [Fact]
    public void A_visit_that_is_still_to_come_is_promised_again_when_the_ticket_is_reopened_before_it()
    {
        var story = Agreed().Do("2026-11-02T12:00", Resolved).Do("2026-11-02T20:00", Rejected);

        (story.Milestone("arrival").State, story.Milestone("arrival").DueAt).ShouldBe((MilestoneState.Running, Story.At("2026-11-03T00:00")));
    }

    [Fact]
    public void The_entry_that_promised_is_recorded_and_so_is_the_one_that_took_its_place()
    {
        var complex = Resolution(Target.OfElapsed("PT48H")) with { AppliesTo = new() { Complexity = [Complexity.Complex] } };
        var story = Opened(Reply, complex, Resolution());
        (story.Events.OfType<MilestoneStarted>().Single().Entry, story.Milestone("resolution").Entry).ShouldBe((3, 3));

        story.Do("2026-11-02T01:00", Classified(Complexity.Complex));
        (story.Events.OfType<MilestoneRetargeted>().Single().Entry, story.Milestone("resolution").Entry).ShouldBe((2, 2));
    }

    [Fact]
    public void A_classification_that_is_corrected_after_the_resolution_promises_nothing_new()
    {
        var response = Escalation with { AppliesTo = new() { Kind = [TicketKind.Repair], Tier = [CustomerTier.High] }, StartsOn = ["opened", "classified"], Repeat = true };
        var high = new TicketClassified(TicketKind.Repair, Urgency.Normal, Complexity.Standard, CustomerTier.High, null);

        Opened(response).Do("2026-11-02T01:00", Resolved).Do("2026-11-02T02:00", high).Ticket.Milestones.ShouldBeEmpty();
        Opened(response).Do("2026-11-02T02:00", high).Ticket.Milestones.Length.ShouldBe(1);
    }
}
