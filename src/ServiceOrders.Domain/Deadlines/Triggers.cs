using System.Globalization;
using ServiceOrders.Domain.Tickets;

namespace ServiceOrders.Domain.Deadlines;

/// <summary>
/// The conditions by which policies start, meet, cancel and restart clocks: one for each kind of event. Two can be told more exactly after a colon: <c>breached</c> is any
/// breach, <c>breached:resolution</c> that of one milestone; <c>escalated</c> is any escalation, <c>escalated:2</c> that to level 2.
/// </summary>
public static class Triggers
{
    /// <summary>Any breach.</summary>
    public const string Breached = "breached";

    /// <summary>Any escalation.</summary>
    public const string Escalated = "escalated";

    /// <summary>Every trigger that a policy may name (before a colon).</summary>
    public static readonly IReadOnlySet<string> All = new HashSet<string>(StringComparer.Ordinal)
    {
        "opened", "classified", Breached, "acknowledged", "firstResponse", "customerMessage", "staffReply", "informationRequested",
        "informationSupplied", "assigned", "diagnosed", "solutionProposed", "solutionRejected", Escalated, "held", "resumed", "delayNotified",
        "visitScheduled", "arrived", "visitCompleted", "resolved", "confirmed", "rejected", "followUpCalled", "rated", "closed", "reopened", "cancelled",
    };

    /// <summary>What a policy may name after the trigger and a colon; null: nothing.</summary>
    public static string? DetailOf(ITicketEvent happened) => happened switch
    {
        MilestoneBreached e => e.Name,
        TicketEscalated e => e.Level.ToString(CultureInfo.InvariantCulture),
        _ => null,
    };

    /// <summary>The full name of what an event triggers, with the detail where it has one: <c>resolved</c>, <c>breached:resolution</c>; null: nothing.</summary>
    public static string? NameOf(ITicketEvent happened) => Of(happened) is not { } trigger ? null : DetailOf(happened) is { } detail ? $"{trigger}:{detail}" : trigger;

    /// <summary>Whether the full name of what happened is what a policy names, exactly or without its detail.</summary>
    internal static bool Names(string named, ReadOnlySpan<char> happened) => happened.StartsWith(named) && (happened.Length == named.Length || happened[named.Length] == ':');

    /// <summary>
    /// The trigger that an event is; null for notes, notices, a call-back that reached nobody (nothing was asked, nothing closed) and for the clock's own events other than a breach.
    /// </summary>
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
        TicketEscalated => Escalated,
        TicketHeld => "held",
        TicketResumed => "resumed",
        DelayNotified => "delayNotified",
        VisitScheduled => "visitScheduled",
        VisitArrived => "arrived",
        VisitCompleted => "visitCompleted",
        TicketResolved => "resolved",
        ResolutionConfirmed => "confirmed",
        ResolutionRejected => "rejected",
        FollowUpCalled { Reached: true } => "followUpCalled",
        TicketRated => "rated",
        TicketClosed => "closed",
        TicketReopened => "reopened",
        TicketCancelled => "cancelled",
        _ => null,
    };
}
