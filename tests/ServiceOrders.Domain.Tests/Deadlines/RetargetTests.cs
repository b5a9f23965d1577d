using ServiceOrders.Domain.Calendars;
using ServiceOrders.Domain.Deadlines;
using ServiceOrders.Domain.Tickets;
using static ServiceOrders.Domain.Tests.Deadlines.Rules;

namespace ServiceOrders.Domain.Tests.Deadlines;

/// <summary>What a policy that is published for running tickets, and a corrected calendar, do to clocks that run (row D6).</summary>
public class RetargetTests
{
    private static readonly RuleChange Second = new(ChangedRule.Policy, "story", 2);
    private static readonly RuleChange Correction = new(ChangedRule.Calendar, "office", 2);

    private static Policy SecondOf(params MilestoneRule[] rules) => Of(rules) with { Version = 2 };

    /// <summary>Opened on Monday, 2 November 2026, with 10 hours for the resolution.</summary>
    private static Story Opened(params MilestoneRule[] rules) => Story.Opened(Of(rules.Length == 0 ? [Resolution()] : rules), "2026-11-02T00:00");

    [Fact]
    public void A_running_clock_goes_on_under_the_new_version_from_its_original_start()
    {
        var story = Opened().Published(SecondOf(Resolution(Target.OfElapsed("PT20H")))).Retargeted("2026-11-02T03:00", Second);

        story.LastRetarget.Select(h => h.Event.GetType()).ShouldBe([typeof(PolicyRebound), typeof(MilestoneRetargeted)]);
        story.LastRetarget.ShouldAllBe(h => h.Actor == RuleChange.Actor && h.OccurredAt == Story.At("2026-11-02T03:00"));
        story.Events.OfType<PolicyRebound>().Single().ShouldBe(new PolicyRebound("story", 2, 1, "policyPublished"));
        story.Events.OfType<MilestoneRetargeted>().Single().ShouldSatisfyAllConditions(
            e => e.OldDueAt.ShouldBe(Story.At("2026-11-02T10:00")), e => e.DueAt.ShouldBe(Story.At("2026-11-02T20:00")),
            e => (e.PolicyVersion, e.Cause).ShouldBe((2, "policyPublished")));
        story.Ticket.PolicyVersion.ShouldBe(2);
        story.Milestone("resolution").Warnings.Select(w => w.At).ShouldBe([Story.At("2026-11-02T10:00"), Story.At("2026-11-02T16:00")]);
    }

    [Fact]
    public void A_second_run_and_an_older_change_find_nothing_to_do()
    {
        var story = Opened().Published(SecondOf(Resolution(Target.OfElapsed("PT20H")))).Published(Of(Resolution(Target.OfElapsed("PT30H"))) with { Version = 3 })
            .Retargeted("2026-11-02T03:00", Second with { Version = 3 });
        var before = story.Ticket;

        story.Retargeted("2026-11-02T03:00", Second with { Version = 3 }).LastRetarget.ShouldBeEmpty();
        story.Retargeted("2026-11-02T04:00", Second).LastRetarget.ShouldBeEmpty("version 3 is later than version 2, whichever job came first");
        story.Ticket.ShouldBe(before);
    }

    [Fact]
    public void What_the_service_retargets_makes_no_callers_look_stale()
    {
        var story = Opened().Published(SecondOf(Resolution(Target.OfElapsed("PT20H")))).Retargeted("2026-11-02T03:00", Second);

        story.Ticket.ActVersion.ShouldBe(2, "the opening and the clock that it started");
        story.Ticket.Version.ShouldBe(4);
    }

    [Fact]
    public void Pauses_are_kept_and_a_paused_clock_stays_paused()
    {
        var story = Opened().Do("2026-11-02T01:00", Held()).Do("2026-11-02T02:00", Resumed).Do("2026-11-02T04:00", Held())
            .Published(SecondOf(Resolution(Target.OfElapsed("PT20H")))).Retargeted("2026-11-02T05:00", Second);
        story.Milestone("resolution").State.ShouldBe(MilestoneState.Paused);
        story.Milestone("resolution").DueAt.ShouldBe(Story.At("2026-11-02T21:00"), "the ended pause counts; the one that lasts is not over");

        story.Do("2026-11-02T06:00", Resumed).Milestone("resolution").DueAt.ShouldBe(Story.At("2026-11-02T23:00"));
    }

    [Fact]
    public void A_version_that_no_longer_pauses_for_this_wait_lets_the_clock_run_on_and_one_that_newly_does_stops_it()
    {
        var unpaused = Opened().Do("2026-11-02T01:00", Held()).Published(SecondOf(Resolution() with { PausedBy = [] })).Retargeted("2026-11-02T03:00", Second);
        unpaused.Milestone("resolution").State.ShouldBe(MilestoneState.Running);
        unpaused.Milestone("resolution").DueAt.ShouldBe(Story.At("2026-11-02T12:00"));

        var paused = Opened(Resolution() with { PausedBy = [] }).Do("2026-11-02T01:00", Held()).Published(SecondOf(Resolution())).Retargeted("2026-11-02T03:00", Second);
        paused.Milestone("resolution").PausedSince.ShouldBe(Story.At("2026-11-02T03:00"));
    }

    [Fact]
    public void A_due_time_that_is_past_under_the_new_version_is_breached_at_once_with_its_true_due_time_and_sets_off_what_it_says()
    {
        var strict = Resolution(Target.OfElapsed("PT2H")) with { WarnAt = [], OnBreach = [new BreachAction { Escalate = 1 }] };
        var story = Opened().Published(SecondOf(strict)).Retargeted("2026-11-02T03:00", Second);

        story.LastRetarget.Select(h => h.Event.GetType()).ShouldBe([typeof(PolicyRebound), typeof(MilestoneRetargeted), typeof(MilestoneBreached), typeof(TicketEscalated)]);
        story.Events.OfType<MilestoneBreached>().Single().ShouldBe(new MilestoneBreached("resolution", 1, Story.At("2026-11-02T02:00"), Story.At("2026-11-02T03:00"), false));
        story.Retargeted("2026-11-02T04:00", Second).LastRetarget.ShouldBeEmpty();
    }

    [Fact]
    public void What_fell_due_before_is_settled_first_and_what_is_breached_is_left_alone()
    {
        var story = Opened().Published(SecondOf(Resolution(Target.OfElapsed("PT20H")))).Retargeted("2026-11-02T11:00", Second);

        story.Count<MilestoneRetargeted>().ShouldBe(0);
        story.Milestone("resolution").ShouldSatisfyAllConditions(m => m.State.ShouldBe(MilestoneState.Breached), m => m.BreachedAt.ShouldBe(Story.At("2026-11-02T10:00")), m => m.PolicyVersion.ShouldBe(1));
        story.Ticket.PolicyVersion.ShouldBe(2, "what starts from now on is under the new version");
    }

    [Fact]
    public void A_warning_that_was_given_is_kept_and_not_given_again()
    {
        var story = Opened().Clock("2026-11-02T06:00").Published(SecondOf(Resolution(Target.OfElapsed("PT20H")))).Retargeted("2026-11-02T07:00", Second).Clock("2026-11-02T19:00");

        story.Events.OfType<MilestoneWarned>().Select(w => (w.Percent, w.At)).ShouldBe([(50, Story.At("2026-11-02T05:00")), (80, Story.At("2026-11-02T16:00"))]);
    }

    [Fact]
    public void A_met_milestone_is_left_alone_and_reopened_under_the_new_version()
    {
        var story = Opened().Do("2026-11-02T04:00", Resolved).Published(SecondOf(Resolution(Target.OfElapsed("PT20H")))).Retargeted("2026-11-02T05:00", Second);
        story.LastRetarget.Select(h => h.Event.GetType()).ShouldBe([typeof(PolicyRebound)]);

        story.Do("2026-11-02T06:00", Rejected).Milestone("resolution").ShouldSatisfyAllConditions(
            m => m.State.ShouldBe(MilestoneState.Running), m => m.DueAt.ShouldBe(Story.At("2026-11-02T22:00"), "20 hours and the two that it was resolved"), m => m.PolicyVersion.ShouldBe(2));
        story.Events.OfType<MilestoneRetargeted>().Single().Cause.ShouldBe("rejected");
    }

    [Fact]
    public void A_milestone_that_the_version_no_longer_has_is_cancelled_and_a_new_one_waits_for_its_trigger()
    {
        var story = Opened(Resolution(), Update).Do("2026-11-02T01:00", Acknowledged).Published(SecondOf(Resolution(), Reply, Escalation with { StartsOn = ["opened"] }))
            .Retargeted("2026-11-02T02:00", Second);
        story.Milestone("progressUpdate").ShouldSatisfyAllConditions(m => m.State.ShouldBe(MilestoneState.Cancelled), m => m.End.ShouldBe(new CycleEnd(Story.At("2026-11-02T02:00"), "policyPublished")));
        story.Ticket.Milestones.Select(m => m.Name).ShouldBe(["resolution", "progressUpdate"], "nothing starts in retrospect");

        story.Do("2026-11-02T03:00", Message).Milestone("reply").ShouldSatisfyAllConditions(m => m.DueAt.ShouldBe(Story.At("2026-11-02T04:00")), m => m.PolicyVersion.ShouldBe(2));
    }

    [Fact]
    public void A_breached_milestone_that_the_version_no_longer_has_can_still_be_met_late()
    {
        var story = Opened(Resolution(), Reply).Do("2026-11-02T01:00", Message).Clock("2026-11-02T03:00").Published(SecondOf(Resolution())).Retargeted("2026-11-02T03:00", Second)
            .Do("2026-11-02T04:00", StaffReply).Do("2026-11-02T05:00", Message);

        story.Milestone("reply").ShouldSatisfyAllConditions(m => m.State.ShouldBe(MilestoneState.MetLate), m => m.Overrun.ShouldBe(TimeSpan.FromHours(2)), m => m.Cycle.ShouldBe(1));
    }

    [Fact]
    public void Without_an_agreed_time_what_was_promised_stands()
    {
        var story = Opened().Published(SecondOf(Resolution(new Target { Agreed = "visit" }))).Retargeted("2026-11-02T03:00", Second);

        story.Milestone("resolution").DueAt.ShouldBe(Story.At("2026-11-02T10:00"));
        story.Ticket.PolicyVersion.ShouldBe(2);
    }

    [Fact]
    public void Tickets_of_another_policy_ended_ones_and_those_the_version_is_not_for_keep_their_promises()
    {
        var second = SecondOf(Resolution(Target.OfElapsed("PT20H")));
        Opened().Published(second).Published(second with { Name = "other" }).Retargeted("2026-11-02T03:00", Second with { Name = "other" }).LastRetarget.ShouldBeEmpty();
        Opened().Do("2026-11-02T01:00", Cancelled).Published(second).Retargeted("2026-11-02T03:00", Second).LastRetarget.ShouldBeEmpty();
        Opened().Published(second with { AppliesTo = new() { Channel = ["elsewhere"] } }).Retargeted("2026-11-02T03:00", Second).LastRetarget.ShouldBeEmpty();
        Should.Throw<UnknownRuleException>(() => Opened().Retargeted("2026-11-02T03:00", Second));
    }

    [Fact]
    public void A_closed_ticket_whose_confirmation_still_runs_is_retargeted()
    {
        var confirmation = new MilestoneRule { Name = "confirmation", Target = Target.OfElapsed("PT48H"), StartsOn = ["resolved"], MetBy = ["confirmed"] };
        var story = Opened(Resolution(), confirmation).Do("2026-11-02T01:00", Resolved).Do("2026-11-02T02:00", Closed)
            .Published(SecondOf(Resolution(), confirmation with { Target = Target.OfElapsed("PT24H") })).Retargeted("2026-11-02T03:00", Second);

        story.Milestone("confirmation").DueAt.ShouldBe(Story.At("2026-11-03T01:00"));
    }

    // Monday to Friday, 09:00 to 17:00 UTC; the correction makes Saturday, 7 November 2026, a working day and Friday a day off.
    private static readonly CalendarDefinition Week = new()
    {
        Name = "office", TimeZone = "UTC",
        Week = new[] { "monday", "tuesday", "wednesday", "thursday", "friday" }.ToDictionary(day => day, _ => (IReadOnlyList<IReadOnlyList<string>>)[["09:00", "17:00"]]),
    };

    private static readonly BusinessCalendar Office = BusinessCalendar.Compile(Week, 1);
    private static readonly BusinessCalendar MadeUp = BusinessCalendar.Compile(Week with
    {
        Days = [new SpecialDay { Date = new DateOnly(2026, 11, 6), Intervals = [] }, new SpecialDay { Date = new DateOnly(2026, 11, 7), Intervals = [["09:00", "17:00"]] }],
    }, 2);

    private static Story OnOffice(Target target, params MilestoneRule[] others) =>
        Story.Opened(Of([Resolution(target) with { Calendar = "office", WarnAt = [50] }, .. others]), "2026-11-02T09:00", calendars: Office);

    [Fact]
    public void A_corrected_calendar_moves_the_due_times_that_count_on_it()
    {
        var story = OnOffice(Target.OfWorkingDays(4), Update).Do("2026-11-02T10:00", Acknowledged).Corrected(MadeUp).Retargeted("2026-11-03T00:00", Correction);

        var retargeted = story.LastRetarget.Single().Event.ShouldBeOfType<MilestoneRetargeted>();
        retargeted.ShouldSatisfyAllConditions(e => e.Name.ShouldBe("resolution"), e => e.OldDueAt.ShouldBe(Story.At("2026-11-06T17:00")), e => e.DueAt.ShouldBe(Story.At("2026-11-07T17:00")),
            e => (e.CalendarVersion, e.PolicyVersion, e.Cause).ShouldBe((2, 1, "calendarCorrected")), e => e.OldTarget.ShouldBe(e.Target));
        story.Retargeted("2026-11-03T00:00", Correction).LastRetarget.ShouldBeEmpty();
    }

    [Fact]
    public void Where_no_due_time_moves_the_clock_counts_on_the_corrected_calendar_all_the_same()
    {
        var story = OnOffice(Target.OfWorking("PT30H")).Corrected(MadeUp).Retargeted("2026-11-02T10:00", Correction);
        story.LastRetarget.Single().Event.ShouldBeOfType<MilestoneRetargeted>().ShouldSatisfyAllConditions(e => e.OldDueAt.ShouldBe(e.DueAt), e => e.CalendarVersion.ShouldBe(2));

        // Paused from Thursday, two hours before the end, over the day off: the made-up Saturday has the two hours; on the old calendar it would be Monday.
        story.Do("2026-11-05T13:00", Held()).Do("2026-11-07T11:00", Resumed).Milestone("resolution").DueAt.ShouldBe(Story.At("2026-11-07T13:00"));
    }

    [Fact]
    public void A_due_time_that_is_past_on_the_corrected_calendar_is_breached_at_once()
    {
        var story = OnOffice(Target.OfWorking("PT40H")).Clock("2026-11-07T18:00");
        story.Milestone("resolution").DueAt.ShouldBe(Story.At("2026-11-06T17:00"), "and breached before the correction");
        story.Corrected(MadeUp).Retargeted("2026-11-07T18:00", Correction).LastRetarget.ShouldBeEmpty("a breach stays");

        var weekend = BusinessCalendar.Compile(Week with { Days = [new SpecialDay { Date = new DateOnly(2026, 11, 1), Intervals = [] }, new SpecialDay { Date = new DateOnly(2026, 11, 7), Intervals = [["09:00", "17:00"]] }] }, 2);
        var late = OnOffice(Target.OfWorking("PT48H")).Corrected(weekend).Retargeted("2026-11-08T12:00", Correction);
        late.Events.OfType<MilestoneBreached>().Single().ShouldSatisfyAllConditions(b => b.DueAt.ShouldBe(Story.At("2026-11-07T17:00")), b => b.SettledAt.ShouldBe(Story.At("2026-11-08T12:00")));
    }

    [Fact]
    public void What_is_reopened_counts_on_the_latest_correction_though_it_was_made_while_the_clock_had_ended()
    {
        var story = OnOffice(Target.OfWorkingDays(4)).Do("2026-11-02T12:00", Resolved).Corrected(MadeUp).Retargeted("2026-11-02T13:00", Correction);
        story.LastRetarget.ShouldBeEmpty("no clock runs on it");

        story.Do("2026-11-02T14:00", Rejected).Milestone("resolution").ShouldSatisfyAllConditions(m => m.CalendarVersion.ShouldBe(2), m => m.DueAt.ShouldBe(MadeUp.AddWorking(Story.At("2026-11-07T17:00"), TimeSpan.FromHours(2)).At));
        story.Retargeted("2026-11-02T15:00", Correction).LastRetarget.ShouldBeEmpty();
    }

    [Fact]
    public void A_clock_retargeted_before_a_resolution_is_reopened_on_the_calendar_that_the_retarget_gave()
    {
        var story = OnOffice(Target.OfWorkingDays(4)).Corrected(MadeUp).Retargeted("2026-11-02T10:00", Correction).Do("2026-11-02T12:00", Resolved).Do("2026-11-02T13:00", Rejected);

        story.Count<MilestoneRetargeted>().ShouldBe(1);
        story.Milestone("resolution").DueAt.ShouldBe(MadeUp.AddWorking(Story.At("2026-11-07T17:00"), TimeSpan.FromHours(1)).At);
    }
}
