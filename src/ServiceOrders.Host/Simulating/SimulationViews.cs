using System.Xml;
using ServiceOrders.Domain.Deadlines;
using ServiceOrders.Domain.Simulations;
using ServiceOrders.Domain.Tickets;
using ServiceOrders.Host.Tickets;

namespace ServiceOrders.Host.Simulating;

/// <summary>Simulations as their callers see them.</summary>
internal static class SimulationViews
{
    public static SupposedTicket Of(Ticket ticket, Rulebook rules, DateTimeOffset until) =>
        new(until, ticket.Status, ticket.EscalationLevel, ticket.Policy, ticket.Policy is null ? null : ticket.PolicyVersion, Milestones(ticket, rules, until));

    public static TicketSimulated Of(SimulatedTicket ticket, Candidate candidate, DateTimeOffset until) => new(
        ticket.Actual.Id, ticket.Actual.Number, ticket.Actual.OpenedAt, Milestones(ticket.Actual, candidate.Known, until), Milestones(ticket.Candidate, candidate.Rules, until),
        [.. ticket.Milestones.Where(pair => pair.Differs).Select(Of)]);

    public static SimulationSummary Of(SimulationTally tally, long notSimulated, Candidate candidate, DateTimeOffset until) =>
        new(tally.Tickets, notSimulated, tally.Differing, until, candidate.Policy?.Name, candidate.Policy?.Version, [.. tally.Milestones.Select(Of)]);

    private static MilestoneView[] Milestones(Ticket ticket, Rulebook rules, DateTimeOffset until) => [.. ticket.Milestones.Select(cycle => TicketViews.Of(cycle, rules, until))];

    private static MilestoneDifference Of(MilestonePair pair) => new(pair.Name, pair.Cycle, Of(pair.Actual), Of(pair.Candidate), pair.IsNewlyBreached, pair.IsNewlyKept);

    private static StandingView? Of(CycleStanding? standing) => standing is null ? null : new(standing.Result, standing.DueAt, Text(standing.Overrun), Text(standing.ToSpare));

    private static OutlookView Of(MilestoneOutlook outlook) => new(outlook.Name, Of(outlook.Actual), Of(outlook.Candidate), outlook.NewlyBreached, outlook.NewlyKept);

    private static SideView Of(SideTally side) => new(side.Cycles, side.Met, side.Missed, side.Cancelled, side.Open, Text(side.MedianOverrun), Text(side.MaxOverrun));

    private static string? Text(TimeSpan? duration) => duration is { } length ? XmlConvert.ToString(length) : null;
}
