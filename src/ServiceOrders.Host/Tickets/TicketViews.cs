using System.Xml;
using ServiceOrders.Domain.Deadlines;
using ServiceOrders.Domain.Privacy;
using ServiceOrders.Domain.Tickets;
using ServiceOrders.Host.Privacy;

namespace ServiceOrders.Host.Tickets;

/// <summary>A ticket's state as its callers see it.</summary>
public static class TicketViews
{
    /// <summary>The view of a state.</summary>
    /// <param name="ticket">The state.</param>
    /// <param name="disclosure">What its reader may know of its data subject.</param>
    /// <param name="rules">Knows the calendars that its clocks count on.</param>
    /// <param name="asOf">The instant at which running clocks are read.</param>
    /// <exception cref="UnknownRuleException">The snapshot lacks a calendar's version.</exception>
    public static TicketView Of(Ticket ticket, Disclosure disclosure, Rulebook rules, DateTimeOffset asOf)
    {
        ArgumentNullException.ThrowIfNull(ticket);
        ArgumentNullException.ThrowIfNull(disclosure);
        return new TicketView
        {
            Id = ticket.Id, Number = ticket.Number, Version = ticket.Version, Status = ticket.Status, Kind = ticket.Kind, Urgency = ticket.Urgency,
            Complexity = ticket.Complexity, Tier = ticket.Tier, Classification = ticket.Classification, Channel = ticket.Channel, Medium = ticket.Medium,
            ExternalReference = ticket.ExternalReference, Region = ticket.Region, CustomerId = ticket.CustomerId, OpenedAt = ticket.OpenedAt, UpdatedAt = ticket.UpdatedAt,
            AcknowledgedAt = ticket.AcknowledgedAt, FirstRespondedAt = ticket.FirstRespondedAt, ResolvedAt = ticket.ResolvedAt, EndedAt = ticket.EndedAt,
            MissingInformation = ticket.MissingInformation, Team = ticket.Team, Assignee = ticket.Assignee, EscalationLevel = ticket.EscalationLevel, EscalatedTo = ticket.EscalatedTo,
            Hold = ticket.Hold is { } hold ? new HoldView(hold.Reason, hold.Since, hold.ExpectedUntil) : null,
            LegalHold = ticket.LegalHold, FaultCause = ticket.FaultCause, Visit = ticket.Visit, SolutionPending = ticket.SolutionPending, ReopenCount = ticket.ReopenCount, Rating = ticket.Rating,
            Description = disclosure.Text(ticket.SealedDescription, PersonalData.Description), Product = ticket.Product, Contact = disclosure.Contact(ticket.SealedContact), Erased = disclosure.IsErased,
            Policy = ticket.Policy, PolicyVersion = ticket.Policy is null ? null : ticket.PolicyVersion,
            NextDueAt = NextDeadline(ticket), Milestones = [.. ticket.Milestones.Select(cycle => Of(cycle, rules, asOf))],
        };
    }

    /// <summary>The view of a milestone's cycle.</summary>
    /// <param name="cycle">The cycle.</param>
    /// <param name="rules">Knows the calendar that it counts on.</param>
    /// <param name="asOf">The instant at which a running clock is read.</param>
    /// <exception cref="UnknownRuleException">The snapshot lacks the calendar's version.</exception>
    public static MilestoneView Of(MilestoneCycle cycle, Rulebook rules, DateTimeOffset asOf)
    {
        ArgumentNullException.ThrowIfNull(cycle);
        ArgumentNullException.ThrowIfNull(rules);
        var now = asOf < cycle.StartedAt ? cycle.StartedAt : asOf;
        return new MilestoneView
        {
            Name = cycle.Name, Cycle = cycle.Cycle, State = cycle.State, StartedAt = cycle.StartedAt, DueAt = cycle.DueAt, Provisional = cycle.Provisional,
            Target = cycle.Target, Calendar = cycle.Calendar, CalendarVersion = cycle.CalendarVersion, Policy = cycle.Policy, PolicyVersion = cycle.PolicyVersion,
            Entry = cycle.Entry,
            PausedFor = XmlConvert.ToString(Budget.PausedFor(cycle, now)),
            Elapsed = XmlConvert.ToString(Budget.Used(cycle, rules.Calendar(cycle.Calendar, cycle.CalendarVersion), now)),
            Warnings = [.. cycle.Warnings.Select(w => new WarningView(w.Percent, w.WarnedAt, w.At))],
            MetAt = cycle.MetAt, BreachedAt = cycle.BreachedAt, Annotations = cycle.Annotations, Overrun = cycle.Overrun is { } overrun ? XmlConvert.ToString(overrun) : null,
        };
    }

    private static DateTimeOffset? NextDeadline(Ticket ticket) =>
        ticket.Milestones.Where(m => m.State == MilestoneState.Running).Min(m => (DateTimeOffset?)m.DueAt);
}
