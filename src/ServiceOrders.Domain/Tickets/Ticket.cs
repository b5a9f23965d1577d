using System.Collections.Immutable;
using ServiceOrders.Domain.Deadlines;

namespace ServiceOrders.Domain.Tickets;

/// <summary>A ticket as its events tell it. Immutable; <see cref="TicketEvolution"/> is the only way from one state to the next.</summary>
public sealed record Ticket
{
    /// <summary>A ticket before its first event.</summary>
    public static readonly Ticket Unopened = new();

    /// <summary>The stream's id; empty before the first event.</summary>
    public Guid Id { get; init; }
    /// <summary>Version of the last event.</summary>
    public long Version { get; init; }
    /// <summary>Version of the last event that neither the clock nor the service by itself wrote: an <c>If-Match</c> from here on is fresh.</summary>
    public long ActVersion { get; init; }
    /// <summary>When the last event happened; nothing happens before it.</summary>
    public DateTimeOffset LastOccurredAt { get; init; }
    /// <summary>When the last event was recorded.</summary>
    public DateTimeOffset UpdatedAt { get; init; }

    /// <summary>统一的服务申请编号.</summary>
    public string Number { get; init; } = "";
    /// <summary>Where it stands.</summary>
    public TicketStatus Status { get; init; }
    /// <summary>The channel it came through.</summary>
    public string Channel { get; init; } = "";
    /// <summary>The channel's own reference.</summary>
    public string? ExternalReference { get; init; }
    /// <summary>How it came.</summary>
    public Medium Medium { get; init; }
    /// <summary>What is asked for.</summary>
    public TicketKind Kind { get; init; }
    /// <summary>How soon.</summary>
    public Urgency Urgency { get; init; }
    /// <summary>How hard.</summary>
    public Complexity Complexity { get; init; }
    /// <summary>The customer's tier.</summary>
    public CustomerTier Tier { get; init; }
    /// <summary>Where the first classification came from.</summary>
    public ClassificationSources? Classification { get; init; }
    /// <summary>ISO 3166-2 region.</summary>
    public string? Region { get; init; }
    /// <summary>The customer's file.</summary>
    public Guid? CustomerId { get; init; }
    /// <summary>The data subject whose key seals the personal data.</summary>
    public Guid SubjectId { get; init; }
    /// <summary>Product information.</summary>
    public ProductInfo? Product { get; init; }
    /// <summary>The problem, sealed.</summary>
    public string SealedDescription { get; init; } = "";
    /// <summary>The contact as JSON, sealed.</summary>
    public string? SealedContact { get; init; }
    /// <summary>How the customer likes to be reached.</summary>
    public Medium? PreferredMedium { get; init; }
    /// <summary>Whether the data subject's key was destroyed: nothing personal is left, and none can be added (row K5).</summary>
    public bool IsErased { get; init; }
    /// <summary>When it was opened.</summary>
    public DateTimeOffset OpenedAt { get; init; }
    /// <summary>What the customer still owes.</summary>
    public ImmutableArray<string> MissingInformation { get; init; } = [];
    /// <summary>The team responsible.</summary>
    public string? Team { get; init; }
    /// <summary>The person responsible (责任到人).</summary>
    public string? Assignee { get; init; }
    /// <summary>The escalation level; 0: not escalated.</summary>
    public int EscalationLevel { get; init; }
    /// <summary>The supervisor or department that it was escalated to last; null: nobody was named.</summary>
    public string? EscalatedTo { get; init; }
    /// <summary>The hold in force; null when not on hold.</summary>
    public Hold? Hold { get; init; }
    /// <summary>
    /// Every reason for which it was ever on hold, and until when last. A longer target that a hold brought a clock stays when the hold ends: the parts that came on the sixth day do not
    /// make a breach of the fourth (001: 需要等待配件…需在7个工作日内).
    /// </summary>
    public ImmutableArray<PastHold> Holds { get; init; } = [];
    /// <summary>When each trigger of the deadlines happened last, by its full name (<c>breached:resolution</c>), the latest last; all but the opening, which has <see cref="OpenedAt"/>.</summary>
    public ImmutableArray<LastTriggered> Triggered { get; init; } = [];
    /// <summary>The legal hold in force: nothing of the ticket may be deleted, archived or erased (row A3); null: none.</summary>
    public LegalHold? LegalHold { get; init; }
    /// <summary>Whether the customer was asked for information and has not answered.</summary>
    public bool InformationPending { get; init; }
    /// <summary>The fault's cause, once diagnosed.</summary>
    public FaultCause? FaultCause { get; init; }
    /// <summary>When receipt was confirmed (确认接收).</summary>
    public DateTimeOffset? AcknowledgedAt { get; init; }
    /// <summary>When the first response was given.</summary>
    public DateTimeOffset? FirstRespondedAt { get; init; }
    /// <summary>Whether a preliminary solution waits for the customer's word.</summary>
    public bool SolutionPending { get; init; }
    /// <summary>The visit that is to come or was the last; null: none was ever agreed.</summary>
    public Visit? Visit { get; init; }
    /// <summary>When it was last resolved; null while it is not.</summary>
    public DateTimeOffset? ResolvedAt { get; init; }
    /// <summary>When it was closed or cancelled; null while it is not.</summary>
    public DateTimeOffset? EndedAt { get; init; }
    /// <summary>How often it was reopened, by rejection or by hand.</summary>
    public int ReopenCount { get; init; }
    /// <summary>The last rating, 1 to 5.</summary>
    public int? Rating { get; init; }
    /// <summary>The conversation's message ids, the latest last, for replies to refer to.</summary>
    public ImmutableArray<Guid> Messages { get; init; } = [];

    /// <summary>The policy it was opened under, for good; null: no policy matched.</summary>
    public string? Policy { get; init; }
    /// <summary>That policy's version: the one in force at the opening, or a later one that was published for running tickets too (<see cref="PolicyRebound"/>).</summary>
    public int PolicyVersion { get; init; }
    /// <summary>Stands in for every calendar but <c>always</c> that the policy names; null: none does.</summary>
    public string? Calendar { get; init; }
    /// <summary>Every milestone cycle, in the order of their starts. The last of a name is the current one.</summary>
    public ImmutableArray<MilestoneCycle> Milestones { get; init; } = [];
    /// <summary>Times agreed with the customer, by what was agreed (<see cref="Visit.Agreement"/>): deadlines of agreed targets. Gone once what was agreed is done.</summary>
    public ImmutableDictionary<string, DateTimeOffset> Agreed { get; init; } = ImmutableDictionary<string, DateTimeOffset>.Empty;

    /// <summary>Whether the ticket exists.</summary>
    public bool IsOpened => Version > 0;
    /// <summary>Closed or cancelled: nobody works on it any more.</summary>
    public bool IsEnded => Status is TicketStatus.Closed or TicketStatus.Cancelled;

    /// <summary>Whether what a policy names by a trigger has happened at or after an instant.</summary>
    internal bool HasHappened(string trigger, DateTimeOffset since) =>
        trigger == "opened" ? OpenedAt >= since : Triggered.Any(t => t.At >= since && Triggers.Names(trigger, t.Trigger));

    /// <summary>
    /// The next instant at which anything is to happen by the clock: a warning or a deadline. Null: nothing. This, and nothing else, is the ticket's due row.
    /// </summary>
    public DateTimeOffset? NextDue
    {
        get
        {
            DateTimeOffset? next = null;
            foreach (var cycle in Milestones)
            {
                if (cycle.NextDue is { } due && (next is null || due < next)) next = due;
            }
            return next;
        }
    }
}

/// <summary>A reason for which a ticket was on hold.</summary>
/// <param name="Reason">For whom or what it waited.</param>
/// <param name="Until">When the last wait for it ended; null: it is in force.</param>
public readonly record struct PastHold(HoldReason Reason, DateTimeOffset? Until);

/// <summary>When something that deadlines hang on happened last.</summary>
/// <param name="Trigger">Its full name, see <see cref="Triggers"/>.</param>
/// <param name="At">When.</param>
public readonly record struct LastTriggered(string Trigger, DateTimeOffset At);

/// <summary>A wait.</summary>
/// <param name="Reason">For whom or what.</param>
/// <param name="Since">From when.</param>
/// <param name="ExpectedUntil">When it is expected to end.</param>
/// <param name="StatusBefore">The status that its end restores.</param>
public sealed record Hold(HoldReason Reason, DateTimeOffset Since, DateTimeOffset? ExpectedUntil, TicketStatus StatusBefore);

/// <summary>A legal hold (row A3). It has nothing to do with the work on the ticket, nor with its clocks.</summary>
/// <param name="Since">From when.</param>
/// <param name="By">Who placed it.</param>
public sealed record LegalHold(DateTimeOffset Since, Actor By);

/// <summary>A visit (row H7).</summary>
/// <param name="ScheduledAt">The time agreed with the customer; of a window, its start.</param>
/// <param name="Until">The end of the window agreed; null: there is none.</param>
/// <param name="Technician">Who is to come, when known.</param>
/// <param name="ArrivedAt">When the technician arrived; null: not yet.</param>
/// <param name="CompletedAt">When it was over; null: not yet.</param>
public sealed record Visit(DateTimeOffset ScheduledAt, DateTimeOffset? Until, string? Technician, DateTimeOffset? ArrivedAt = null, DateTimeOffset? CompletedAt = null)
{
    /// <summary>The name by which targets refer to the time agreed: <c>{"agreed":"visit"}</c>.</summary>
    public const string Agreement = "visit";
}
