using System.Collections.Immutable;
using ServiceOrders.Domain.Deadlines;

namespace ServiceOrders.Domain.Tickets;

/// <summary>How events make a ticket.</summary>
public static class TicketEvolution
{
    /// <summary>The ticket after an event. Total: every kind of event has its case; an unknown one throws.</summary>
    public static Ticket Evolve(this Ticket ticket, ITicketEvent happened, EventMeta meta) => Apply(ticket, happened, meta) with
    {
        Version = meta.Version,
        ActVersion = meta.Actor.Kind is ActorKind.Clock or ActorKind.System ? ticket.ActVersion : meta.Version,
        LastOccurredAt = meta.OccurredAt,
        UpdatedAt = meta.RecordedAt,
        Triggered = Remember(ticket, happened, meta),
    };

    private static Ticket Apply(Ticket ticket, ITicketEvent happened, EventMeta meta) => happened switch
    {
        TicketOpened e => Open(e, meta),
        InformationRequested e => ticket with { InformationPending = true, MissingInformation = [.. ticket.MissingInformation.Union(e.Fields)] },
        InformationSupplied e => ticket with
        {
            Product = e.Product ?? ticket.Product,
            SealedContact = e.SealedContact ?? ticket.SealedContact,
            PreferredMedium = e.SealedContact is null ? ticket.PreferredMedium : e.PreferredMedium,
            MissingInformation = [.. e.MissingInformation],
            InformationPending = false,
        },
        TicketClassified e => ticket with { Kind = e.Kind, Urgency = e.Urgency, Complexity = e.Complexity, Tier = e.Tier },
        TicketAcknowledged => AtLeast(ticket with { AcknowledgedAt = ticket.AcknowledgedAt ?? meta.OccurredAt }, TicketStatus.Acknowledged),
        TicketAssigned e => AtLeast(ticket with { Team = e.Team, Assignee = e.Assignee }, TicketStatus.InProgress),
        FirstResponseGiven => AtLeast(ticket with { FirstRespondedAt = ticket.FirstRespondedAt ?? meta.OccurredAt }, TicketStatus.Acknowledged),
        CustomerMessageReceived e => ticket with { Messages = Remember(ticket, e.MessageId) },
        StaffReplySent e => AtLeast(ticket with { Messages = Remember(ticket, e.MessageId) }, TicketStatus.Acknowledged),
        FaultDiagnosed e => AtLeast(ticket with { FaultCause = e.Cause }, TicketStatus.InProgress),
        SolutionProposed => AtLeast(ticket with { SolutionPending = true }, TicketStatus.InProgress),
        SolutionRejected => ticket with { SolutionPending = false },
        TicketHeld e => ticket with
        {
            Hold = new Hold(e.Reason, meta.OccurredAt, e.ExpectedUntil, ticket.Status),
            Holds = [.. ticket.Holds.Where(h => h.Reason != e.Reason), new PastHold(e.Reason, null)],
            Status = e.Reason == HoldReason.AwaitingCustomer && ticket.InformationPending ? TicketStatus.AwaitingInformation : TicketStatus.OnHold,
        },
        TicketResumed => ticket with { Status = ticket.Hold?.StatusBefore ?? ticket.Status, Hold = null, Holds = Ended(ticket, meta), InformationPending = false },
        DelayNotified e => ticket.Hold is { } hold && e.ExpectedResolution is not null ? ticket with { Hold = hold with { ExpectedUntil = e.ExpectedResolution } } : ticket,
        VisitScheduled e => AtLeast(ticket with { Visit = new Visit(e.At, e.Until, e.Technician), Agreed = ticket.Agreed.SetItem(Visit.Agreement, e.Until ?? e.At) }, TicketStatus.InProgress),
        VisitArrived => AtLeast(ticket with { Visit = ticket.Visit is { } visit ? visit with { ArrivedAt = meta.OccurredAt } : null }, TicketStatus.InProgress),
        VisitCompleted => ticket with { Visit = ticket.Visit is { } visit ? visit with { CompletedAt = meta.OccurredAt } : null, Agreed = ticket.Agreed.Remove(Visit.Agreement) },
        TicketEscalated e => ticket with { EscalationLevel = e.Level, EscalatedTo = e.To ?? ticket.EscalatedTo },
        TicketResolved => ticket with { Status = TicketStatus.Resolved, ResolvedAt = meta.OccurredAt, Hold = null, Holds = Ended(ticket, meta), InformationPending = false, SolutionPending = false },
        ResolutionConfirmed => ticket with { Status = TicketStatus.Confirmed },
        ResolutionRejected or TicketReopened => ticket with
        {
            Status = TicketStatus.InProgress, ResolvedAt = null, EndedAt = null, ReopenCount = ticket.ReopenCount + 1,
        },
        FollowUpCalled => ticket,
        TicketRated e => ticket with { Rating = e.Score },
        TicketClosed => End(ticket, TicketStatus.Closed, meta),
        TicketCancelled => End(ticket, TicketStatus.Cancelled, meta),
        NoteAdded or PartyNotified => ticket,
        PersonalDataErased => ticket with { SealedDescription = "", SealedContact = null, PreferredMedium = null, IsErased = true },
        LegalHoldPlaced => ticket with { LegalHold = new LegalHold(meta.OccurredAt, meta.Actor) },
        LegalHoldLifted => ticket with { LegalHold = null },
        PolicyRebound e => ticket with { PolicyVersion = e.PolicyVersion },
        _ => ticket with { Milestones = MilestoneEvolution.Evolve(ticket.Milestones, happened) },
    };

    private static Ticket Open(TicketOpened e, EventMeta meta) => new()
    {
        Number = e.Number, Status = TicketStatus.Open, Channel = e.Channel, ExternalReference = e.ExternalReference, Medium = e.Medium, Kind = e.Kind,
        Urgency = e.Urgency, Complexity = e.Complexity, Tier = e.Tier, Classification = e.Classification, Region = e.Region, CustomerId = e.CustomerId,
        SubjectId = e.SubjectId, Product = e.Product, SealedDescription = e.SealedDescription, SealedContact = e.SealedContact,
        PreferredMedium = e.PreferredMedium, MissingInformation = [.. e.MissingInformation], OpenedAt = meta.OccurredAt,
        Policy = e.Policy, PolicyVersion = e.PolicyVersion ?? 0, Calendar = e.Calendar,
    };

    private static Ticket End(Ticket ticket, TicketStatus status, EventMeta meta) => ticket with
    {
        Status = status, EndedAt = meta.OccurredAt, Hold = null, Holds = Ended(ticket, meta), InformationPending = false, SolutionPending = false,
    };

    private static ImmutableArray<PastHold> Ended(Ticket ticket, EventMeta meta) =>
        ticket.Hold is null ? ticket.Holds : [.. ticket.Holds.Select(h => h with { Until = h.Until ?? meta.OccurredAt })];

    private static ImmutableArray<LastTriggered> Remember(Ticket ticket, ITicketEvent happened, EventMeta meta) =>
        happened is not TicketOpened && Triggers.NameOf(happened) is { } name
            ? [.. ticket.Triggered.Where(t => t.Trigger != name), new LastTriggered(name, meta.OccurredAt)]
            : ticket.Triggered;

    /// <summary>Open, acknowledged, in progress: work moves forward through these and never back; during a hold it is the status to be restored that moves.</summary>
    private static Ticket AtLeast(Ticket ticket, TicketStatus status)
    {
        if (ticket.Hold is { } hold) return ticket with { Hold = hold with { StatusBefore = Later(hold.StatusBefore, status) } };
        return ticket with { Status = Later(ticket.Status, status) };
    }

    private static TicketStatus Later(TicketStatus current, TicketStatus status) => current switch
    {
        TicketStatus.Open => status,
        TicketStatus.Acknowledged when status == TicketStatus.InProgress => status,
        _ => current,
    };

    /// <summary>Only the latest messages can be answered by reference: a ticket's state stays small however long the conversation.</summary>
    private static ImmutableArray<Guid> Remember(Ticket ticket, Guid message) =>
        ticket.Messages.Length < MessagesRemembered ? ticket.Messages.Add(message) : ticket.Messages.RemoveAt(0).Add(message);

    private const int MessagesRemembered = 100;
}
