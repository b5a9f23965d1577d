using ServiceOrders.Domain.Calendars;
using ServiceOrders.Domain.Deadlines;
using ServiceOrders.Domain.Policies;
using ServiceOrders.Domain.Shipped;
using ServiceOrders.Domain.Tickets;

namespace ServiceOrders.Domain.Tests.Policies;

public sealed class PolicyHistoryTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 22, 8, 0, 0, TimeSpan.Zero);
    private static readonly Policy Quick = new()
    {
        Name = "quick-test", Priority = 100, Milestones = [new MilestoneRule { Name = "acknowledge", Target = Target.OfElapsed("PT2S"), StartsOn = ["opened"], MetBy = ["acknowledged"] }],
    };

    private static PolicyHistory Given(params IPolicyEvent[] events) =>
        events.Aggregate(PolicyHistory.Unsaved, (policy, happened) => policy.Evolve(happened, new EventMeta(policy.Version + 1, Now, Now, new Actor(ActorKind.Staff, "lin"))));

    private static PolicyDrafted Drafted(int version) => new("quick-test", version, DefinitionJson.Write(Quick with { Version = version }));
    private static BusinessCalendar? Calendar(string name) => name == "always" ? BusinessCalendar.Always : null;

    [Fact]
    public void A_new_policy_is_a_draft_that_binds_nothing()
    {
        var drafted = PolicyHistory.Unsaved.Create(Quick, Calendar, Now).Event.ShouldBeOfType<PolicyDrafted>();
        var policy = Given(drafted);
        policy.Latest.Status.ShouldBe(RuleStatus.Draft);
        policy.Latest.Policy.ShouldSatisfyAllConditions(p => p.Version.ShouldBe(1), p => p.Priority.ShouldBe(100), p => p.Milestones[0].Target.Elapsed.ShouldBe("PT2S"));
    }

    [Fact]
    public void A_name_can_be_taken_once() => Given(Drafted(1)).Create(Quick, Calendar, Now).Refusal!.Code.ShouldBe("name-taken");

    [Fact]
    public void A_policy_keeps_its_name() => Given(Drafted(1)).Draft("quick-test", Quick with { Name = "other" }, Calendar, Now).Refusal!.Field.ShouldBe("name");

    [Fact]
    public void A_policy_with_errors_is_refused_with_all_of_them()
    {
        var refusal = PolicyHistory.Unsaved.Create(Quick with { Milestones = [Quick.Milestones[0] with { Calendar = "moon", MetBy = [] }] }, Calendar, Now).Refusal!;
        refusal.Kind.ShouldBe(RefusalKind.Rule);
        refusal.Errors!.Keys.ShouldBe(["milestones[0].calendar", "milestones[0].metBy"], ignoreOrder: true);
    }

    [Fact]
    public void Publishing_takes_effect_five_seconds_from_now_at_the_earliest()
    {
        var draft = Given(Drafted(1));
        draft.Publish(null, false, Calendar, Now).Event.ShouldBe(new PolicyPublished(1, Now.AddSeconds(5)));
        draft.Publish(Now.AddSeconds(5), false, Calendar, Now).Event.ShouldBe(new PolicyPublished(1, Now.AddSeconds(5)));
        draft.Publish(Now.AddSeconds(5).AddTicks(-10), false, Calendar, Now).Refusal!.ShouldSatisfyAllConditions(r => r.Code.ShouldBe("too-soon"), r => r.Field.ShouldBe("effectiveFrom"));
        draft.Publish(new DateTimeOffset(2201, 1, 1, 0, 0, 0, TimeSpan.Zero), false, Calendar, Now).Refusal!.Code.ShouldBe("too-late");
    }

    [Fact]
    public void A_version_may_be_published_for_running_tickets_too_and_then_says_which_change_they_follow()
    {
        var published = Given(Drafted(1), new PolicyPublished(1, Now), Drafted(2)).Publish(null, true, Calendar, Now).Event.ShouldBeOfType<PolicyPublished>();
        published.ShouldBe(new PolicyPublished(2, Now.AddSeconds(5), ApplyToRunning: true));
        var policy = Given(Drafted(1), new PolicyPublished(1, Now), Drafted(2), published);
        policy.Versions.Select(v => v.ForRunning).ShouldBe([null, new RuleChange(ChangedRule.Policy, "quick-test", 2)]);
    }

    [Fact]
    public void There_must_be_a_draft_to_publish() =>
        Given(Drafted(1), new PolicyPublished(1, Now)).Publish(null, false, Calendar, Now).Refusal!.ShouldSatisfyAllConditions(r => r.Kind.ShouldBe(RefusalKind.State), r => r.Code.ShouldBe("nothing-to-publish"));

    [Fact]
    public void A_draft_after_a_published_version_leaves_that_in_force()
    {
        var policy = Given(Drafted(1), new PolicyPublished(1, Now), Drafted(2));
        policy.Versions.Select(v => v.Status).ShouldBe([RuleStatus.Published, RuleStatus.Draft]);
        policy.Versions.Select(v => v.ChangedAt).ShouldBe([2L, 3L]);
    }

    [Fact]
    public void Retiring_ends_every_published_version_and_a_later_one_may_follow()
    {
        var policy = Given(Drafted(1), new PolicyPublished(1, Now), Drafted(2), new PolicyPublished(2, Now.AddDays(1)));
        policy.Retire(Now.AddHours(1), Now).Event.ShouldBe(new PolicyRetired(Now.AddHours(1)));

        policy = policy.Evolve(new PolicyRetired(Now.AddHours(1)), new EventMeta(5, Now, Now, Actor.Clock));
        policy.Versions.ShouldAllBe(v => v.Status == RuleStatus.Retired && v.ChangedAt == 5);
        policy.Retire(null, Now).Refusal!.Code.ShouldBe("nothing-to-retire");
        policy.Draft("quick-test", Quick, Calendar, Now).Event.ShouldBeOfType<PolicyDrafted>().PolicyVersion.ShouldBe(3);
    }

    [Fact]
    public void The_same_draft_again_is_no_version_but_a_published_one_may_come_back_as_a_draft()
    {
        Given(Drafted(1)).Draft("quick-test", Quick, Calendar, Now).ShouldBe(Verdict.Unchanged<IPolicyEvent>());
        Given(Drafted(1)).Draft("quick-test", Quick with { Priority = 99 }, Calendar, Now).Event.ShouldBeOfType<PolicyDrafted>().PolicyVersion.ShouldBe(2);
        Given(Drafted(1), new PolicyPublished(1, Now)).Draft("quick-test", Quick, Calendar, Now).Event.ShouldBeOfType<PolicyDrafted>().PolicyVersion.ShouldBe(2);
    }

    [Fact]
    public void What_no_longer_holds_on_the_calendars_as_they_are_by_now_is_not_published()
    {
        var slow = Quick with { Milestones = [Quick.Milestones[0] with { Calendar = "office", Target = Target.OfWorking("P1000D") }] };
        static BusinessCalendar Office(string close) => BusinessCalendar.Compile(new CalendarDefinition { Name = "office", TimeZone = "UTC", Week = new Dictionary<string, IReadOnlyList<IReadOnlyList<string>>> { ["monday"] = [["00:00", close]] } }, 1);
        var draft = Given(PolicyHistory.Unsaved.Create(slow, _ => Office("24:00"), Now).Event!);

        draft.Publish(null, false, _ => Office("24:00"), Now).Event.ShouldNotBeNull();
        draft.Publish(null, false, _ => Office("01:00"), Now).Refusal!.ShouldSatisfyAllConditions(r => r.Code.ShouldBe("invalid-policy"), r => r.Errors!.Keys.ShouldBe(["milestones[0].target"]));
        draft.Publish(null, false, _ => null, Now).Refusal!.Errors!.Keys.ShouldBe(["milestones[0].calendar"]);
    }

    [Fact]
    public void A_draft_cannot_be_retired() => Given(Drafted(1)).Retire(null, Now).Refusal!.Code.ShouldBe("nothing-to-retire");

    [Fact]
    public void Retiring_needs_notice_too() => Given(Drafted(1), new PolicyPublished(1, Now)).Retire(Now.AddSeconds(4), Now).Refusal!.Field.ShouldBe("retiredFrom");

    [Fact]
    public void The_shipped_policy_survives_its_event_unchanged()
    {
        var drafted = (PolicyDrafted)PolicyHistory.Unsaved.Create(ShippedData.StandardPolicy, _ => BusinessCalendar.Always, Now).Event!;
        DefinitionJson.Write(Given(drafted).Latest.Policy).ShouldBe(DefinitionJson.Write(ShippedData.StandardPolicy with { Version = 1 }));
        Given(drafted).PublishShipped().Event.ShouldBe(new PolicyPublished(1, PolicyHistory.BeginningOfTime));
        Given(drafted, new PolicyPublished(1, Now)).PublishShipped().Refusal.ShouldNotBeNull();
    }
}
