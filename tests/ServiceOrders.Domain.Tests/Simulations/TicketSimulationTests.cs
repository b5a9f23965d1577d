using ServiceOrders.Domain.Calendars;
using ServiceOrders.Domain.Deadlines;
using ServiceOrders.Domain.Simulations;
using ServiceOrders.Domain.Tests.Deadlines;
using ServiceOrders.Domain.Tickets;

namespace ServiceOrders.Domain.Tests.Simulations;

/// <summary>Given a real ticket; when its story is told again under other rules; then what would have been.</summary>
public class TicketSimulationTests
{
    private static readonly DateTimeOffset Until = Story.At("2026-11-30T00:00");

    private static Policy Promising(string target, params BreachAction[] onBreach) =>
        Rules.Of(Rules.Resolution(Target.OfElapsed(target)) with { OnBreach = onBreach }) with { Version = 0 };

    private static SimulatedTicket Simulated(Story story, Policy? policy, DateTimeOffset? until = null, params CalendarDefinition[] calendars) =>
        TicketSimulation.Run(Recorded(story), Guid.CreateVersion7(), Candidate.Of(story.Rulebook, policy, calendars, Story.At("2026-11-02T00:00")), until ?? Until).ShouldNotBeNull();

    private static List<RecordedEvent> Recorded(Story story) =>
        [.. story.Told.Select((e, i) => new RecordedEvent(e.Event, new EventMeta(i + 1, e.OccurredAt, e.OccurredAt, e.Actor)))];

    private static Story ResolvedInSixHours() => Story.Opened(Rules.Of(Rules.Resolution()), "2026-11-02T09:00").Clock("2026-11-02T14:30").Do("2026-11-02T15:00", Rules.Resolved);

    [Fact]
    public void Under_a_stricter_policy_what_was_kept_is_missed_by_as_much_as_the_promise_is_shorter()
    {
        var simulated = Simulated(ResolvedInSixHours(), Promising("PT4H"));

        simulated.Milestones.ShouldBe([new MilestonePair("resolution", 1,
            new CycleStanding(CycleResult.Met, Story.At("2026-11-02T19:00"), null, TimeSpan.FromHours(4)),
            new CycleStanding(CycleResult.Missed, Story.At("2026-11-02T13:00"), TimeSpan.FromHours(2), null))]);
        simulated.Milestones.Single().IsNewlyBreached.ShouldBeTrue();
        var cycle = simulated.Candidate.Milestones.Single();
        (cycle.State, cycle.BreachedAt, cycle.MetAt, cycle.PolicyVersion).ShouldBe((MilestoneState.MetLate, Story.At("2026-11-02T13:00"), Story.At("2026-11-02T15:00"), 0));
    }

    [Fact]
    public void Under_a_laxer_policy_what_was_missed_is_kept_with_time_to_spare()
    {
        var story = Story.Opened(Rules.Of(Rules.Resolution()), "2026-11-02T09:00").Clock("2026-11-02T19:30").Do("2026-11-02T21:00", Rules.Resolved);

        var pair = Simulated(story, Promising("PT20H")).Milestones.Single();

        (pair.Actual!.Result, pair.Actual.Overrun).ShouldBe((CycleResult.Missed, TimeSpan.FromHours(2)));
        (pair.Candidate!.Result, pair.Candidate.ToSpare).ShouldBe((CycleResult.Met, TimeSpan.FromHours(8)));
        (pair.IsNewlyKept, pair.IsNewlyBreached).ShouldBe((true, false));
    }

    [Fact]
    public void A_promise_met_at_its_very_due_time_is_kept()
    {
        var pair = Simulated(ResolvedInSixHours(), Promising("PT6H")).Milestones.Single();

        pair.Candidate.ShouldBe(new CycleStanding(CycleResult.Met, Story.At("2026-11-02T15:00"), null, TimeSpan.Zero));
    }

    [Fact]
    public void A_breach_that_only_the_candidate_has_escalates_in_the_simulation_and_nowhere_else()
    {
        var simulated = Simulated(ResolvedInSixHours(), Promising("PT4H", new BreachAction { Escalate = 2 }));

        simulated.Candidate.EscalationLevel.ShouldBe(2);
        simulated.Actual.EscalationLevel.ShouldBe(0);
    }

    [Fact]
    public void An_escalation_that_a_deadline_caused_is_not_part_of_the_story_but_a_persons_is()
    {
        var strict = Rules.Of(Rules.Resolution(Target.OfElapsed("PT1H")) with { OnBreach = [new BreachAction { Escalate = 1 }] });
        var story = Story.Opened(strict, "2026-11-02T09:00").Clock("2026-11-02T11:00");
        Simulated(story, Promising("PT90H"), Story.At("2026-11-03T00:00")).Candidate.EscalationLevel.ShouldBe(0);

        story.Do("2026-11-02T12:00", new TicketEscalated(2, Automatic: false, "manual", null, null));
        Simulated(story, Promising("PT90H"), Story.At("2026-11-03T00:00")).Candidate.EscalationLevel.ShouldBe(2);
    }

    [Fact]
    public void The_explanation_of_a_breach_stays_where_there_is_the_milestone_and_is_left_out_where_there_is_none()
    {
        var story = Story.Opened(Rules.Of(Rules.Resolution()), "2026-11-02T09:00").Clock("2026-11-02T20:00").Do("2026-11-02T21:00", new BreachAnnotated("resolution", 1, null, "sealed"));
        Simulated(story, null).Candidate.Milestones.Single().Annotations.ShouldBe(1);
        Simulated(story, Rules.Of(Rules.Reply) with { Version = 0 }).Candidate.Milestones.ShouldBeEmpty();
    }

    [Fact]
    public void Waits_for_the_customer_pause_the_candidates_clock_too()
    {
        var story = Story.Opened(Rules.Of(Rules.Resolution() with { PausedBy = [] }), "2026-11-02T09:00")
            .Do("2026-11-02T10:00", Rules.Held()).Do("2026-11-02T14:00", Rules.Resumed).Do("2026-11-02T18:00", Rules.Resolved);

        var pair = Simulated(story, Promising("PT6H")).Milestones.Single();

        pair.Candidate.ShouldBe(new CycleStanding(CycleResult.Met, Story.At("2026-11-02T19:00"), null, TimeSpan.FromHours(1)));
        pair.Actual!.DueAt.ShouldBe(Story.At("2026-11-02T19:00"));
    }

    [Fact]
    public void A_calendar_with_another_holiday_moves_what_is_due_and_nothing_else()
    {
        var policy = Rules.Of(Rules.Resolution(Target.OfWorking("PT8H")) with { Calendar = "office", PausedBy = [] });
        // Monday to Tuesday: eight hours of work from Monday noon.
        var story = Story.Opened(policy, "2026-11-02T12:00", calendars: BusinessCalendar.Compile(Office(), 1)).Do("2026-11-03T11:00", Rules.Resolved);
        var withHoliday = Office() with { Days = [new SpecialDay { Date = new DateOnly(2026, 11, 3), Name = "Founders' day", Intervals = [] }] };

        var simulated = Simulated(story, null, calendars: withHoliday);

        simulated.Actual.Milestones.Single().DueAt.ShouldBe(Story.At("2026-11-03T12:00"));
        var cycle = simulated.Candidate.Milestones.Single();
        (cycle.DueAt, cycle.CalendarVersion, cycle.Policy, cycle.PolicyVersion, cycle.State).ShouldBe((Story.At("2026-11-04T12:00"), 0, "story", 1, MilestoneState.Met));
    }

    [Fact]
    public void Clocks_count_on_the_versions_of_calendars_that_they_counted_on_then()
    {
        var policy = Rules.Of(Rules.Resolution(Target.OfWorking("PT8H")) with { Calendar = "office", PausedBy = [] });
        var story = Story.Opened(policy, "2026-11-02T12:00", calendars: BusinessCalendar.Compile(Office(), 1));
        var corrected = BusinessCalendar.Compile(Office() with { Days = [new SpecialDay { Date = new DateOnly(2026, 11, 3), Intervals = [] }] }, 2);
        var known = new Rulebook([new PublishedPolicy(policy, DateTimeOffset.MinValue)], [BusinessCalendar.Compile(Office(), 1), corrected]);

        var simulated = TicketSimulation.Run(Recorded(story), Guid.Empty, Candidate.Of(known, null, [], Story.At("2026-11-02T00:00")), Story.At("2026-11-02T13:00"))!;

        simulated.Milestones.ShouldAllBe(pair => !pair.Differs);
        simulated.Candidate.Milestones.Single().CalendarVersion.ShouldBe(1);
    }

    [Fact]
    public void A_policy_that_running_tickets_followed_is_followed_unless_another_is_tried_out()
    {
        var shorter = Rules.Of(Rules.Resolution(Target.OfElapsed("PT5H"))) with { Version = 2 };
        var story = Story.Opened(Rules.Of(Rules.Resolution()), "2026-11-02T09:00").Published(shorter).Retargeted("2026-11-02T11:00", new RuleChange(ChangedRule.Policy, "story", 2)).Do("2026-11-02T15:00", Rules.Resolved);

        Simulated(story, null).Milestones.ShouldBe([new MilestonePair("resolution", 1,
            new CycleStanding(CycleResult.Missed, Story.At("2026-11-02T14:00"), TimeSpan.FromHours(1), null), new CycleStanding(CycleResult.Missed, Story.At("2026-11-02T14:00"), TimeSpan.FromHours(1), null))]);
        var kept = Simulated(story, Promising("PT8H"));
        kept.Milestones.Single().Candidate!.Result.ShouldBe(CycleResult.Met);
        kept.Candidate.PolicyVersion.ShouldBe(0);
    }

    [Fact]
    public void A_corrected_calendar_that_running_clocks_followed_is_followed_unless_another_is_tried_out()
    {
        var policy = Rules.Of(Rules.Resolution(Target.OfWorking("PT8H")) with { Calendar = "office", PausedBy = [] });
        var corrected = Office() with { Days = [new SpecialDay { Date = new DateOnly(2026, 11, 3), Intervals = [] }] };
        var story = Story.Opened(policy, "2026-11-02T12:00", calendars: BusinessCalendar.Compile(Office(), 1)).Corrected(BusinessCalendar.Compile(corrected, 2))
            .Retargeted("2026-11-02T13:00", new RuleChange(ChangedRule.Calendar, "office", 2));

        Simulated(story, null).Candidate.Milestones.Single().DueAt.ShouldBe(Story.At("2026-11-04T12:00"));
        var tried = Simulated(story, null, calendars: Office()).Candidate.Milestones.Single();
        (tried.DueAt, tried.CalendarVersion).ShouldBe((Story.At("2026-11-03T12:00"), 0));
    }

    [Fact]
    public void Whatever_falls_due_until_the_end_is_settled_on_both_sides_and_later_events_are_left_out()
    {
        var story = Story.Opened(Rules.Of(Rules.Resolution()), "2026-11-02T09:00");
        var before = Simulated(story, Promising("PT4H"), Story.At("2026-11-02T14:00")).Milestones.Single();
        (before.Actual!.Result, before.Candidate!.Result, before.Candidate.Overrun).ShouldBe((CycleResult.Open, CycleResult.Missed, TimeSpan.FromHours(1)));

        var after = Simulated(story, Promising("PT4H"), Story.At("2026-11-02T20:00")).Milestones.Single();
        (after.Actual!.Result, after.Actual.Overrun, after.IsNewlyBreached).ShouldBe((CycleResult.Missed, TimeSpan.FromHours(1), false));

        Simulated(ResolvedInSixHours(), Promising("PT4H"), Story.At("2026-11-02T12:00")).Milestones.Single().Candidate!.Result.ShouldBe(CycleResult.Open);
        TicketSimulation.Run(Recorded(story), Guid.Empty, Candidate.Of(story.Rulebook, null, [], Story.At("2026-11-02T00:00")), Story.At("2026-11-02T08:59")).ShouldBeNull();
    }

    [Fact]
    public void An_act_reported_after_the_breach_was_recorded_is_late_where_the_breach_stands_and_in_time_where_there_is_none()
    {
        var story = Story.Opened(Rules.Of(Rules.Resolution() with { WarnAt = [] }), "2026-11-02T09:00").Clock("2026-11-02T20:00").Do("2026-11-02T18:00", Rules.Resolved, recorded: "2026-11-02T21:00");
        story.Milestone("resolution").Overrun.ShouldBe(TimeSpan.Zero);

        Simulated(story, Promising("PT10H")).Milestones.ShouldAllBe(pair => !pair.Differs);
        Simulated(story, Promising("PT11H")).Milestones.Single().Candidate!.Result.ShouldBe(CycleResult.Met);
    }

    [Fact]
    public void Milestones_of_one_side_alone_are_told_as_such()
    {
        var policy = Rules.Of(Rules.Resolution(), Rules.Reply with { StartsOn = ["opened"] });
        var story = Story.Opened(policy, "2026-11-02T09:00");

        var pairs = Simulated(story, Rules.Of(Rules.Resolution(), Rules.Update with { StartsOn = ["opened"] }) with { Version = 0 }).Milestones;

        pairs.Select(pair => (pair.Name, pair.Actual is not null, pair.Candidate is not null)).ShouldBe([("resolution", true, true), ("progressUpdate", false, true), ("reply", true, false)]);
        (pairs[1].IsNewlyBreached, pairs[1].IsNewlyKept).ShouldBe((true, false));
        (pairs[2].IsNewlyBreached, pairs[2].IsNewlyKept).ShouldBe((false, false));
    }

    /// <summary>A policy may have fifty milestones, each of which starts at every reply.</summary>
    [Fact]
    public void What_a_ticket_may_come_to_under_other_rules_has_an_end()
    {
        var story = Story.Opened(Rules.Of(Rules.Resolution()), "2026-11-02T09:00");
        for (var reply = 0; reply < 101; reply++) story.Do("2026-11-02T10:00", Rules.StaffReply);
        var crowded = Rules.Of([.. Enumerable.Range(0, 50).Select(i => Rules.Reply with { Name = $"reply{i}", StartsOn = ["staffReply"] })]) with { Version = 0 };

        Should.Throw<TooManyCyclesException>(() => Simulated(story, crowded));
        var fewer = Simulated(story, crowded with { Milestones = [.. crowded.Milestones.Take(49)] });
        fewer.Candidate.Milestones.Length.ShouldBe(101 * 49);
    }

    [Fact]
    public void Whoever_goes_away_is_not_told_the_story_to_its_end()
    {
        using var gone = new CancellationTokenSource();
        var (story, told) = (ResolvedInSixHours(), 0);
        var seen = new Watched(Recorded(story), () => { if (++told == 2) gone.Cancel(); });
        Should.Throw<OperationCanceledException>(() => TicketSimulation.Run(seen, Guid.Empty, Candidate.Of(story.Rulebook, Promising("PT4H"), [], Story.At("2026-11-02T00:00")), Until, gone.Token));
    }

    private sealed class Watched(List<RecordedEvent> events, Action onNext) : IReadOnlyList<RecordedEvent>
    {
        public int Count => events.Count;
        public RecordedEvent this[int index] => events[index];

        public IEnumerator<RecordedEvent> GetEnumerator()
        {
            foreach (var told in events)
            {
                onNext();
                yield return told;
            }
        }

        System.Collections.IEnumerator System.Collections.IEnumerable.GetEnumerator() => GetEnumerator();
    }

    [Fact]
    public void An_imported_past_stays_history_and_escalates_nothing()
    {
        var opened = ResolvedInSixHours().Told[0];
        var imported = Story.At("2026-11-20T00:00");
        List<RecordedEvent> history = [new(opened.Event, new EventMeta(1, opened.OccurredAt, imported, opened.Actor), Historical: true)];
        var strict = Promising("PT4H", new BreachAction { Escalate = 2 });

        var simulated = TicketSimulation.Run(history, Guid.Empty, Candidate.Of(new Rulebook([new PublishedPolicy(Rules.Of(Rules.Resolution()), DateTimeOffset.MinValue)], []), strict, [], Story.At("2026-11-02T00:00")), Until)!;

        simulated.Candidate.Milestones.Single().State.ShouldBe(MilestoneState.Breached);
        simulated.Candidate.EscalationLevel.ShouldBe(0);
    }

    [Fact]
    public void Only_what_people_did_is_a_ticket_s_story()
    {
        var clocks = typeof(ITicketEvent).Assembly.GetTypes().Where(t => t.IsAssignableTo(typeof(ITicketEvent)) && t.Name.StartsWith("Milestone", StringComparison.Ordinal)).ToList();
        clocks.Count.ShouldBeGreaterThan(8);
        var agent = new EventMeta(2, Until, Until, new Actor(ActorKind.Staff, "li-na"));

        foreach (var type in clocks) new RecordedEvent((ITicketEvent)System.Runtime.CompilerServices.RuntimeHelpers.GetUninitializedObject(type), agent).IsStory.ShouldBeFalse(type.Name);
        new RecordedEvent(new TicketEscalated(1, Automatic: true, "breached:resolution", null, null), agent).IsStory.ShouldBeFalse();
        new RecordedEvent(Rules.Note, agent with { Actor = Actor.Clock }).IsStory.ShouldBeFalse();
        new RecordedEvent(Rules.Resolved, agent).IsStory.ShouldBeTrue();
    }

    private static CalendarDefinition Office() => new()
    {
        Name = "office", TimeZone = "UTC",
        Week = new[] { "monday", "tuesday", "wednesday", "thursday", "friday" }.ToDictionary(day => day, _ => (IReadOnlyList<IReadOnlyList<string>>)[["08:00", "16:00"]]),
    };
}
