using ServiceOrders.Domain.Shipped;
using ServiceOrders.Domain.Tests.Tickets;
using ServiceOrders.Domain.Tickets;
using ServiceOrders.Domain.Tickets.Acts;

namespace ServiceOrders.Domain.Tests.Shipped;

/// <summary>Every promise of the shipped policy <c>order-desk</c> (003), on both sides of its deadline.</summary>
public class OrderDeskDeadlineTests
{
    private const string Friday = "2026-11-20 09:00";

    private static readonly ShippedDesk Desk = new(ShippedData.OrderDeskPolicy);
    private static readonly OpenTicket Easy = ATicket.Request with { Complexity = Complexity.Simple };
    private static readonly OpenTicket Hard = ATicket.Request with { Complexity = Complexity.Complex };
    private static readonly Resolve Resolve = new() { Text = "好了" };

    private static readonly Dictionary<string, Promised> Promises = new()
    {
        ["whoever writes hears within an hour"] = new("firstResponse", () => Desk.Ticket(Friday, ATicket.Request), "2026-11-20 10:00", new ContactCustomer()),
        ["at night too"] = new("firstResponse", () => Desk.Ticket("2026-02-17 23:30", Hard), "2026-02-18 00:30", new ContactCustomer { ExpectedWait = "PT10H" }),
        ["a simple problem is resolved within 24 hours"] = new("resolution", () => Desk.Ticket(Friday, Easy), "2026-11-21 09:00", Resolve),
        ["a standard problem is resolved within 24 hours"] = new("resolution", () => Desk.Ticket(Friday, ATicket.Request), "2026-11-21 09:00", Resolve),
        ["the 24 hours are hours of the clock, holidays or not"] = new("resolution", () => Desk.Ticket("2026-02-16 10:00", ATicket.Request), "2026-02-17 10:00", Resolve),
        ["what the customer owes for an hour and a quarter adds that"] = new("resolution", () => Desk.Ticket(Friday, ATicket.Request,
            new PutOnHold { Reason = HoldReason.AwaitingCustomer, OccurredAt = ShippedDesk.Shanghai("2026-11-20 20:00") },
            new ReceiveMessage { Text = "好的", OccurredAt = ShippedDesk.Shanghai("2026-11-20 21:15") }), "2026-11-21 10:15", Resolve),
        ["a wait for parts adds nothing"] = new("resolution", () => Desk.Ticket(Friday, ATicket.Request, new PutOnHold { Reason = HoldReason.AwaitingParts }), "2026-11-21 09:00", Resolve),
        ["a complex problem is resolved by the 3rd working day"] = new("resolution", () => Desk.Ticket(Friday, Hard), "2026-11-25 18:00", Resolve),
        ["one that turns out to be complex has its days from the opening"] =
            new("resolution", () => Desk.Ticket(Friday, ATicket.Request, new Classify { Complexity = Complexity.Complex }), "2026-11-25 18:00", Resolve),

        // 2025: 28 January to 4 February off, Sunday 26 January and Saturday 8 February worked.
        ["Spring Festival 2025, with a Sunday made up before it"] = new("resolution", () => Desk.Ticket("2025-01-24 10:00", Hard), "2025-02-05 18:00", Resolve),
        ["Spring Festival 2025, with a Saturday made up after it"] = new("resolution", () => Desk.Ticket("2025-02-05 10:00", Hard), "2025-02-08 18:00", Resolve),
        // 2025: 1 to 8 October off, Sunday 28 September and Saturday 11 October worked.
        ["National Day 2025, opened on a Sunday made up"] = new("resolution", () => Desk.Ticket("2025-09-28 10:00", Hard), "2025-10-09 18:00", Resolve),
        ["National Day 2025, opened on its last day"] = new("resolution", () => Desk.Ticket("2025-10-08 10:00", Hard), "2025-10-11 18:00", Resolve),
        // 2026: 15 to 23 February off, Saturdays 14 and 28 February worked.
        ["Spring Festival 2026, with a Saturday made up before it"] = new("resolution", () => Desk.Ticket("2026-02-13 10:00", Hard), "2026-02-25 18:00", Resolve),
        ["Spring Festival 2026, with a Saturday made up after it"] = new("resolution", () => Desk.Ticket("2026-02-26 10:00", Hard), "2026-03-02 18:00", Resolve),
        // 2026: 1 to 7 October off, Saturday 10 October worked.
        ["National Day 2026, around it"] = new("resolution", () => Desk.Ticket("2026-09-29 10:00", Hard), "2026-10-09 18:00", Resolve),
        ["National Day 2026, opened on its first day"] = new("resolution", () => Desk.Ticket("2026-10-01 10:00", Hard), "2026-10-10 18:00", Resolve),
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
}
