using ServiceOrders.Domain.Deadlines;
using ServiceOrders.Domain.Tickets;

namespace ServiceOrders.Domain.Tests.Deadlines;

/// <summary>Policies for stories, as short as the point they make.</summary>
internal static class Rules
{
    public static Policy Of(params MilestoneRule[] milestones) => new() { Name = "story", Version = 1, Milestones = milestones };

    public static MilestoneRule Resolution(Target? target = null) => new()
    {
        Name = "resolution", Target = target ?? Target.OfElapsed("PT10H"), StartsOn = ["opened"], MetBy = ["resolved"],
        PausedBy = [HoldReason.AwaitingCustomer], CancelledBy = ["cancelled"], WarnAt = [50, 80],
    };

    public static MilestoneRule Reply => new()
    {
        Name = "reply", Target = Target.OfElapsed("PT1H"), StartsOn = ["customerMessage"], MetBy = ["staffReply"], Repeat = true,
    };

    public static MilestoneRule Update => new()
    {
        Name = "progressUpdate", Target = Target.OfElapsed("PT24H"), StartsOn = ["acknowledged"], MetBy = ["resolved"], RestartsOn = ["staffReply", "delayNotified"],
    };

    public static MilestoneRule Escalation => new()
    {
        Name = "escalation", Target = Target.OfElapsed("PT4H"), StartsOn = ["breached:resolution"], MetBy = ["escalated"], OnBreach = [new BreachAction { Escalate = 2 }],
    };

    public static MilestoneRule Arrival => new()
    {
        Name = "arrival", Target = new Target { Agreed = "visit" }, StartsOn = ["visitScheduled"], MetBy = ["arrived"], RestartsOn = ["visitScheduled"], Repeat = true,
        CancelledBy = ["resolved", "cancelled"], WarnAt = [75],
    };

    public static readonly TicketAcknowledged Acknowledged = new(null as string);
    public static readonly TicketResolved Resolved = new("sealed");
    public static readonly TicketResumed Resumed = new(null as string);
    public static readonly TicketClosed Closed = new(null as string);
    public static readonly TicketReopened Reopened = new(null as string);
    public static readonly TicketCancelled Cancelled = new(null as string);
    public static readonly ResolutionRejected Rejected = new(null as string);
    public static readonly ResolutionConfirmed Confirmed = new(null as string);
    public static readonly VisitArrived Arrived = new();
    public static readonly VisitCompleted Completed = new(null as string);
    public static readonly NoteAdded Note = new("sealed");

    public static VisitScheduled Scheduled(string at) => new(Story.At(at), null, null, null);
    public static TicketHeld Held(HoldReason reason = HoldReason.AwaitingCustomer) => new(reason, null, null);
    public static CustomerMessageReceived Message => new(Guid.CreateVersion7(), Medium.Chat, "sealed");
    public static StaffReplySent StaffReply => new(Guid.CreateVersion7(), Medium.Chat, "sealed", null);
    public static TicketClassified Classified(Complexity complexity) => new(TicketKind.Repair, Urgency.Normal, complexity, CustomerTier.Standard, null);
}
