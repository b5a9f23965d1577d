using ServiceOrders.Domain.Deadlines;
using ServiceOrders.Domain.Tickets;
using static ServiceOrders.Domain.Tests.Deadlines.Rules;

namespace ServiceOrders.Domain.Tests.Deadlines;

/// <summary>Pauses, cycles, retargeting, reopening, closing: what the words of the architecture mean.</summary>
public class CycleTests
{
    private static Story Opened(params MilestoneRule[] rules) => Story.Opened(Of(rules), "2026-11-02T00:00");

    [Fact]
    public void A_pause_moves_the_due_time_and_the_warnings_to_come_by_exactly_its_length()
    {
        var story = Opened(Resolution()).Do("2026-11-02T06:00", Held()).Do("2026-11-02T07:30:17", Resumed);

        story.Milestone("resolution").DueAt.ShouldBe(Story.At("2026-11-02T11:30:17"));
        story.Milestone("resolution").Warnings.ShouldBe(
            [new Warning(50, Story.At("2026-11-02T05:00"), Story.At("2026-11-02T05:00")), new Warning(80, Story.At("2026-11-02T09:30:17"), null)]);
        Budget.PausedFor(story.Milestone("resolution"), Story.At("2026-11-02T09:00")).ShouldBe(new TimeSpan(1, 30, 17));
    }

    [Fact]
    public void While_it_is_paused_nothing_is_due_and_nothing_breaches()
    {
        var story = Opened(Resolution()).Do("2026-11-02T06:00", Held()).Clock("2026-12-24T00:00");

        story.Ticket.NextDue.ShouldBeNull();
        story.Count<MilestoneBreached>().ShouldBe(0);
        Budget.Used(story.Milestone("resolution"), ServiceOrders.Domain.Calendars.BusinessCalendar.Always, Story.At("2026-12-24T00:00")).ShouldBe(TimeSpan.FromHours(6));
    }

    [Fact]
    public void A_hold_that_the_policy_does_not_name_pauses_nothing()
    {
        var story = Opened(Resolution()).Do("2026-11-02T06:00", Held(HoldReason.AwaitingThirdParty));

        story.Milestone("resolution").State.ShouldBe(MilestoneState.Running);
    }

    [Fact]
    public void A_clock_that_starts_during_a_hold_is_started_and_then_paused()
    {
        var reply = Reply with { PausedBy = [HoldReason.AwaitingCustomer] };
        var story = Opened(reply).Do("2026-11-02T01:00", Held()).Do("2026-11-02T02:00", Message).Do("2026-11-02T04:00", Resumed);

        story.Milestone("reply").StartedAt.ShouldBe(Story.At("2026-11-02T02:00"));
        story.Milestone("reply").DueAt.ShouldBe(Story.At("2026-11-02T05:00"));
    }

    [Fact]
    public void A_hold_at_the_very_due_time_is_in_time_and_the_deadline_waits_for_its_end()
    {
        var story = Opened(Resolution()).Do("2026-11-02T10:00", Held()).Do("2026-11-02T12:00", Resumed);

        story.Count<MilestoneBreached>().ShouldBe(0);
        story.Milestone("resolution").DueAt.ShouldBe(Story.At("2026-11-02T12:00"));
    }

    [Fact]
    public void A_reply_clock_counts_from_the_oldest_unanswered_message_and_every_answer_ends_a_cycle()
    {
        var story = Opened(Reply).Do("2026-11-02T01:00", Message).Do("2026-11-02T01:30", Message);
        story.Milestone("reply").Cycle.ShouldBe(1);
        story.Milestone("reply").DueAt.ShouldBe(Story.At("2026-11-02T02:00"));

        story.Do("2026-11-02T01:40", StaffReply).Do("2026-11-02T03:00", Message);
        story.Milestone("reply", 1).State.ShouldBe(MilestoneState.Met);
        story.Milestone("reply").Cycle.ShouldBe(2);
        story.Milestone("reply").DueAt.ShouldBe(Story.At("2026-11-02T04:00"));
    }

    [Fact]
    public void A_message_while_a_breached_reply_is_still_owed_changes_nothing()
    {
        var story = Opened(Reply).Do("2026-11-02T01:00", Message).Do("2026-11-02T05:00", Message).Do("2026-11-02T06:00", StaffReply);

        story.Ticket.Milestones.Length.ShouldBe(1);
        story.Milestone("reply").State.ShouldBe(MilestoneState.MetLate);
        story.Milestone("reply").Overrun.ShouldBe(TimeSpan.FromHours(4));
    }

    [Fact]
    public void A_promised_update_is_set_back_to_its_full_target_by_each_update_and_ends_with_the_resolution()
    {
        var story = Opened(Update).Do("2026-11-02T01:00", Acknowledged).Do("2026-11-02T20:00", StaffReply);
        story.Milestone("progressUpdate").Cycle.ShouldBe(1);
        story.Milestone("progressUpdate").DueAt.ShouldBe(Story.At("2026-11-03T20:00"));

        story.Do("2026-11-03T10:00", Resolved).Milestone("progressUpdate").State.ShouldBe(MilestoneState.Met);
    }

    [Fact]
    public void An_update_after_the_breach_closes_the_cycle_as_met_late_and_opens_the_next()
    {
        var story = Opened(Update).Do("2026-11-02T01:00", Acknowledged).Do("2026-11-03T03:00", StaffReply);

        story.Milestone("progressUpdate", 1).State.ShouldBe(MilestoneState.MetLate);
        story.Milestone("progressUpdate", 1).Overrun.ShouldBe(TimeSpan.FromHours(2));
        story.Milestone("progressUpdate", 2).DueAt.ShouldBe(Story.At("2026-11-04T03:00"));
    }

    [Fact]
    public void Reclassification_retargets_from_the_original_start_and_keeps_the_pauses()
    {
        var complex = Resolution(Target.OfElapsed("PT48H")) with { AppliesTo = new() { Complexity = [Complexity.Complex] } };
        var story = Opened(complex, Resolution()).Do("2026-11-02T02:00", Held()).Do("2026-11-02T03:00", Resumed)
            .Do("2026-11-02T09:00", Classified(Complexity.Complex));

        var retargeted = story.Events.OfType<MilestoneRetargeted>().Single();
        retargeted.OldDueAt.ShouldBe(Story.At("2026-11-02T11:00"));
        retargeted.DueAt.ShouldBe(Story.At("2026-11-04T01:00"));
        retargeted.Cause.ShouldBe("classified");
        story.Milestone("resolution").Cycle.ShouldBe(1);
    }

    [Fact]
    public void A_retarget_into_the_past_breaches_at_once_with_the_true_due_time()
    {
        var simple = Resolution(Target.OfElapsed("PT2H")) with { AppliesTo = new() { Complexity = [Complexity.Simple] } };
        var story = Opened(simple, Resolution()).Do("2026-11-02T04:00", Classified(Complexity.Simple));

        var breach = story.Events.OfType<MilestoneBreached>().Single();
        breach.DueAt.ShouldBe(Story.At("2026-11-02T02:00"));
        story.Told[^1].OccurredAt.ShouldBe(Story.At("2026-11-02T04:00"), "the stream's order holds");
    }

    [Fact]
    public void A_retarget_into_the_past_breaches_a_paused_clock_as_well_and_no_end_of_the_pause_undoes_it()
    {
        var simple = Resolution(Target.OfElapsed("PT2H")) with { AppliesTo = new() { Complexity = [Complexity.Simple] } };
        var story = Opened(simple, Resolution()).Do("2026-11-02T04:00", Held()).Do("2026-11-02T05:00", Classified(Complexity.Simple));
        story.Milestone("resolution").State.ShouldBe(MilestoneState.Breached);
        story.Milestone("resolution").BreachedAt.ShouldBe(Story.At("2026-11-02T02:00"));

        story.Do("2026-11-02T06:00", Resumed).Do("2026-11-02T06:00", Resolved);
        story.Milestone("resolution").State.ShouldBe(MilestoneState.MetLate);
        story.Milestone("resolution").Overrun.ShouldBe(TimeSpan.FromHours(4));
    }

    [Fact]
    public void A_shorter_target_that_leaves_time_after_the_pause_does_not_breach_a_paused_clock()
    {
        var simple = Resolution(Target.OfElapsed("PT5H")) with { AppliesTo = new() { Complexity = [Complexity.Simple] } };
        var story = Opened(simple, Resolution()).Do("2026-11-02T04:00", Held()).Do("2026-11-02T09:00", Classified(Complexity.Simple)).Do("2026-11-02T12:00", Resumed);

        story.Milestone("resolution").DueAt.ShouldBe(Story.At("2026-11-02T13:00"));
        story.Count<MilestoneBreached>().ShouldBe(0);
    }

    [Fact]
    public void A_budget_that_ended_at_closing_time_before_the_pause_is_due_then_and_not_after_it()
    {
        var calendar = ServiceOrders.Domain.Calendars.BusinessCalendar.Compile(ServiceOrders.Domain.Shipped.ShippedData.ChineseOffice, 1);
        // Monday 09:00 to 18:00 in Shanghai are eight hours of work; on hold from 20:00 to Wednesday 10:00.
        var pause = new Pause(Story.At("2026-11-02T12:00"), Story.At("2026-11-04T02:00"));

        Budget.Promise(Target.OfWorking("PT8H"), calendar, Story.At("2026-11-02T01:00"), [pause], []).DueAt.ShouldBe(Story.At("2026-11-02T10:00"));
        Budget.Promise(Target.OfWorking("PT9H"), calendar, Story.At("2026-11-02T01:00"), [pause], []).DueAt.ShouldBe(Story.At("2026-11-04T03:00"));
    }

    [Fact]
    public void A_target_that_leaves_the_years_of_the_calendar_is_due_at_their_end_and_refuses_nobody()
    {
        var hourAWeek = ServiceOrders.Domain.Shipped.ShippedData.ChineseOffice with { Name = "rare", Week = new Dictionary<string, IReadOnlyList<IReadOnlyList<string>>> { ["monday"] = [["09:00", "10:00"]] }, Days = [] };
        var story = Story.Opened(Of(Resolution(Target.OfWorking("P1000D")) with { Calendar = "rare" }), "2026-11-02T00:00", Complexity.Standard,
            ServiceOrders.Domain.Calendars.BusinessCalendar.Compile(hourAWeek, 1));

        story.Milestone("resolution").DueAt.ShouldBe(ServiceOrders.Domain.Calendars.BusinessCalendar.Horizon);
        story.Milestone("resolution").Provisional.ShouldBeTrue();
    }

    [Fact]
    public void A_ticket_that_is_full_takes_nothing_more_from_its_channel()
    {
        var full = Opened(Resolution()).Ticket with { Version = TicketHandler.MostEvents };

        Story.Refused(full, "2026-11-02T01:00", new Actor(ActorKind.Channel, "shop"))!.Code.ShouldBe("ticket-full");
        Story.Refused(full, "2026-11-02T01:00", new Actor(ActorKind.Staff, "li-na")).ShouldBeNull();
    }

    [Fact]
    public void An_entry_with_a_time_that_nobody_has_agreed_leaves_the_promise_as_it_is()
    {
        var agreed = Resolution(new Target { Agreed = "visit" }) with { AppliesTo = new() { Complexity = [Complexity.Complex] } };
        var story = Opened(agreed, Resolution()).Do("2026-11-02T01:00", Classified(Complexity.Complex));

        story.Milestone("resolution").DueAt.ShouldBe(Story.At("2026-11-02T10:00"));
    }

    [Fact]
    public void A_repeating_milestone_starts_again_by_a_classification_only_when_that_brings_the_ticket_to_it()
    {
        var complex = Escalation with { AppliesTo = new() { Complexity = [Complexity.Complex] }, StartsOn = ["classified"], Repeat = true };
        var story = Opened(complex).Do("2026-11-02T01:00", Classified(Complexity.Complex)).Do("2026-11-02T02:00", new TicketEscalated(1, false, "manual", null, null))
            .Do("2026-11-02T03:00", Classified(Complexity.Complex));
        story.Ticket.Milestones.Length.ShouldBe(1, "it was complex already");

        story.Do("2026-11-02T04:00", Classified(Complexity.Standard)).Do("2026-11-02T05:00", Classified(Complexity.Complex));
        story.Ticket.Milestones.Length.ShouldBe(2);
    }

    [Fact]
    public void A_breached_cycle_is_not_retargeted()
    {
        var complex = Resolution(Target.OfElapsed("PT48H")) with { AppliesTo = new() { Complexity = [Complexity.Complex] } };
        var story = Opened(complex, Resolution()).Do("2026-11-02T11:00", Classified(Complexity.Complex));

        story.Count<MilestoneRetargeted>().ShouldBe(0);
        story.Milestone("resolution").State.ShouldBe(MilestoneState.Breached);
    }

    [Fact]
    public void A_hold_for_parts_brings_the_longer_target_which_stays_when_the_parts_have_come()
    {
        var parts = Resolution(Target.OfElapsed("PT48H")) with { AppliesTo = new() { HoldReason = [HoldReason.AwaitingParts] } };
        var story = Opened(parts, Resolution()).Do("2026-11-02T08:30", Held(HoldReason.AwaitingParts));
        story.Milestone("resolution").DueAt.ShouldBe(Story.At("2026-11-04T00:00"));
        story.Milestone("resolution").State.ShouldBe(MilestoneState.Running, "a hold for parts does not pause");

        story.Do("2026-11-03T00:00", Resumed);
        story.Milestone("resolution").DueAt.ShouldBe(Story.At("2026-11-04T00:00"));
        story.Count<MilestoneBreached>().ShouldBe(0);
    }

    [Fact]
    public void A_milestone_that_no_longer_applies_is_cancelled()
    {
        var story = Opened(Resolution() with { AppliesTo = new() { Complexity = [Complexity.Standard] } }).Do("2026-11-02T04:00", Classified(Complexity.Simple));

        story.Milestone("resolution").State.ShouldBe(MilestoneState.Cancelled);
    }

    [Fact]
    public void A_rejected_resolution_lets_the_old_cycle_run_on_the_time_in_between_excluded()
    {
        var story = Opened(Resolution()).Do("2026-11-02T04:00", Resolved).Do("2026-11-03T04:00", Rejected);

        story.Milestone("resolution").Cycle.ShouldBe(1);
        story.Milestone("resolution").State.ShouldBe(MilestoneState.Running);
        story.Milestone("resolution").DueAt.ShouldBe(Story.At("2026-11-03T10:00"));
        story.Events.OfType<MilestoneResumed>().Single().Reopened.ShouldBeTrue();
    }

    [Fact]
    public void Clocks_that_one_change_puts_into_the_past_are_all_retargeted_by_it_and_then_breached_in_the_order_of_their_due_times()
    {
        static MilestoneRule[] Both(string name, string complex, int level) =>
        [
            new() { Name = name, AppliesTo = new() { Complexity = [Complexity.Complex] }, Target = Target.OfElapsed(complex), StartsOn = ["opened"], MetBy = ["resolved"], OnBreach = [new() { Escalate = level }] },
            new() { Name = name, Target = Target.OfElapsed("PT24H"), StartsOn = ["opened"], MetBy = ["resolved"] },
        ];
        var story = Opened([.. Both("late", "PT2H", 2), .. Both("early", "PT1H", 1)]).Do("2026-11-02T05:00", Classified(Complexity.Complex));

        story.Events.OfType<MilestoneRetargeted>().Select(e => (e.Name, e.Cause, e.Entry)).ShouldBe([("late", "classified", 1), ("early", "classified", 3)]);
        story.Events.SkipWhile(e => e is not MilestoneBreached).Select(e => e is MilestoneBreached b ? b.Name : ((TicketEscalated)e).Level.ToString(System.Globalization.CultureInfo.InvariantCulture))
            .ShouldBe(["early", "1", "late", "2"]);
    }

    [Fact]
    public void A_hold_that_was_over_before_a_clock_started_is_none_of_its_business()
    {
        static MilestoneRule Reply(string target) => new() { Name = "reply", Target = Target.OfElapsed(target), StartsOn = ["customerMessage"], MetBy = ["staffReply"], Repeat = true };
        var story = Opened(Reply("PT72H") with { AppliesTo = new() { HoldReason = [HoldReason.AwaitingParts] } }, Reply("PT4H"))
            .Do("2026-11-02T01:00", new TicketHeld(HoldReason.AwaitingParts, null, null)).Do("2026-11-02T02:00", new TicketResumed(null))
            .Do("2026-11-02T03:00", new CustomerMessageReceived(Guid.CreateVersion7(), Medium.Chat, "s1.x")).Do("2026-11-02T03:30", new TicketAcknowledged(null));

        story.Events.ShouldNotContain(e => e is MilestoneRetargeted);
        (story.Milestone("reply").DueAt, story.Milestone("reply").Entry).ShouldBe((Story.At("2026-11-02T07:00"), 2));
    }

    [Fact]
    public void Another_entry_that_promises_the_same_is_recorded_and_obeyed()
    {
        var complex = Resolution() with { AppliesTo = new() { Complexity = [Complexity.Complex] }, WarnAt = [90] };
        var story = Opened(complex, Resolution()).Do("2026-11-02T01:00", Classified(Complexity.Complex));

        var retargeted = story.Events.OfType<MilestoneRetargeted>().Single();
        (retargeted.OldDueAt, retargeted.DueAt, retargeted.Entry).ShouldBe((Story.At("2026-11-02T10:00"), Story.At("2026-11-02T10:00"), 1));
        story.Milestone("resolution").Entry.ShouldBe(1);
        story.Clock("2026-11-02T09:30").Events.OfType<MilestoneWarned>().Select(w => w.Percent).ShouldBe([90]);
    }

    [Fact]
    public void Reopening_keeps_the_breach_and_its_true_due_time()
    {
        var story = Opened(Resolution()).Do("2026-11-02T12:00", Resolved).Do("2026-11-03T04:00", Rejected).Do("2026-11-03T05:00", Resolved);

        story.Milestone("resolution").State.ShouldBe(MilestoneState.MetLate);
        story.Milestone("resolution").BreachedAt.ShouldBe(Story.At("2026-11-02T10:00"));
        story.Milestone("resolution").Overrun.ShouldBe(TimeSpan.FromHours(3), "two hours until it was first resolved, one since it was rejected; the time in between does not count");
        story.Count<MilestoneBreached>().ShouldBe(1);
    }

    [Fact]
    public void Reopening_opens_a_new_cycle_where_the_policy_says_restart()
    {
        var story = Opened(Resolution() with { OnReopen = OnReopen.Restart }).Do("2026-11-02T04:00", Resolved).Do("2026-11-03T04:00", Reopened);

        story.Milestone("resolution", 1).State.ShouldBe(MilestoneState.Met);
        story.Milestone("resolution", 2).DueAt.ShouldBe(Story.At("2026-11-03T14:00"));
    }

    [Fact]
    public void Reopening_touches_nothing_that_was_met_before_the_resolution()
    {
        var acknowledge = new MilestoneRule { Name = "acknowledge", Target = Target.OfElapsed("PT2H"), StartsOn = ["opened"], MetBy = ["acknowledged"] };
        var story = Opened(acknowledge, Resolution()).Do("2026-11-02T01:00", Acknowledged).Do("2026-11-02T04:00", Resolved).Do("2026-11-03T04:00", Reopened);

        story.Milestone("acknowledge").State.ShouldBe(MilestoneState.Met);
        story.Ticket.Milestones.Length.ShouldBe(2);
    }

    [Fact]
    public void Closing_cancels_what_still_runs_but_spares_confirmation_and_satisfaction()
    {
        MilestoneRule After(string name) => new() { Name = name, Target = Target.OfElapsed("PT72H"), StartsOn = ["resolved"], MetBy = ["rated"] };
        var story = Opened(Reply, After("confirmation"), After("satisfaction")).Do("2026-11-02T01:00", Message).Do("2026-11-02T01:10", Resolved)
            .Do("2026-11-02T01:20", Closed);

        story.Milestone("reply").State.ShouldBe(MilestoneState.Cancelled);
        story.Milestone("confirmation").State.ShouldBe(MilestoneState.Running);
        story.Milestone("satisfaction").State.ShouldBe(MilestoneState.Running);
    }

    [Fact]
    public void A_clock_that_closing_cancelled_runs_on_when_the_ticket_is_reopened()
    {
        var story = Opened(Reply).Do("2026-11-02T01:00", Message).Do("2026-11-02T01:20", Closed).Do("2026-11-05T00:00", Reopened);

        story.Milestone("reply").State.ShouldBe(MilestoneState.Running);
        story.Milestone("reply").DueAt.ShouldBe(Story.At("2026-11-05T00:40"));
    }

    [Fact]
    public void Cancelling_the_ticket_cancels_every_running_clock_and_leaves_breaches_alone()
    {
        var story = Opened(Reply, Resolution()).Do("2026-11-02T01:00", Message).Do("2026-11-02T03:00", Cancelled);

        story.Milestone("reply").State.ShouldBe(MilestoneState.Breached);
        story.Milestone("resolution").State.ShouldBe(MilestoneState.Cancelled);
        story.Ticket.NextDue.ShouldBeNull();
    }

    [Fact]
    public void An_entry_of_a_policy_that_does_not_apply_starts_nothing()
    {
        var story = Opened(Resolution() with { AppliesTo = new() { Complexity = [Complexity.Complex] } });

        story.Ticket.Milestones.ShouldBeEmpty();
    }

    [Fact]
    public void A_note_leaves_the_clocks_alone()
    {
        var story = Opened(Resolution()).Do("2026-11-02T01:00", Note);

        story.Events.Count.ShouldBe(3);
    }
}
