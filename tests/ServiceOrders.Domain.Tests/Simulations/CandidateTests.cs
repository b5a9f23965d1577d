using ServiceOrders.Domain.Calendars;
using ServiceOrders.Domain.Deadlines;
using ServiceOrders.Domain.Simulations;
using ServiceOrders.Domain.Tests.Deadlines;

namespace ServiceOrders.Domain.Tests.Simulations;

/// <summary>What is tried out is held to the same rules as what is published, and every error is told by its place.</summary>
public class CandidateTests
{
    private static readonly Rulebook Known = new([], []);

    private static CalendarDefinition Calendar(string name) => CalendarDefinition.Always with { Name = name };

    private static Policy On(string calendar) => Rules.Of(Rules.Resolution() with { Calendar = calendar }) with { Version = 0 };

    private static IReadOnlyDictionary<string, string> Errors(Policy? policy, params CalendarDefinition[] calendars) =>
        Should.Throw<InvalidCandidateException>(() => Candidate.Of(Known, policy, calendars, Story.At("2026-11-02T00:00"))).Errors;

    [Fact]
    public void Errors_of_the_policy_and_of_every_calendar_are_told_at_once_each_by_its_path() =>
        Errors(On("nowhere"), Calendar("one"), Calendar("one"), Calendar("always"), Calendar("two") with { TimeZone = "Mars" }).Keys.ShouldBe(
            ["calendars[1].name", "calendars[2].name", "calendars[3].timeZone", "policy.milestones[0].calendar"]);

    [Fact]
    public void A_policy_may_count_on_a_calendar_that_is_tried_out_with_it() =>
        Candidate.Of(Known, On("new-office"), [Calendar("new-office")], Story.At("2026-11-02T00:00")).Rules.Calendar("new-office").Version.ShouldBe(0);

    [Fact]
    public void A_stored_version_is_taken_as_it_is() => Candidate.Of(Known, On("nowhere") with { Version = 3 }, [], Story.At("2026-11-02T00:00")).Policy!.Version.ShouldBe(3);

    [Fact]
    public void Its_targets_come_to_an_end_on_the_calendars_that_are_tried_out_with_it_though_it_be_stored()
    {
        var hour = Calendar("office") with { Week = new Dictionary<string, IReadOnlyList<IReadOnlyList<string>>> { ["monday"] = [["09:00", "10:00"]] } };
        var slow = Rules.Of(Rules.Resolution(Target.OfWorking("P1000D")) with { Calendar = "office" });
        Errors(slow with { Version = 0 }, hour).Keys.ShouldBe(["policy.milestones[0].target"]);
        Errors(slow with { Version = 3 }, hour).Keys.ShouldBe(["policy.milestones[0].target"]);
        Errors(slow with { Version = 0 }, hour with { TimeZone = "Mars" }).Keys.ShouldBe(["calendars[0].timeZone"]);
    }

    [Fact]
    public void There_is_an_end_to_how_much_is_tried_out() =>
        Errors(null, [.. Enumerable.Range(0, Candidate.MostCalendars + 1).Select(i => Calendar($"c{i}"))]).Keys.ShouldBe(["calendars"]);

    [Fact]
    public void What_is_tried_out_leaves_the_service_s_own_rules_alone()
    {
        var candidate = Candidate.Of(Known, On("new-office"), [Calendar("new-office")], Story.At("2026-11-02T00:00"));

        candidate.Known.FindCalendar("new-office").ShouldBeNull();
        Should.Throw<UnknownRuleException>(() => Known.Policy("story", 0));
        candidate.Rules.Policy("story", 0).ShouldBeSameAs(candidate.Policy);
    }
}
