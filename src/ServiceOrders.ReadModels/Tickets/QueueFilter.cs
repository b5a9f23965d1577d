using System.Security.Cryptography;
using System.Text.Json;
using ServiceOrders.Domain.Tickets;

namespace ServiceOrders.ReadModels.Tickets;

/// <summary>Which tickets a list shows: those that match every field; an empty list and null match everything.</summary>
public sealed record QueueFilter
{
    /// <summary>Where they stand.</summary>
    public IReadOnlyList<TicketStatus> Status { get; init; } = [];
    /// <summary>What is asked for.</summary>
    public IReadOnlyList<TicketKind> Kind { get; init; } = [];
    /// <summary>How soon.</summary>
    public IReadOnlyList<Urgency> Urgency { get; init; } = [];
    /// <summary>How hard.</summary>
    public IReadOnlyList<Complexity> Complexity { get; init; } = [];
    /// <summary>The customers' tiers.</summary>
    public IReadOnlyList<CustomerTier> Tier { get; init; } = [];
    /// <summary>How they came.</summary>
    public IReadOnlyList<Medium> Medium { get; init; } = [];
    /// <summary>Channels' names. A channel's own list is bound to its name, whatever it asks for.</summary>
    public IReadOnlyList<string> Channel { get; init; } = [];
    /// <summary>Teams responsible.</summary>
    public IReadOnlyList<string> Team { get; init; } = [];
    /// <summary>Persons responsible.</summary>
    public IReadOnlyList<string> Assignee { get; init; } = [];
    /// <summary>Regions.</summary>
    public IReadOnlyList<string> Region { get; init; } = [];
    /// <summary>The channels' own references.</summary>
    public IReadOnlyList<string> ExternalReference { get; init; } = [];
    /// <summary>Serial numbers.</summary>
    public IReadOnlyList<string> SerialNumber { get; init; } = [];
    /// <summary>Whether a deadline was ever breached.</summary>
    public bool? Breached { get; init; }
    /// <summary>Milestones that are promised and open, in one of <see cref="MilestoneState"/>.</summary>
    public IReadOnlyList<string> Milestone { get; init; } = [];
    /// <summary>How a promise stands, one of <see cref="Milestone"/> or any.</summary>
    public IReadOnlyList<PromiseState> MilestoneState { get; init; } = [];
    /// <summary>The next deadline is before this.</summary>
    public DateTimeOffset? DueBefore { get; init; }
    /// <summary>Opened at this instant or later.</summary>
    public DateTimeOffset? OpenedFrom { get; init; }
    /// <summary>Opened before this instant.</summary>
    public DateTimeOffset? OpenedTo { get; init; }

    /// <summary>Eight bytes that name this list: a cursor of another one is refused.</summary>
    internal byte[] Fingerprint(QueueSort sort, bool descending) =>
        SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(new { filter = this, sort, descending }))[..8];
}

/// <summary>How a promise stands that is still open.</summary>
public enum PromiseState
{
    /// <summary>Its clock runs.</summary>
    Running,
    /// <summary>Its clock stands still.</summary>
    Paused,
    /// <summary>It was missed and is still owed; what a ticket that has ended missed is no longer open.</summary>
    Breached,
}

/// <summary>By what a list is sorted; the id decides between equals.</summary>
public enum QueueSort
{
    /// <summary>When they were opened.</summary>
    OpenedAt,
    /// <summary>When they were last changed.</summary>
    UpdatedAt,
    /// <summary>The next deadline; tickets without one are after all others.</summary>
    NextDueAt,
    /// <summary>Urgency, with the green lane (绿色通道) first, then tier, then the next deadline; ended tickets last.</summary>
    Priority,
    /// <summary>The earliest deadline that was missed and is still owed; only tickets with one are listed.</summary>
    OverdueSince,
}
