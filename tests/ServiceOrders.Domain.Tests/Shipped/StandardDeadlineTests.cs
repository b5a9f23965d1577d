using ServiceOrders.Domain.Deadlines;
using ServiceOrders.Domain.Shipped;
using ServiceOrders.Domain.Tests.Tickets;
using ServiceOrders.Domain.Tickets;
using ServiceOrders.Domain.Tickets.Acts;

namespace ServiceOrders.Domain.Tests.Shipped;

/// <summary>Every promise of the shipped policy <c>standard</c> (001), on both sides of its deadline.</summary>
public class StandardDeadlineTests
{
    private const string Friday = "2026-11-20 09:00";

    private static readonly ShippedDesk Desk = new(ShippedData.StandardPolicy);
    private static readonly OpenTicket Hard = ATicket.Request with { Complexity = Complexity.Complex };
    private static readonly Classify Complex = new() { Complexity = Complexity.Complex };
    private static readonly PutOnHold ForParts = new() { Reason = HoldReason.AwaitingParts };
    private static readonly Resolve Resolve = new() { Text = "好了" };

    private static readonly Dictionary<string, Promised> Promises = new()
    {
        ["a chat is answered within 30 seconds"] = new("answer", () => Desk.Ticket(Friday, ATicket.Request with { Medium = Medium.Chat }), "2026-11-20 09:00:30", new ContactCustomer()),
        ["a call is answered within 30 seconds, a notice of queueing counts"] =
            new("answer", () => Desk.Ticket(Friday, ATicket.Request with { Medium = Medium.Phone }), "2026-11-20 09:00:30", new ContactCustomer { ExpectedWait = "PT10M" }),
        ["receipt is confirmed within 2 hours"] = new("acknowledge", () => Desk.Ticket(Friday, ATicket.Request), "2026-11-20 11:00", new Acknowledge()),
        ["a preliminary solution comes within 24 hours"] = new("preliminarySolution", () => InHand(), "2026-11-21 09:00", new ProposeSolution { Text = "重启" }),
        ["a problem marked complex is escalated within 4 hours"] = new("escalation", () => InHand(Complex), "2026-11-20 13:02", new Escalate(), LateBy: 0),
        ["after a rejected preliminary solution it is escalated within 4 hours"] =
            new("escalation", () => InHand(new ProposeSolution { Text = "重启" }, new Reject()), "2026-11-20 13:03", new Escalate(), LateBy: 0),
        ["after a missed resolution it is escalated within 4 hours"] =
            new("escalation", () => Desk.Clock(InHand(), ShippedDesk.Shanghai("2026-11-26 18:00:01")), "2026-11-26 22:00", new Escalate(), LateBy: 0),
        ["a standard problem is resolved by the 4th working day"] = new("resolution", () => InHand(), "2026-11-26 18:00", Resolve),
        ["a complex problem is resolved by the 7th working day"] = new("resolution", () => InHand(Complex), "2026-12-01 18:00", Resolve),
        ["one that waits for parts is resolved by the 7th working day"] = new("resolution", () => InHand(ForParts), "2026-12-01 18:00", Resolve),
        ["a resolution is confirmed within 2 working days"] = new("confirmation", () => InHand(Resolve), "2026-11-24 18:00", new Confirm()),
        ["or rejected"] = new("confirmation", () => InHand(Resolve), "2026-11-24 18:00", new Reject()),
        ["or asked after"] = new("confirmation", () => InHand(Resolve), "2026-11-24 18:00", new CallBack { Reached = true, Solved = true }),
        ["or asked after, once it is closed"] = new("confirmation", () => InHand(Resolve, new Close()), "2026-11-24 18:00", new CallBack { Reached = true, Solved = true }),
        ["the customer's satisfaction is asked for within 72 hours"] = new("satisfaction", () => InHand(Resolve), "2026-11-23 09:02", new Rate { Score = 5 }),
        ["and also once it is closed"] = new("satisfaction", () => InHand(Resolve, new Close()), "2026-11-23 09:02", new Rate { Score = 5 }),
        ["of a delay by parts the customer is told within 4 hours"] = new("delayNotice", () => InHand(ForParts), "2026-11-20 13:02", new NotifyDelay { Text = "缺货" }),
        ["of a delay by a third party the customer is told within 4 hours"] =
            new("delayNotice", () => InHand(new PutOnHold { Reason = HoldReason.AwaitingThirdParty }), "2026-11-20 13:02", new NotifyDelay { Text = "等厂家" }),
        ["of a complex problem the customer hears within a day, and last by its resolution"] =
            new("progressUpdate", () => Desk.Ticket(Friday, Hard, new Acknowledge()), "2026-11-21 09:01", Resolve),

        // 2025: 28 January to 4 February off, Sunday 26 January and Saturday 8 February worked.
        ["Spring Festival 2025, 4 days"] = new("resolution", () => Desk.Ticket("2025-01-24 10:00", ATicket.Request), "2025-02-06 18:00", Resolve),
        ["Spring Festival 2025, 7 days, the sixth a Saturday made up"] = new("resolution", () => Desk.Ticket("2025-01-24 10:00", Hard), "2025-02-10 18:00", Resolve),
        ["Spring Festival 2025, opened in the middle of it"] = new("resolution", () => Desk.Ticket("2025-01-30 10:00", ATicket.Request), "2025-02-08 18:00", Resolve),
        ["Spring Festival 2025, waiting for parts"] = new("resolution", () => Desk.Ticket("2025-01-26 10:00", ATicket.Request, ForParts), "2025-02-11 18:00", Resolve),
        ["Spring Festival 2025, confirmed after it"] = new("confirmation", () => Desk.Ticket("2025-01-27 10:00", ATicket.Request, Resolve), "2025-02-06 18:00", new Confirm()),
        // 2025: 1 to 8 October off, Sunday 28 September and Saturday 11 October worked.
        ["National Day 2025, 4 days"] = new("resolution", () => Desk.Ticket("2025-09-26 10:00", ATicket.Request), "2025-10-09 18:00", Resolve),
        ["National Day 2025, 7 days, the sixth a Saturday made up"] = new("resolution", () => Desk.Ticket("2025-09-26 10:00", Hard), "2025-10-13 18:00", Resolve),
        ["National Day 2025, opened half an hour before it"] = new("resolution", () => Desk.Ticket("2025-09-30 23:30", ATicket.Request), "2025-10-13 18:00", Resolve),
        ["National Day 2025, waiting for parts"] = new("resolution", () => Desk.Ticket("2025-09-28 10:00", ATicket.Request, ForParts), "2025-10-14 18:00", Resolve),
        ["National Day 2025, confirmed after it"] = new("confirmation", () => Desk.Ticket("2025-09-30 10:00", ATicket.Request, Resolve), "2025-10-10 18:00", new Confirm()),
        // 2026: 15 to 23 February off, Saturdays 14 and 28 February worked.
        ["Spring Festival 2026, 4 days"] = new("resolution", () => Desk.Ticket("2026-02-12 10:00", ATicket.Request), "2026-02-25 18:00", Resolve),
        ["Spring Festival 2026, 7 days, the last a Saturday made up"] = new("resolution", () => Desk.Ticket("2026-02-12 10:00", Hard), "2026-02-28 18:00", Resolve),
        ["Spring Festival 2026, opened when the Saturday made up has just begun in Shanghai"] = new("resolution", () => Desk.Ticket("2026-02-14 00:10", ATicket.Request), "2026-02-27 18:00", Resolve),
        ["Spring Festival 2026, waiting for parts"] = new("resolution", () => Desk.Ticket("2026-02-13 10:00", ATicket.Request, ForParts), "2026-03-02 18:00", Resolve),
        ["Spring Festival 2026, confirmed after it"] = new("confirmation", () => Desk.Ticket("2026-02-13 10:00", ATicket.Request, Resolve), "2026-02-24 18:00", new Confirm()),
        // The customer owed an answer from Friday 15:00 to Saturday 10:00: three hours and one that were worked.
        ["Spring Festival 2026, a wait of four working hours before it"] = new("resolution", () => Desk.Ticket("2026-02-12 10:00", ATicket.Request,
            new PutOnHold { Reason = HoldReason.AwaitingCustomer, OccurredAt = ShippedDesk.Shanghai("2026-02-13 15:00") },
            new ResumeWork { OccurredAt = ShippedDesk.Shanghai("2026-02-14 10:00") }), "2026-02-26 14:00", Resolve),
        // 2026: 25 to 27 September (Mid-Autumn) and 1 to 7 October off, Sunday 20 September and Saturday 10 October worked.
        ["Mid-Autumn 2026, 4 days with a Sunday made up"] = new("resolution", () => Desk.Ticket("2026-09-17 10:00", ATicket.Request), "2026-09-22 18:00", Resolve),
        ["National Day 2026, 4 days, the last a Saturday made up"] = new("resolution", () => Desk.Ticket("2026-09-29 10:00", ATicket.Request), "2026-10-10 18:00", Resolve),
        ["National Day 2026, 7 days"] = new("resolution", () => Desk.Ticket("2026-09-29 10:00", Hard), "2026-10-14 18:00", Resolve),
        ["National Day 2026, waiting for parts"] = new("resolution", () => Desk.Ticket("2026-09-30 10:00", ATicket.Request, ForParts), "2026-10-15 18:00", Resolve),
        ["National Day 2026, confirmed after it"] = new("confirmation", () => Desk.Ticket("2026-09-30 10:00", ATicket.Request, Resolve), "2026-10-09 18:00", new Confirm()),
    };

    public static TheoryData<string, int, Arrival> Cases() => ShippedDesk.Cases(Promises);

    public static TheoryData<string, int> Deadlines() => ShippedDesk.Deadlines(Promises);

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_promise_is_kept_until_its_very_deadline_and_missed_a_second_later(string promise, int seconds, Arrival arrival) => Desk.Keeps(Promises[promise], seconds, arrival);

    [Theory]
    [MemberData(nameof(Deadlines))]
    public void The_clock_alone_breaches_after_the_deadline_and_never_at_it(string promise, int seconds) => Desk.IsLeftToTheClock(Promises[promise], seconds);

    [Fact]
    public void Every_entry_of_the_policy_is_here() => Desk.ShowsEveryEntry(Promises.Values);

    [Theory]
    [InlineData(-1, 1, MilestoneState.Running)]
    [InlineData(0, 1, MilestoneState.Running)]
    [InlineData(1, 2, MilestoneState.MetLate)]
    public void An_update_in_time_starts_the_day_anew_and_a_late_one_the_next_cycle(int seconds, int cycles, MilestoneState first)
    {
        var at = ShippedDesk.Shanghai("2026-11-21 09:01").AddSeconds(seconds);
        foreach (var update in (TicketAct[])[new Reply { Text = "进展" }, new NotifyDelay { Text = "再等等" }])
        {
            var ticket = Desk.Ticket(Friday, Hard, new Acknowledge(), update with { OccurredAt = at });
            ticket.Milestones.Last(m => m.Name == "progressUpdate").ShouldSatisfyAllConditions(
                c => c.Cycle.ShouldBe(cycles),
                c => c.State.ShouldBe(MilestoneState.Running),
                c => c.DueAt.ShouldBe(at.AddHours(24)));
            ticket.Milestones.First(m => m.Name == "progressUpdate").State.ShouldBe(first);
        }
    }

    [Fact]
    public void What_nobody_escalates_in_time_the_clock_escalates()
    {
        var ticket = InHand(new ProposeSolution { Text = "重启" }, new Reject());
        var settled = TicketHandler.Settle(ticket, Acting.Context(ticket, ShippedDesk.Shanghai("2026-11-20 13:03:01"), Actor.Clock, Desk.Book));
        settled.Events.Select(e => e.Event).OfType<TicketEscalated>().ShouldHaveSingleItem().ShouldSatisfyAllConditions(
            e => e.Automatic.ShouldBeTrue(),
            e => e.Cause.ShouldBe("breached:escalation"),
            e => e.Level.ShouldBe(1));
        settled.Events.ShouldAllBe(e => e.Actor == Actor.Clock);
    }

    [Fact]
    public void Someone_who_escalates_in_time_spares_the_clock_the_trouble()
    {
        var ticket = InHand(new ProposeSolution { Text = "重启" }, new Reject(), new Escalate());
        ticket.EscalationLevel.ShouldBe(1);
        Desk.Clock(ticket, ShippedDesk.Shanghai("2026-11-21 05:00")).EscalationLevel.ShouldBe(1);
    }

    [Fact]
    public void A_problem_taken_for_complex_by_mistake_is_not_escalated_once_that_is_corrected()
    {
        var corrected = InHand(Complex, new Classify { Complexity = Complexity.Standard });
        corrected.Milestones.Single(m => m.Name == "escalation").State.ShouldBe(MilestoneState.Cancelled);
        Desk.Clock(corrected, ShippedDesk.Shanghai("2026-11-20 23:00")).EscalationLevel.ShouldBe(0);
    }

    [Fact]
    public void Unless_the_customer_has_rejected_a_solution_meanwhile()
    {
        var corrected = InHand(Complex, new ProposeSolution { Text = "重启" }, new Reject(), new Classify { Complexity = Complexity.Standard });
        corrected.Milestones.Single(m => m.Name == "escalation").State.ShouldBe(MilestoneState.Running);
        Desk.Clock(corrected, ShippedDesk.Shanghai("2026-11-20 23:00")).EscalationLevel.ShouldBe(1);
    }

    [Fact]
    public void A_call_that_reaches_nobody_confirms_nothing()
    {
        InHand(Resolve, new CallBack { Reached = false }).Milestones.Single(m => m.Name == "confirmation").State.ShouldBe(MilestoneState.Running);
        InHand(Resolve, new CallBack { Reached = false }, new CallBack { Reached = true, Solved = true }).Milestones.Single(m => m.Name == "confirmation").State.ShouldBe(MilestoneState.Met);
    }

    /// <summary>Opened on a Friday morning, acknowledged a minute later.</summary>
    private static Ticket InHand(params TicketAct[] acts) => Desk.Ticket(Friday, ATicket.Request, [new Acknowledge(), .. acts]);
}
