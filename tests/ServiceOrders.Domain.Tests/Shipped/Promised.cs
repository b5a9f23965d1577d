using System.Globalization;
using System.Text.Json;
using ServiceOrders.Domain.Calendars;
using ServiceOrders.Domain.Deadlines;
using ServiceOrders.Domain.Shipped;
using ServiceOrders.Domain.Tests.Tickets;
using ServiceOrders.Domain.Tickets;
using ServiceOrders.Domain.Tickets.Acts;

namespace ServiceOrders.Domain.Tests.Shipped;

/// <summary>A promise of a shipped policy.</summary>
/// <param name="Milestone">Whose clock.</param>
/// <param name="Given">The ticket, its clock running.</param>
/// <param name="Due">When it is due, in Shanghai, worked out by hand.</param>
/// <param name="Meets">The act that meets it.</param>
/// <param name="LateBy">By how many seconds it is missed when that act comes a second late; a breach that meets itself is not late.</param>
internal sealed record Promised(string Milestone, Func<Ticket> Given, string Due, TicketAct Meets, int LateBy = 1);

/// <summary>In which order the act and the clock reach the service.</summary>
public enum Arrival
{
    /// <summary>The act as it happens, the clock an hour later.</summary>
    ActThenClock,
    /// <summary>The clock at that very instant, then the act as it happens.</summary>
    ClockThenAct,
    /// <summary>The act two minutes after the deadline, told with its true time; the clock an hour later.</summary>
    LateReportThenClock,
    /// <summary>The clock a minute after the deadline, then the act, told with its true time.</summary>
    ClockThenLateReport,
}

/// <summary>A shipped policy in force, and whether its promises hold on both sides of their deadlines.</summary>
internal sealed class ShippedDesk(Policy policy)
{
    public Policy Policy { get; } = policy with { Version = 1 };

    public Rulebook Book => field ??= new Rulebook([new PublishedPolicy(Policy, DateTimeOffset.MinValue)], [BusinessCalendar.Compile(ShippedData.ChineseOffice, 1)]);

    /// <summary>A time in Shanghai, <c>2025-01-24 10:00</c>.</summary>
    public static DateTimeOffset Shanghai(string local) => new DateTimeOffset(DateTime.Parse(local, CultureInfo.InvariantCulture), TimeSpan.FromHours(8)).ToUniversalTime();

    /// <summary>A ticket opened at a time in Shanghai, and what was done to it: each act a minute after the one before, unless it says when.</summary>
    public Ticket Ticket(string opened, OpenTicket request, params TicketAct[] acts) =>
        acts.Aggregate(Domain.Tickets.Ticket.Unopened.After(request, Shanghai(opened), Acting.Shop, Book), (ticket, act) => ticket.After(act, act.OccurredAt, Acting.Boris, Book));

    /// <summary>The clock comes by.</summary>
    public Ticket Clock(Ticket ticket, DateTimeOffset at) => TicketHandler.Settle(ticket, Acting.Context(ticket, at, Actor.Clock, Book)).Ticket;

    /// <summary>What becomes of a promise when the act comes so many seconds after its deadline.</summary>
    public void Keeps(Promised promise, int seconds, Arrival arrival)
    {
        var due = Shanghai(promise.Due);
        var inTime = seconds <= 0 && arrival != Arrival.ClockThenLateReport;
        var cycle = Reached(promise, due, due.AddSeconds(seconds), arrival).Milestones.Last(m => m.Name == promise.Milestone);
        cycle.ShouldSatisfyAllConditions(
            () => cycle.State.ShouldBe(inTime ? MilestoneState.Met : MilestoneState.MetLate),
            () => cycle.DueAt.ShouldBe(due),
            () => cycle.BreachedAt.ShouldBe(inTime ? null : due, "a breach has its true time, and no late report undoes it"),
            () => cycle.Overrun.ShouldBe(inTime ? null : TimeSpan.FromSeconds(seconds > 0 ? promise.LateBy : 0)));
        if (inTime) cycle.MetAt.ShouldBe(due.AddSeconds(seconds));
    }

    /// <summary>What becomes of a promise when nobody does anything and the clock comes so many seconds after its deadline.</summary>
    public void IsLeftToTheClock(Promised promise, int seconds)
    {
        var due = Shanghai(promise.Due);
        var cycle = Clock(promise.Given(), due.AddSeconds(seconds)).Milestones.Last(m => m.Name == promise.Milestone);
        cycle.DueAt.ShouldBe(due);
        cycle.BreachedAt.ShouldBe(seconds <= 0 ? null : due);
        cycle.State.ShouldBe(seconds <= 0 ? MilestoneState.Running : promise.LateBy == 0 ? MilestoneState.MetLate : MilestoneState.Breached);
    }

    private Ticket Reached(Promised promise, DateTimeOffset due, DateTimeOffset at, Arrival arrival)
    {
        var given = promise.Given();
        var told = promise.Meets with { OccurredAt = at };
        switch (arrival)
        {
            case Arrival.ActThenClock:
                return Clock(Act(given, told, at), due.AddHours(1));
            case Arrival.ClockThenAct:
                var clockFirst = Act(Clock(given, at), told, at);
                JsonSerializer.Serialize(clockFirst).ShouldBe(JsonSerializer.Serialize(Act(given, told, at)), "whether the clock came by just before makes no difference to anything");
                return clockFirst;
            case Arrival.LateReportThenClock:
                return Clock(Act(given, told, due.AddMinutes(2)), due.AddHours(1));
            default:
                return Act(Clock(given, due.AddMinutes(1)), told, due.AddMinutes(2));
        }
    }

    private Ticket Act(Ticket ticket, TicketAct act, DateTimeOffset recorded) => ticket.After(act, recorded, Acting.Boris, Book);

    /// <summary>Every promise on both sides of its deadline, in every order of arrival.</summary>
    public static TheoryData<string, int, Arrival> Cases(IReadOnlyDictionary<string, Promised> promises)
    {
        var cases = new TheoryData<string, int, Arrival>();
        foreach (var name in promises.Keys)
        {
            foreach (var seconds in Seconds)
            {
                foreach (var arrival in Enum.GetValues<Arrival>()) cases.Add(name, seconds, arrival);
            }
        }
        return cases;
    }

    /// <summary>Every promise on both sides of its deadline.</summary>
    public static TheoryData<string, int> Deadlines(IReadOnlyDictionary<string, Promised> promises)
    {
        var cases = new TheoryData<string, int>();
        foreach (var name in promises.Keys)
        {
            foreach (var seconds in Seconds) cases.Add(name, seconds);
        }
        return cases;
    }

    /// <summary>No entry of the policy goes without a promise in the table.</summary>
    public void ShowsEveryEntry(IEnumerable<Promised> promises) =>
        promises.Select(p => p.Given().Milestones.Last(m => m.Name == p.Milestone).Entry).Distinct().Order().ShouldBe(Enumerable.Range(1, Policy.Milestones.Count).Select(i => (int?)i));

    private static readonly int[] Seconds = [-1, 0, 1];
}
