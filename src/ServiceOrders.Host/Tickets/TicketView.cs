using ServiceOrders.Domain.Deadlines;
using ServiceOrders.Domain.Tickets;

namespace ServiceOrders.Host.Tickets;

/// <summary>A ticket as every read and every act answers it: unsealed, for the eyes of its caller only.</summary>
public sealed record TicketView
{
    /// <summary>The stream's id, UUIDv7.</summary>
    public required Guid Id { get; init; }
    /// <summary>统一的服务申请编号.</summary>
    public required string Number { get; init; }
    /// <summary>Version of the last event; the <c>ETag</c>.</summary>
    public required long Version { get; init; }
    /// <summary>Where it stands.</summary>
    public required TicketStatus Status { get; init; }
    /// <summary>What is asked for.</summary>
    public required TicketKind Kind { get; init; }
    /// <summary>How soon.</summary>
    public required Urgency Urgency { get; init; }
    /// <summary>How hard.</summary>
    public required Complexity Complexity { get; init; }
    /// <summary>The customer's tier.</summary>
    public required CustomerTier Tier { get; init; }
    /// <summary>Where the first classification came from: <c>given</c>, <c>rule:…</c> or <c>default</c>.</summary>
    public required ClassificationSources? Classification { get; init; }
    /// <summary>The channel it came through.</summary>
    public required string Channel { get; init; }
    /// <summary>How it came.</summary>
    public required Medium Medium { get; init; }
    /// <summary>The channel's own reference.</summary>
    public required string? ExternalReference { get; init; }
    /// <summary>ISO 3166-2 region.</summary>
    public required string? Region { get; init; }
    /// <summary>The customer's file.</summary>
    public required Guid? CustomerId { get; init; }
    /// <summary>When it was opened.</summary>
    public required DateTimeOffset OpenedAt { get; init; }
    /// <summary>When its last event was recorded.</summary>
    public required DateTimeOffset UpdatedAt { get; init; }
    /// <summary>When receipt was confirmed (确认接收).</summary>
    public required DateTimeOffset? AcknowledgedAt { get; init; }
    /// <summary>When the first response was given.</summary>
    public required DateTimeOffset? FirstRespondedAt { get; init; }
    /// <summary>When it was last resolved.</summary>
    public required DateTimeOffset? ResolvedAt { get; init; }
    /// <summary>When it was closed or cancelled.</summary>
    public required DateTimeOffset? EndedAt { get; init; }
    /// <summary>Paths of the fields that the customer still owes.</summary>
    public required IReadOnlyList<string> MissingInformation { get; init; }
    /// <summary>The team responsible.</summary>
    public required string? Team { get; init; }
    /// <summary>The person responsible (责任到人).</summary>
    public required string? Assignee { get; init; }
    /// <summary>The escalation level; 0: not escalated.</summary>
    public required int EscalationLevel { get; init; }
    /// <summary>The supervisor or department that it was escalated to last; null: nobody was named.</summary>
    public required string? EscalatedTo { get; init; }
    /// <summary>The hold in force.</summary>
    public required HoldView? Hold { get; init; }
    /// <summary>The legal hold in force: nothing of the ticket is deleted, archived or erased until it is lifted (row A3); null: none.</summary>
    public required LegalHold? LegalHold { get; init; }
    /// <summary>The fault's cause, once diagnosed.</summary>
    public required FaultCause? FaultCause { get; init; }
    /// <summary>The visit that is to come or was the last; null: none was ever agreed.</summary>
    public required Visit? Visit { get; init; }
    /// <summary>Whether a preliminary solution waits for the customer's word.</summary>
    public required bool SolutionPending { get; init; }
    /// <summary>How often it was reopened.</summary>
    public required int ReopenCount { get; init; }
    /// <summary>The last rating, 1 to 5.</summary>
    public required int? Rating { get; init; }
    /// <summary>The problem; null once the customer's data was erased.</summary>
    public required string? Description { get; init; }
    /// <summary>The product.</summary>
    public required ProductInfo? Product { get; init; }
    /// <summary>How the customer is reached; null where an imported log had none, or once it was erased.</summary>
    public required Contact? Contact { get; init; }
    /// <summary>Whether the customer's data was erased: description, contact and messages are gone for ever.</summary>
    public required bool Erased { get; init; }
    /// <summary>The deadline policy it was opened under.</summary>
    public required string? Policy { get; init; }
    /// <summary>That policy's version.</summary>
    public required int? PolicyVersion { get; init; }
    /// <summary>The next deadline that runs; null: none.</summary>
    public required DateTimeOffset? NextDueAt { get; init; }
    /// <summary>Every milestone cycle, in the order of their starts.</summary>
    public required IReadOnlyList<MilestoneView> Milestones { get; init; }
}

/// <summary>A wait (row D3).</summary>
/// <param name="Reason">For whom or what.</param>
/// <param name="Since">From when.</param>
/// <param name="ExpectedUntil">When it is expected to end.</param>
public sealed record HoldView(HoldReason Reason, DateTimeOffset Since, DateTimeOffset? ExpectedUntil);

/// <summary>One cycle of a milestone.</summary>
public sealed record MilestoneView
{
    /// <summary>The milestone.</summary>
    public required string Name { get; init; }
    /// <summary>From 1.</summary>
    public required int Cycle { get; init; }
    /// <summary>Where it stands.</summary>
    public required MilestoneState State { get; init; }
    /// <summary>When its clock started.</summary>
    public required DateTimeOffset StartedAt { get; init; }
    /// <summary>When it is due, pauses so far counted.</summary>
    public required DateTimeOffset DueAt { get; init; }
    /// <summary>Whether the span leaves the years for which the calendar's holidays are known.</summary>
    public required bool Provisional { get; init; }
    /// <summary>The target.</summary>
    public required Target Target { get; init; }
    /// <summary>The calendar.</summary>
    public required string Calendar { get; init; }
    /// <summary>Its version.</summary>
    public required int CalendarVersion { get; init; }
    /// <summary>The policy.</summary>
    public required string Policy { get; init; }
    /// <summary>Its version.</summary>
    public required int PolicyVersion { get; init; }
    /// <summary>Which entry of the policy's milestones it is promised by, from 1; null where that was not recorded yet.</summary>
    public required int? Entry { get; init; }
    /// <summary>ISO 8601 duration of clock time for which it stood still, a pause in force counted up to now.</summary>
    public required string PausedFor { get; init; }
    /// <summary>ISO 8601 duration: the budget used so far, or until met, in the target's own kind of time.</summary>
    public required string Elapsed { get; init; }
    /// <summary>Its warnings.</summary>
    public required IReadOnlyList<WarningView> Warnings { get; init; }
    /// <summary>When it was met.</summary>
    public required DateTimeOffset? MetAt { get; init; }
    /// <summary>The due time at which it was breached; never removed.</summary>
    public required DateTimeOffset? BreachedAt { get; init; }
    /// <summary>How often the breach was annotated with a reason; staff read the reasons in the history.</summary>
    public required int Annotations { get; init; }
    /// <summary>ISO 8601 duration by which it was missed, once met late.</summary>
    public required string? Overrun { get; init; }
}

/// <summary>A warning.</summary>
/// <param name="Percent">Of the budget, 1 to 99.</param>
/// <param name="At">When it was given; null: not yet.</param>
/// <param name="PlannedAt">When so much of the budget is used.</param>
public sealed record WarningView(int Percent, DateTimeOffset? At, DateTimeOffset PlannedAt);
