using ServiceOrders.Domain.Deadlines;
using ServiceOrders.Domain.Shipped;
using ServiceOrders.Domain.Tests.Tickets;
using ServiceOrders.Domain.Tickets;
using ServiceOrders.Domain.Tickets.Acts;

namespace ServiceOrders.Domain.Tests.Shipped;

/// <summary>Every promise of the shipped policy <c>field-service</c> (000, 004), on both sides of its deadline.</summary>
public class FieldServiceDeadlineTests
{
    private const string Friday = "2026-11-20 09:00";

    private static readonly ShippedDesk Desk = new(ShippedData.FieldServicePolicy);
    private static readonly OpenTicket Easy = ATicket.Request with { Complexity = Complexity.Simple };
    private static readonly OpenTicket Hard = ATicket.Request with { Complexity = Complexity.Complex };
    private static readonly Resolve Resolve = new() { Text = "好了" };
    private static readonly ScheduleVisit NextWeek = VisitAt("2026-11-27 10:00");

    private static readonly Dictionary<string, Promised> Promises = new()
    {
        ["a question is answered within 15 minutes"] = new("firstResponse", () => Opened(ATicket.Request with { Kind = TicketKind.Consultation }), "2026-11-20 09:15", new ContactCustomer()),
        ["of a repair the customer is contacted within 24 hours"] = new("firstResponse", () => Opened(ATicket.Request), "2026-11-21 09:00", new ContactCustomer()),
        ["and of a complaint"] = new("firstResponse", () => Opened(ATicket.Request with { Kind = TicketKind.Complaint }), "2026-11-21 09:00", new ContactCustomer()),
        ["a question that turns out to be a repair has the 24 hours of one"] =
            new("firstResponse", () => Opened(ATicket.Request with { Kind = TicketKind.Consultation }, new Classify { Kind = TicketKind.Repair }), "2026-11-21 09:00", new ContactCustomer()),

        ["what is simple is resolved remotely within 2 hours"] = new("resolution", () => Opened(Easy), "2026-11-20 11:00", Resolve),
        ["what turns out to be simple is resolved within 2 hours from then"] =
            new("resolution", () => Opened(ATicket.Request, new Classify { Complexity = Complexity.Simple }), "2026-11-20 11:01", Resolve),
        ["what the customer owes for an hour adds that"] = new("resolution", () => Opened(Easy,
            new PutOnHold { Reason = HoldReason.AwaitingCustomer, OccurredAt = ShippedDesk.Shanghai("2026-11-20 10:00") },
            new ReceiveMessage { Text = "好的", OccurredAt = ShippedDesk.Shanghai("2026-11-20 11:00") }), "2026-11-20 12:00", Resolve),

        ["in the municipalities a visit is arranged within 4 hours"] = new("visitArranged", () => Opened(In("CN-31")), "2026-11-20 13:00", NextWeek),
        ["by whichever code they are named"] = new("visitArranged", () => Opened(In("CN-BJ")), "2026-11-20 13:00", NextWeek),
        ["in the nearer provinces within 24 hours"] = new("visitArranged", () => Opened(In("CN-44")), "2026-11-21 09:00", NextWeek),
        ["in the farther ones within 48 hours"] = new("visitArranged", () => Opened(In("CN-XJ")), "2026-11-22 09:00", NextWeek),
        ["and wherever nobody knows where"] = new("visitArranged", () => Opened(ATicket.Request), "2026-11-22 09:00", NextWeek),
        ["for a complex repair as well"] = new("visitArranged", () => Opened(Hard with { Region = "CN-31" }), "2026-11-20 13:00", NextWeek),
        ["a repair that cannot be solved remotely after all has its hours from then"] =
            new("visitArranged", () => Opened(Easy with { Region = "CN-31" }, new Classify { Complexity = Complexity.Standard }), "2026-11-20 13:01", NextWeek),
        ["holidays or not"] = new("visitArranged", () => Desk.Ticket("2026-02-17 10:00", In("CN-65")), "2026-02-19 10:00", VisitAt("2026-02-25 10:00")),

        ["an ordinary repair is diagnosed within 48 hours"] = new("repairResponse", () => Opened(ATicket.Request), "2026-11-22 09:00", new Diagnose { Cause = FaultCause.Hardware }),
        ["a simple one too"] = new("repairResponse", () => Opened(Easy), "2026-11-22 09:00", new Diagnose { Cause = FaultCause.Handling }),
        ["a complex one within 72 hours"] = new("repairResponse", () => Opened(Hard), "2026-11-23 09:00", new Diagnose { Cause = FaultCause.Software, Remote = false }),
        ["one that turns out to be complex within 72 hours from its opening"] =
            new("repairResponse", () => Opened(ATicket.Request, new Classify { Complexity = Complexity.Complex }), "2026-11-23 09:00", new Diagnose { Cause = FaultCause.Unknown }),

        ["the technician comes at the time agreed"] = new("arrival", () => Opened(ATicket.Request, VisitAt("2026-11-23 14:00")), "2026-11-23 14:00", new Arrive()),
        ["or before the window agreed ends"] =
            new("arrival", () => Opened(ATicket.Request, VisitAt("2026-11-23 14:00") with { Until = ShippedDesk.Shanghai("2026-11-23 16:00") }), "2026-11-23 16:00", new Arrive()),
        ["or at the time agreed instead"] = new("arrival", () => Opened(ATicket.Request, VisitAt("2026-11-23 14:00"), VisitAt("2026-11-24 09:30")), "2026-11-24 09:30", new Arrive()),
        ["or earlier, when that is agreed"] = new("arrival", () => Opened(ATicket.Request, VisitAt("2026-11-23 14:00"), VisitAt("2026-11-21 09:30")), "2026-11-21 09:30", new Arrive()),
        ["whatever is waited for meanwhile"] =
            new("arrival", () => Opened(ATicket.Request, VisitAt("2026-11-23 14:00"), new PutOnHold { Reason = HoldReason.AwaitingCustomer }), "2026-11-23 14:00", new Arrive()),
        ["the second visit is promised like the first"] = new("arrival", () => Opened(ATicket.Request, VisitAt("2026-11-23 14:00"),
            new Arrive { OccurredAt = ShippedDesk.Shanghai("2026-11-23 13:55") }, new CompleteVisit(), VisitAt("2026-11-25 10:00")), "2026-11-25 10:00", new Arrive()),
        ["after a missed visit the next one is promised too"] = new("arrival", () => Opened(ATicket.Request, VisitAt("2026-11-23 14:00"),
            VisitAt("2026-11-25 10:00") with { OccurredAt = ShippedDesk.Shanghai("2026-11-23 15:00") }), "2026-11-25 10:00", new Arrive()),
        ["in the middle of Spring Festival, when that is agreed"] =
            new("arrival", () => Desk.Ticket("2026-02-13 10:00", ATicket.Request, VisitAt("2026-02-18 10:00")), "2026-02-18 10:00", new Arrive()),
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

    [Fact]
    public void A_missed_visit_stays_missed_and_the_next_cycle_is_another()
    {
        var ticket = Opened(ATicket.Request, VisitAt("2026-11-23 14:00"), VisitAt("2026-11-25 10:00") with { OccurredAt = ShippedDesk.Shanghai("2026-11-23 15:00") });

        var arrivals = ticket.Milestones.Where(m => m.Name == "arrival").ToArray();
        arrivals.Select(a => (a.Cycle, a.State)).ShouldBe([(1, MilestoneState.MetLate), (2, MilestoneState.Running)]);
        (arrivals[0].BreachedAt, arrivals[0].Overrun).ShouldBe((ShippedDesk.Shanghai("2026-11-23 14:00"), TimeSpan.FromHours(1)));
    }

    [Fact]
    public void What_was_diagnosed_and_then_called_complex_need_not_be_diagnosed_again()
    {
        var ticket = Opened(ATicket.Request, new Diagnose { Cause = FaultCause.Hardware }, new Classify { Complexity = Complexity.Complex });

        ticket.Milestones.Where(m => m.Name == "repairResponse").ShouldHaveSingleItem().State.ShouldBe(MilestoneState.Met);
    }

    [Fact]
    public void What_is_solved_remotely_after_all_needs_no_visit()
    {
        var ticket = Opened(In("CN-31"), new Classify { Complexity = Complexity.Simple });

        ticket.Milestones.Single(m => m.Name == "visitArranged").State.ShouldBe(MilestoneState.Cancelled);
        Opened(Easy with { Region = "CN-31" }).Milestones.ShouldNotContain(m => m.Name == "visitArranged");
        Opened(In("CN-31") with { Kind = TicketKind.Complaint }).Milestones.ShouldNotContain(m => m.Name == "visitArranged" || m.Name == "repairResponse");
    }

    private static Ticket Opened(OpenTicket request, params TicketAct[] acts) => Desk.Ticket(Friday, request, acts);

    private static OpenTicket In(string region) => ATicket.Request with { Region = region };

    private static ScheduleVisit VisitAt(string time) => new() { At = ShippedDesk.Shanghai(time) };
}
