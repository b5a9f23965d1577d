using ServiceOrders.Domain.Tickets;

namespace ServiceOrders.Domain.Deadlines;

/// <summary>
/// The conditions by which policies start, meet, cancel and restart clocks: one for each kind of event. <c>breached</c> is any breach,
/// <c>breached:resolution</c> that of one milestone.
/// </summary>
public static class Triggers
{
    /// <summary>Any breach.</summary>
    public const string Breached = "breached";

    /// <summary>Every trigger that a policy may name (before a colon).</summary>
    public static readonly IReadOnlySet<string> All = new HashSet<string>(StringComparer.Ordinal)
    {
        "opened", "classified", Breached, "acknowledged", "firstResponse", "customerMessage", "staffReply", "informationRequested",
        "informationSupplied", "assigned", "diagnosed", "solutionProposed", "solutionRejected", "escalated", "held", "resumed", "delayNotified",
        "visitScheduled", "arrived", "visitCompleted", "resolved", "confirmed", "rejected", "followUpCalled", "rated", "closed", "reopened", "cancelled",
    };

    /// <summary>The trigger that an event is; null for notes and for the clock's own events other than a breach.</summary>
    public static string? Of(ITicketEvent happened) => happened switch
    {
        TicketOpened => "opened",
        TicketClassified => "classified",
        MilestoneBreached => Breached,
        TicketAcknowledged => "acknowledged",
        FirstResponseGiven => "firstResponse",
        CustomerMessageReceived => "customerMessage",
        StaffReplySent => "staffReply",
        InformationRequested => "informationRequested",
        InformationSupplied => "informationSupplied",
        TicketAssigned => "assigned",
        FaultDiagnosed => "diagnosed",
        SolutionProposed => "solutionProposed",
        SolutionRejected => "solutionRejected",
        TicketEscalated => "escalated",
        TicketHeld => "held",
        TicketResumed => "resumed",
        DelayNotified => "delayNotified",
        VisitScheduled => "visitScheduled",
        VisitArrived => "arrived",
        VisitCompleted => "visitCompleted",
        TicketResolved => "resolved",
        ResolutionConfirmed => "confirmed",
        ResolutionRejected => "rejected",
        FollowUpCalled => "followUpCalled",
        TicketRated => "rated",
        TicketClosed => "closed",
        TicketReopened => "reopened",
        TicketCancelled => "cancelled",
        _ => null,
    };
}
