using System.Xml;
using ServiceOrders.Domain.Deadlines;
using ServiceOrders.Domain.Tickets;

namespace ServiceOrders.Host.Importing;

/// <summary>What an import with <c>detail=true</c> tells of a ticket.</summary>
internal static class TicketTolds
{
    public static TicketTold Of(long line, ImportedLine imported, Ticket ticket, DateTimeOffset now) => new(
        line, imported.Reference, imported.Id, ticket.Number, imported.Ticket is null, [.. ticket.Milestones.Select(cycle => Of(cycle, now))]);

    private static MilestoneTold Of(MilestoneCycle cycle, DateTimeOffset now) => new(
        cycle.Name, cycle.Cycle, cycle.State, cycle.StartedAt, cycle.DueAt, cycle.MetAt, cycle.Provisional, XmlConvert.ToString(Budget.PausedFor(cycle, now)));
}
