using System.Text.Json;
using ServiceOrders.Domain.Deadlines;
using ServiceOrders.Domain.Tickets;
using ServiceOrders.Domain.Tickets.Acts;
using static ServiceOrders.Domain.Tests.Tickets.Acting;

namespace ServiceOrders.Domain.Tests.Tickets;

/// <summary>Every promise of the shipped policy <c>standard</c> (001), on both sides of its deadline: by the act first, and by the clock first.</summary>
public class StandardDeadlineTests
{
    /// <summary>Friday, 18:00 in Shanghai, plus working days of the week after.</summary>
    private static readonly DateTimeOffset FridayEvening = Morning.AddHours(9);

    /// <param name="Milestone">Whose clock.</param>
    /// <param name="Ticket">The ticket, its clock running.</param>
    /// <param name="Due">When it is due.</param>
    /// <param name="Meets">The act that meets it.</param>
    /// <param name="LateBy">By how much it is missed when that act comes a second late; a breach that meets itself is not late.</param>
    private sealed record Promise(string Milestone, Func<Ticket> Ticket, DateTimeOffset Due, TicketAct Meets, int LateBy = 1);

    private static readonly Dictionary<string, Promise> Promises = new()
    {
        ["a chat is answered within 30 seconds"] = new("answer", () => Opened(ATicket.Request with { Medium = Medium.Chat }), Morning.AddSeconds(30), new ContactCustomer()),
        ["a call is answered within 30 seconds, a notice of queueing counts"] =
            new("answer", () => Opened(ATicket.Request with { Medium = Medium.Phone }), Morning.AddSeconds(30), new ContactCustomer { ExpectedWait = "PT10M" }),
        ["receipt is confirmed within 2 hours"] = new("acknowledge", () => Opened(ATicket.Request), Morning.AddHours(2), new Acknowledge()),
        ["a preliminary solution comes within 24 hours"] =
            new("preliminarySolution", () => InHand(), Morning.AddHours(24), new ProposeSolution { Text = "重启" }),
        ["a problem marked complex is escalated within 4 hours"] =
            new("escalation", () => InHand().Then(new Classify { Complexity = Complexity.Complex }), Morning.AddMinutes(2).AddHours(4), new Escalate(), LateBy: 0),
        ["after a rejected preliminary solution it is escalated within 4 hours"] =
            new("escalation", () => InHand().Then(new ProposeSolution { Text = "重启" }).Then(new Reject()), Morning.AddMinutes(3).AddHours(4), new Escalate(), LateBy: 0),
        ["a standard problem is resolved by the 4th working day"] = new("resolution", () => InHand(), FridayEvening.AddDays(6), new Resolve { Text = "好了" }),
        ["a complex problem is resolved by the 7th working day"] =
            new("resolution", () => InHand().Then(new Classify { Complexity = Complexity.Complex }), FridayEvening.AddDays(11), new Resolve { Text = "好了" }),
        ["one that waits for parts is resolved by the 7th working day"] =
            new("resolution", () => InHand().Then(new PutOnHold { Reason = HoldReason.AwaitingParts }), FridayEvening.AddDays(11), new Resolve { Text = "好了" }),
        ["a resolution is confirmed within 2 working days"] = new("confirmation", () => Resolved(), FridayEvening.AddDays(4), new Confirm()),
        ["or rejected"] = new("confirmation", () => Resolved(), FridayEvening.AddDays(4), new Reject()),
        ["or asked after"] = new("confirmation", () => Resolved(), FridayEvening.AddDays(4), new CallBack { Reached = true, Solved = true }),
        ["or asked after, once it is closed"] = new("confirmation", () => Resolved().Then(new Close()), FridayEvening.AddDays(4), new CallBack { Reached = true, Solved = true }),
        ["the customer's satisfaction is asked for within 72 hours"] = new("satisfaction", () => Resolved(), Morning.AddMinutes(2).AddHours(72), new Rate { Score = 5 }),
        ["and also once it is closed"] = new("satisfaction", () => Resolved().Then(new Close()), Morning.AddMinutes(2).AddHours(72), new Rate { Score = 5 }),
        ["of a delay by parts the customer is told within 4 hours"] =
            new("delayNotice", () => InHand().Then(new PutOnHold { Reason = HoldReason.AwaitingParts }), Morning.AddMinutes(2).AddHours(4), new NotifyDelay { Text = "缺货" }),
        ["of a delay by a third party the customer is told within 4 hours"] =
            new("delayNotice", () => InHand().Then(new PutOnHold { Reason = HoldReason.AwaitingThirdParty }), Morning.AddMinutes(2).AddHours(4), new NotifyDelay { Text = "等厂家" }),
        ["of a complex problem the customer hears within a day, and last by its resolution"] = new("progressUpdate", () => Complex(), Morning.AddMinutes(1).AddHours(24), new Resolve { Text = "好了" }),
    };

    public static TheoryData<string> Names() => new(Promises.Keys);

    [Theory]
    [MemberData(nameof(Names))]
    public void A_second_before_the_deadline_and_exactly_at_it_is_in_time(string promise)
    {
        var (milestone, given, due, meets, _) = Promises[promise];
        foreach (var at in (DateTimeOffset[])[due.AddSeconds(-1), due])
        {
            var met = BothWays(given(), meets, at, milestone);
            met.ShouldSatisfyAllConditions(
                () => met.State.ShouldBe(MilestoneState.Met),
                () => met.MetAt.ShouldBe(at),
                () => met.DueAt.ShouldBe(due),
                () => met.BreachedAt.ShouldBeNull());
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_second_after_the_deadline_is_a_breach_at_its_true_time_and_met_late(string promise)
    {
        var (milestone, given, due, meets, lateBy) = Promises[promise];
        var met = BothWays(given(), meets, due.AddSeconds(1), milestone);
        met.ShouldSatisfyAllConditions(
            () => met.State.ShouldBe(MilestoneState.MetLate),
            () => met.BreachedAt.ShouldBe(due),
            () => met.Overrun.ShouldBe(TimeSpan.FromSeconds(lateBy)));
    }

    [Fact]
    public void Every_promise_of_the_policy_is_here() =>
        Standard.Latest("standard", Morning).ShouldNotBeNull().Milestones.Select(m => m.Name).Distinct().Order()
            .ShouldBe(Promises.Values.Select(p => p.Milestone).Distinct().Order());

    [Theory]
    [InlineData(-1, 1, MilestoneState.Running)]
    [InlineData(0, 1, MilestoneState.Running)]
    [InlineData(1, 2, MilestoneState.MetLate)]
    public void An_update_in_time_starts_the_day_anew_and_a_late_one_the_next_cycle(int seconds, int cycles, MilestoneState first)
    {
        var at = Morning.AddMinutes(1).AddHours(24).AddSeconds(seconds);
        foreach (var update in (TicketAct[])[new Reply { Text = "进展" }, new NotifyDelay { Text = "再等等" }])
        {
            var ticket = Complex();
            BothWays(ticket, update, at, "progressUpdate").ShouldSatisfyAllConditions(
                c => c.Cycle.ShouldBe(cycles),
                c => c.State.ShouldBe(MilestoneState.Running),
                c => c.DueAt.ShouldBe(at.AddHours(24)));
            ticket.Then(update, at).Milestones.First(m => m.Name == "progressUpdate").State.ShouldBe(first);
        }
    }

    [Fact]
    public void What_nobody_escalates_in_time_the_clock_escalates()
    {
        var ticket = InHand().Then(new ProposeSolution { Text = "重启" }).Then(new Reject());
        var settled = TicketHandler.Settle(ticket, Context(ticket, Morning.AddMinutes(3).AddHours(4).AddSeconds(1), Actor.Clock, Standard));
        settled.Events.Select(e => e.Event).OfType<TicketEscalated>().ShouldHaveSingleItem().ShouldSatisfyAllConditions(
            e => e.Automatic.ShouldBeTrue(),
            e => e.Cause.ShouldBe("breached:escalation"));
        settled.Events.ShouldAllBe(e => e.Actor == Actor.Clock);
    }

    [Fact]
    public void Someone_who_escalates_in_time_spares_the_clock_the_trouble()
    {
        var ticket = InHand().Then(new ProposeSolution { Text = "重启" }).Then(new Reject()).Then(new Escalate());
        ticket.EscalationLevel.ShouldBe(1);
        TicketHandler.Settle(ticket, Context(ticket, Morning.AddHours(20), Actor.Clock, Standard)).Events.ShouldNotContain(e => e.Event is TicketEscalated);
    }

    private static readonly Rulebook Standard = StandardRules.Book;

    private static Ticket Opened(OpenTicket request) => Ticket.Unopened.After(request, Morning, Shop, Standard);

    /// <summary>Acknowledged a minute after opening.</summary>
    private static Ticket InHand() => Opened(ATicket.Request).Then(new Acknowledge());

    private static Ticket Complex() => Opened(ATicket.Request with { Complexity = Complexity.Complex }).Then(new Acknowledge());

    private static Ticket Resolved() => InHand().Then(new Resolve { Text = "好了" });

    /// <summary>The cycle after the act; whether the clock has come by just before makes no difference to anything on the ticket.</summary>
    private static MilestoneCycle BothWays(Ticket ticket, TicketAct act, DateTimeOffset at, string milestone)
    {
        var actFirst = ticket.Then(act, at);
        var settled = TicketHandler.Settle(ticket, Context(ticket, at, Actor.Clock, Standard)).Ticket;
        var clockFirst = settled.Then(act, at);
        JsonSerializer.Serialize(clockFirst).ShouldBe(JsonSerializer.Serialize(actFirst));
        return actFirst.Milestones.Last(m => m.Name == milestone);
    }
}

/// <summary>Acts under the shipped policy.</summary>
internal static class UnderStandard
{
    public static Ticket Then(this Ticket ticket, TicketAct act, DateTimeOffset? at = null) =>
        ticket.After(act, at ?? ticket.LastOccurredAt.AddMinutes(1), Boris, StandardRules.Book);
}
