using ServiceOrders.Domain.Calendars;
using ServiceOrders.Domain.Deadlines;
using ServiceOrders.Domain.Policies;
using ServiceOrders.Domain.Tickets;

namespace ServiceOrders.Domain.Tests.Policies;

/// <summary>Policies whose parts are all well formed, and which would still promise in vain.</summary>
public sealed class PolicySenseTests
{
    private static readonly MilestoneRule Good = new() { Name = "acknowledge", Target = Target.OfElapsed("PT2H"), StartsOn = ["opened"], MetBy = ["acknowledged"] };
    private static readonly MilestoneRule Arrival = new() { Name = "arrival", Target = new Target { Agreed = "visit" }, StartsOn = ["visitScheduled"], MetBy = ["arrived"], RestartsOn = ["visitScheduled"] };

    private static Applicability Only(params HoldReason[] reasons) => new() { HoldReason = reasons };

    private static IReadOnlyDictionary<string, string> Errors(params MilestoneRule[] milestones) => Errors(new Policy { Name = "quick-test", Milestones = milestones });

    private static IReadOnlyDictionary<string, string> Errors(Policy policy) => PolicyValidation.Errors(policy, _ => BusinessCalendar.Always, new DateTimeOffset(2026, 11, 22, 8, 0, 0, TimeSpan.Zero));

    [Theory]
    [InlineData("opened", "opened")]
    [InlineData("acknowledged", "acknowledged", "opened")]
    [InlineData("firstResponse", "firstResponse")]
    public void A_milestone_that_nothing_can_meet_is_refused(string start, params string[] metBy) =>
        Errors(Good with { StartsOn = [start], MetBy = metBy }).Keys.ShouldBe(["milestones[0].metBy"]);

    [Theory]
    [InlineData("acknowledged", "firstResponse")]
    [InlineData("opened", "opened", "resolved")]
    [InlineData("customerMessage", "customerMessage")]
    [InlineData("resolved", "resolved")]
    [InlineData("rated", "acknowledged")]
    public void What_can_come_after_the_start_or_come_again_can_meet_it(string start, params string[] metBy) => Errors(Good with { StartsOn = [start], MetBy = metBy }).ShouldBeEmpty();

    [Theory]
    [InlineData("escalated:2", "escalated:1")]
    [InlineData("escalated:2", "escalated:2")]
    [InlineData("escalated", "escalated:1")]
    [InlineData("escalated:9", "escalated")]
    public void Levels_only_climb(string start, string met) => Errors(Good with { StartsOn = [start], MetBy = [met] }).Keys.ShouldBe(["milestones[0].metBy"]);

    [Theory]
    [InlineData("escalated:1", "escalated:2")]
    [InlineData("escalated:1", "escalated")]
    [InlineData("escalated", "escalated:2")]
    [InlineData("escalated", "escalated")]
    [InlineData("opened", "escalated:1")]
    [InlineData("escalated:9", "resolved")]
    public void What_is_further_up_may_meet_it(string start, string met) => Errors(Good with { StartsOn = [start], MetBy = [met] }).ShouldBeEmpty();

    [Theory]
    [InlineData("opened", "confirmed", "resolved")]
    [InlineData("opened", "closed", "resolved")]
    [InlineData("acknowledged", "rated", "resolved")]
    [InlineData("reopened", "followUpCalled", "resolved")]
    [InlineData("opened", "reopened", "resolved")]
    [InlineData("opened", "arrived", "visitScheduled")]
    [InlineData("visitScheduled", "visitCompleted", "arrived")]
    [InlineData("opened", "visitCompleted", "visitScheduled")]
    [InlineData("opened", "solutionRejected", "solutionProposed")]
    [InlineData("opened", "resumed", "held")]
    public void What_needs_something_first_that_ends_the_clock_cannot_meet_it(string start, string met, string cancelledBy)
    {
        Errors(Good with { StartsOn = [start], MetBy = [met], CancelledBy = [cancelledBy] }).Keys.ShouldBe(["milestones[0].metBy"]);
        Errors(Good with { StartsOn = [start], MetBy = [met] }).ShouldBeEmpty();
        Errors(Good with { StartsOn = [start], MetBy = [met, cancelledBy], CancelledBy = [cancelledBy] }).ShouldBeEmpty("a clock is met before it is cancelled");
        Errors(Good with { StartsOn = [start, cancelledBy], MetBy = [met], CancelledBy = [cancelledBy], Repeat = true }).ShouldBeEmpty("a start comes after it");
        Errors(Good with { StartsOn = [start], MetBy = [met], CancelledBy = [cancelledBy], AppliesTo = new() { Complexity = [Complexity.Complex] } }, Good with { StartsOn = [start], MetBy = [met] })
            .ShouldBeEmpty("a ticket may come under this entry after what would have ended its clock");
    }

    [Theory]
    [InlineData("assigned", "confirmed", "resolved")]
    [InlineData("customerMessage", "rated", "resolved")]
    [InlineData("classified", "closed", "resolved")]
    [InlineData("resolved", "confirmed", "resolved")]
    [InlineData("assigned", "visitCompleted", "arrived")]
    [InlineData("diagnosed", "arrived", "visitScheduled")]
    public void Where_it_may_be_so_already_at_the_start_nothing_has_to_come_first(string start, string met, string cancelledBy) =>
        Errors(Good with { StartsOn = [start], MetBy = [met], CancelledBy = [cancelledBy] }).ShouldBeEmpty();

    [Fact]
    public void It_is_enough_that_another_entry_of_the_name_starts_what_this_one_is_met_by()
    {
        var complex = Good with { StartsOn = ["acknowledged"], AppliesTo = new() { Complexity = [Complexity.Complex] } };
        Errors(complex, Good).ShouldBeEmpty();
        Errors(complex).Keys.ShouldBe(["milestones[0].metBy"]);
    }

    [Fact]
    public void Nothing_starts_when_nothing_can_be_done_any_more() =>
        Errors(Good with { StartsOn = ["opened", "cancelled"] }).ShouldHaveSingleItem().ShouldBe(new("milestones[0].startsOn", "cannot name cancelled: nothing can be done for a ticket after it"));

    [Fact]
    public void A_clock_that_only_its_own_breach_would_start_never_starts()
    {
        var first = Good with { Name = "first", StartsOn = ["breached:second"] };
        var second = Good with { Name = "second", StartsOn = ["breached:first"] };
        Errors(Good with { StartsOn = ["breached:acknowledge"] }).Keys.ShouldBe(["milestones[0].startsOn"]);
        Errors(Good with { StartsOn = ["breached"] }).Keys.ShouldBe(["milestones[0].startsOn"]);
        Errors(first, second).Keys.ShouldBe(["milestones[0].startsOn", "milestones[1].startsOn"]);
        Errors(first, second with { StartsOn = ["breached:first", "resolved"] }).ShouldBeEmpty();
        Errors(first, second, Good with { Name = "third", StartsOn = ["breached"] }).Count.ShouldBe(3);
        Errors(Good, Good with { Name = "third", StartsOn = ["breached"] }).ShouldBeEmpty();
    }

    [Fact]
    public void A_clock_for_tickets_on_hold_does_not_start_where_no_hold_can_be()
    {
        Errors(Good with { AppliesTo = Only(HoldReason.AwaitingParts) }).ShouldHaveSingleItem().Value.ShouldBe("never comes: no hold is in force at opened, and the entry is for tickets on hold alone");
        Errors(Good with { AppliesTo = Only(HoldReason.AwaitingParts), StartsOn = ["resolved", "reopened", "resumed"] }).Keys.ShouldBe(["milestones[0].startsOn"]);
        Errors(Good with { AppliesTo = Only(HoldReason.AwaitingParts), StartsOn = ["opened", "held"] }).ShouldBeEmpty();
        Errors(Good with { AppliesTo = Only(HoldReason.AwaitingParts) }, Good).ShouldBeEmpty("a hold brings the clock that runs to the first entry");
    }

    [Fact]
    public void A_time_agreed_is_that_of_a_visit_and_none_is_agreed_when_a_ticket_is_opened()
    {
        Errors(Arrival).ShouldBeEmpty();
        Errors(Arrival with { Target = new Target { Agreed = "call" } }).ShouldHaveSingleItem().ShouldBe(new("milestones[0].target.agreed", "names nothing that is ever agreed; there is visit"));
        Errors(Arrival with { StartsOn = ["opened"] }).ShouldHaveSingleItem().ShouldBe(new("milestones[0].startsOn", "never comes: no visit is agreed yet when a ticket is opened"));
        Errors(Arrival with { StartsOn = ["opened", "visitScheduled"] }).ShouldBeEmpty();
        Errors(Arrival with { StartsOn = ["visitCompleted"] }).ShouldHaveSingleItem().ShouldBe(new("milestones[0].startsOn", "never comes: the visit that was agreed is over then, and no other agreed yet"));
    }

    [Fact]
    public void A_pause_that_can_never_end_is_refused()
    {
        Errors(Arrival with { PausedBy = [HoldReason.AwaitingCustomer] }).ShouldHaveSingleItem().ShouldBe(new("milestones[0].pausedBy", "must be empty for an agreed time: no pause moves it"));
        Errors(Good with { PausedBy = [HoldReason.AwaitingParts], CancelledBy = ["resumed"] }).Keys.ShouldBe(["milestones[0].pausedBy"]);
        Errors(Good with { PausedBy = [HoldReason.AwaitingParts], MetBy = ["resumed"] }).Keys.ShouldBe(["milestones[0].pausedBy"]);
        Errors(Good with { PausedBy = [HoldReason.AwaitingParts], RestartsOn = ["resumed"] }).ShouldBeEmpty();
        Errors(Good with { CancelledBy = ["resumed"] }).ShouldBeEmpty();
    }

    [Fact]
    public void An_entry_that_an_earlier_one_of_its_name_always_hides_is_refused()
    {
        var simple = Good with { AppliesTo = new() { Complexity = [Complexity.Simple] } };
        var simpleRepair = Good with { AppliesTo = new() { Complexity = [Complexity.Simple], Kind = [TicketKind.Repair] } };
        Errors(Good, simple).Keys.ShouldBe(["milestones[1].appliesTo"]);
        Errors(simple, Good).ShouldBeEmpty();
        Errors(simple, Good with { Name = "answer" }, simpleRepair).ShouldHaveSingleItem().ShouldBe(
            new("milestones[2].appliesTo", "can never apply: milestones[0], before it, applies to all that it is for"));
        Errors(simpleRepair, simple).ShouldBeEmpty();
        Errors(Good with { AppliesTo = new() { Region = ["CN-11", "CN-31"] } }, Good with { AppliesTo = new() { Region = ["CN-31"] } }).Keys.ShouldBe(["milestones[1].appliesTo"]);
        Errors(Good with { AppliesTo = new() { Region = ["CN-11", "CN-31"] } }, Good with { AppliesTo = new() { Region = ["CN-31", "CN-44"] } }).ShouldBeEmpty();
        Errors(Good with { AppliesTo = Only(HoldReason.AwaitingParts), StartsOn = ["held"] }, Good).ShouldBeEmpty("most tickets are not on hold");
    }

    [Fact]
    public void A_milestone_cannot_be_for_what_the_policy_is_never_chosen_for()
    {
        var phone = new Policy { Name = "phone", AppliesTo = new() { Medium = [Medium.Phone], Kind = [TicketKind.Repair] }, Milestones = [Good with { AppliesTo = new() { Medium = [Medium.Email] } }] };
        Errors(phone).Keys.ShouldBe(["milestones[0].appliesTo.medium"]);
        Errors(phone with { Milestones = [Good with { AppliesTo = new() { Medium = [Medium.Email, Medium.Phone] } }] }).ShouldBeEmpty();
        Errors(phone with { Milestones = [Good with { AppliesTo = new() { Kind = [TicketKind.Complaint] } }] }).ShouldBeEmpty("the kind can be corrected later");
    }

    [Fact]
    public void Every_trigger_that_a_policy_may_name_is_an_event_that_happens() =>
        typeof(ITicketEvent).Assembly.GetTypes().Where(t => t is { IsInterface: false } && typeof(ITicketEvent).IsAssignableFrom(t))
            .Select(t => Triggers.Of(t == typeof(FollowUpCalled) ? new FollowUpCalled(true, null, null) : (ITicketEvent)System.Runtime.CompilerServices.RuntimeHelpers.GetUninitializedObject(t))).OfType<string>().ToHashSet().ShouldBe(Triggers.All, ignoreOrder: true);
}
