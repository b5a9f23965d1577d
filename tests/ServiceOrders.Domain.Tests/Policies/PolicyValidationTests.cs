using ServiceOrders.Domain.Calendars;
using ServiceOrders.Domain.Deadlines;
using ServiceOrders.Domain.Policies;
using ServiceOrders.Domain.Shipped;
using ServiceOrders.Domain.Tickets;

namespace ServiceOrders.Domain.Tests.Policies;

public sealed class PolicyValidationTests
{
    private static readonly MilestoneRule Good = new() { Name = "acknowledge", Target = Target.OfElapsed("PT2H"), StartsOn = ["opened"], MetBy = ["acknowledged"] };

    private static readonly BusinessCalendar Office = BusinessCalendar.Compile(ShippedData.ChineseOffice, 1);
    private static readonly DateTimeOffset Now = new(2026, 11, 22, 8, 0, 0, TimeSpan.Zero);

    private static Policy With(params MilestoneRule[] milestones) => new() { Name = "quick-test", Milestones = milestones };
    private static IReadOnlyDictionary<string, string> Errors(Policy policy) => PolicyValidation.Errors(policy, name => name == "always" ? BusinessCalendar.Always : name == "cn-office" ? Office : null, Now);
    private static string OnlyError(MilestoneRule milestone) => Errors(With(milestone)).ShouldHaveSingleItem().Key;

    [Fact]
    public void The_shipped_policies_have_no_errors()
    {
        foreach (var shipped in (Policy[])[ShippedData.StandardPolicy, ShippedData.OrderDeskPolicy, ShippedData.FieldServicePolicy]) Errors(shipped).ShouldBeEmpty(shipped.Name);
    }

    [Fact]
    public void A_plain_milestone_has_no_errors() => Errors(With(Good)).ShouldBeEmpty();

    [Fact]
    public void What_is_owed_is_not_done_by_a_breach()
    {
        OnlyError(Good with { MetBy = ["breached"] }).ShouldBe("milestones[0].metBy");
        OnlyError(Good with { RestartsOn = ["breached:acknowledge"] }).ShouldBe("milestones[0].restartsOn");
        Errors(With(Good with { CancelledBy = ["breached"] })).ShouldBeEmpty();
    }

    [Fact]
    public void Every_error_is_listed_by_its_fields_path()
    {
        var errors = Errors(new Policy
        {
            Name = "Quick Test",
            Priority = 2_000_000,
            AppliesTo = new Applicability { HoldReason = [HoldReason.AwaitingParts], Channel = [""] },
            Milestones =
            [
                Good with { Name = "Acknowledge", Calendar = "moon", Target = new Target { Elapsed = "PT1H", WorkingDays = 2 }, StartsOn = [], MetBy = [] },
                Good with { StartsOn = ["opened", "born"], CancelledBy = ["cancelled", "cancelled"], WarnAt = [75, 50], OnBreach = [new BreachAction()] },
            ],
        });

        errors.Keys.ShouldBe(
            ["name", "priority", "appliesTo.holdReason", "appliesTo.channel", "milestones[0].name", "milestones[0].calendar", "milestones[0].target", "milestones[0].startsOn",
            "milestones[0].metBy", "milestones[1].startsOn[1]", "milestones[1].cancelledBy", "milestones[1].warnAt", "milestones[1].onBreach[0]"], ignoreOrder: true);
    }

    [Theory]
    [InlineData("PT0S")]
    [InlineData("-PT1H")]
    [InlineData("P1M")]
    [InlineData("P1Y")]
    [InlineData("P1W")]
    [InlineData("P")]
    [InlineData("PT")]
    [InlineData("P1DT")]
    [InlineData("1h")]
    [InlineData("")]
    [InlineData("P1001D")]
    [InlineData("PT99999999999999999999H")]
    public void A_target_must_be_a_positive_bounded_duration_of_fixed_length(string duration)
    {
        OnlyError(Good with { Target = Target.OfElapsed(duration) }).ShouldBe("milestones[0].target.elapsed");
        OnlyError(Good with { Target = Target.OfWorking(duration) }).ShouldBe("milestones[0].target.working");
    }

    [Theory]
    [InlineData("PT2S")]
    [InlineData("PT0.5S")]
    [InlineData("P1DT12H30M")]
    [InlineData("P1000D")]
    public void Durations_of_days_to_fractions_of_a_second_will_do(string duration) => Errors(With(Good with { Target = Target.OfElapsed(duration) })).ShouldBeEmpty();

    [Fact]
    public void A_target_is_exactly_one_of_the_four()
    {
        OnlyError(Good with { Target = new Target() }).ShouldBe("milestones[0].target");
        OnlyError(Good with { Target = null! }).ShouldBe("milestones[0].target");
        OnlyError(Good with { Target = new Target { Working = "PT1H", Agreed = "visit" } }).ShouldBe("milestones[0].target");
        OnlyError(Good with { Target = Target.OfWorkingDays(0) }).ShouldBe("milestones[0].target.workingDays");
        Errors(With(Good with { Target = new Target { Agreed = "visit" }, StartsOn = ["visitScheduled"] })).ShouldBeEmpty();
    }

    /// <summary>A thousand days of an hour a week are four centuries and a half.</summary>
    [Fact]
    public void A_target_that_would_never_be_due_is_refused()
    {
        var hour = BusinessCalendar.Compile(new CalendarDefinition { Name = "hour", TimeZone = "UTC", Week = new Dictionary<string, IReadOnlyList<IReadOnlyList<string>>> { ["monday"] = [["09:00", "10:00"]] } }, 1);
        IReadOnlyDictionary<string, string> OnHour(Target target, int year = 2026) => PolicyValidation.Errors(With(Good, Good with { Name = "resolution", Calendar = "hour", Target = target, WarnAt = [50] }),
            name => name == "hour" ? hour : BusinessCalendar.Always, Now.AddYears(year - 2026));

        OnHour(Target.OfWorking("P1000D")).ShouldHaveSingleItem().ShouldBe(new("milestones[1].target", "would not be due before the year 2201: calendar hour has too little working time"));
        OnHour(Target.OfWorking("P370D")).ShouldBeEmpty("170 years are a long time, but they end");
        OnHour(Target.OfWorking("P370D"), 2100).Keys.ShouldBe(["milestones[1].target"], "within the years that calendars compute with, then no more");
        OnHour(Target.OfWorkingDays(1000)).ShouldBeEmpty();
        OnHour(Target.OfWorkingDays(1000), 2190).Keys.ShouldBe(["milestones[1].target"]);
        OnHour(Target.OfElapsed("P1000D")).ShouldBeEmpty("no calendar is asked");
    }

    [Fact]
    public void A_breach_may_be_named_by_its_milestone_but_only_one_of_this_policy()
    {
        Errors(With(Good, Good with { Name = "escalation", StartsOn = ["breached:acknowledge"] })).ShouldBeEmpty();
        OnlyError(Good with { StartsOn = ["breached:resolution"] }).ShouldBe("milestones[0].startsOn[0]");
        OnlyError(Good with { MetBy = ["acknowledged:acknowledge"] }).ShouldBe("milestones[0].metBy[0]");
        OnlyError(Good with { MetBy = [null!] }).ShouldBe("milestones[0].metBy[0]");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(100)]
    [InlineData(50, 50)]
    [InlineData(75, 50)]
    [InlineData(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11)]
    public void Warnings_are_a_few_rising_percentages(params int[] percents) => OnlyError(Good with { WarnAt = percents }).ShouldBe("milestones[0].warnAt");

    [Fact]
    public void Counts_have_bounds()
    {
        Errors(With()).Keys.ShouldBe(["milestones"]);
        Errors(With(Enumerable.Range(0, 51).Select(i => Good with { Name = $"m{i}" }).ToArray())).Keys.ShouldBe(["milestones"]);
        OnlyError(Good with { OnBreach = [new BreachAction { Escalate = 10 }] }).ShouldBe("milestones[0].onBreach[0]");
        OnlyError(Good with { OnBreach = [new BreachAction { Escalate = -1 }] }).ShouldBe("milestones[0].onBreach[0]");
        OnlyError(Good with { OnBreach = [new BreachAction { EscalateBy = 10 }] }).ShouldBe("milestones[0].onBreach[0]");
        OnlyError(Good with { OnBreach = [new BreachAction { EscalateBy = -1 }] }).ShouldBe("milestones[0].onBreach[0]");
        OnlyError(Good with { OnBreach = [new BreachAction { Escalate = 1, EscalateBy = 1 }] }).ShouldBe("milestones[0].onBreach[0]");
        OnlyError(Good with { OnBreach = [new BreachAction { Escalate = 1 }, new BreachAction { EscalateBy = 1 }] }).ShouldBe("milestones[0].onBreach");
        OnlyError(Good with { OnBreach = [new BreachAction { Escalate = 1, Annotate = "both" }] }).ShouldBe("milestones[0].onBreach[0]");
        OnlyError(Good with { OnBreach = [new BreachAction { Escalate = 1 }, new BreachAction { Escalate = 2 }] }).ShouldBe("milestones[0].onBreach");
        OnlyError(Good with { OnBreach = [new BreachAction { Notify = (NoticeAudience)9 }] }).ShouldBe("milestones[0].onBreach[0]");
        OnlyError(Good with { OnBreach = [new BreachAction { Reassign = new HandOver() }] }).ShouldBe("milestones[0].onBreach[0]");
        OnlyError(Good with { OnBreach = [new BreachAction { Reassign = new HandOver("bad\nname") }] }).ShouldBe("milestones[0].onBreach[0]");
        OnlyError(Good with { OnBreach = [new BreachAction { Annotate = " " }] }).ShouldBe("milestones[0].onBreach[0]");
        var handsOver = Good with { OnBreach = [new BreachAction { Reassign = new HandOver("a") }, new BreachAction { Reassign = new HandOver("b") }] };
        OnlyError(handsOver with { StartsOn = ["opened", "assigned"], MetBy = ["assigned"], Repeat = true }).ShouldBe("milestones[0].metBy");
        OnlyError(handsOver with { RestartsOn = ["assigned"] }).ShouldBe("milestones[0].restartsOn");
        Errors(With(handsOver)).ShouldBeEmpty();
        OnlyError(Good with { StartsOn = ["escalated:0"] }).ShouldBe("milestones[0].startsOn[0]");
        OnlyError(Good with { StartsOn = ["opened:1"] }).ShouldBe("milestones[0].startsOn[0]");
        Errors(With(Good with { StartsOn = ["escalated:2"], OnBreach = [new() { Escalate = 3 }, new() { Notify = NoticeAudience.Supervisor }, new() { Reassign = new HandOver("hardware") }, new() { Annotate = "x" }] })).ShouldBeEmpty();
        OnlyError(Good with { AppliesTo = new Applicability { Region = Enumerable.Range(0, 101).Select(i => $"CN-{i}").ToList() } }).ShouldBe("milestones[0].appliesTo.region");
    }

    [Fact]
    public void Missing_parts_are_errors_not_crashes()
    {
        Errors(new Policy { Name = null!, Milestones = null!, AppliesTo = null! }).Keys.ShouldBe(["name", "milestones", "appliesTo"], ignoreOrder: true);
        Errors(With(null!, Good with { StartsOn = ["breached:resolution"] })).Keys.ShouldBe(["milestones[0]", "milestones[1].startsOn[0]"]);
        Errors(With(new MilestoneRule { Name = null!, Target = null!, StartsOn = null!, MetBy = null!, AppliesTo = null!, Calendar = null!, PausedBy = null!, CancelledBy = null!, RestartsOn = null!, WarnAt = null!, OnBreach = null! }))
            .Count.ShouldBe(11);
    }
}
