using System.Collections.Immutable;
using ServiceOrders.Domain.Tickets;

namespace ServiceOrders.Domain.Deadlines;

/// <summary>Where a milestone cycle stands.</summary>
public enum MilestoneState
{
    /// <summary>The clock runs.</summary>
    Running,
    /// <summary>The clock is stopped.</summary>
    Paused,
    /// <summary>Done in time.</summary>
    Met,
    /// <summary>Not done in time, and not yet done.</summary>
    Breached,
    /// <summary>Done after its breach.</summary>
    MetLate,
    /// <summary>Ended without being met or missed.</summary>
    Cancelled,
}

/// <summary>One run of a milestone's clock, as the ticket's events tell it.</summary>
public sealed record MilestoneCycle
{
    /// <summary>The milestone's name.</summary>
    public required string Name { get; init; }
    /// <summary>From 1.</summary>
    public required int Cycle { get; init; }
    /// <summary>Where it stands.</summary>
    public MilestoneState State { get; init; }
    /// <summary>When the clock started.</summary>
    public DateTimeOffset StartedAt { get; init; }
    /// <summary>When it is due, pauses so far counted.</summary>
    public DateTimeOffset DueAt { get; init; }
    /// <summary>Whether the span leaves the years for which the calendar's holidays are known.</summary>
    public bool Provisional { get; init; }
    /// <summary>The target.</summary>
    public required Target Target { get; init; }
    /// <summary>The calendar's name.</summary>
    public string Calendar { get; init; } = "";
    /// <summary>The calendar's version.</summary>
    public int CalendarVersion { get; init; }
    /// <summary>The policy's name.</summary>
    public string Policy { get; init; } = "";
    /// <summary>The policy's version.</summary>
    public int PolicyVersion { get; init; }
    /// <summary>Which entry of the policy's milestones the promise was made by, from 1; null where its events do not say.</summary>
    public int? Entry { get; init; }
    /// <summary>Ended pauses, in order.</summary>
    public ImmutableArray<Pause> Pauses { get; init; } = [];
    /// <summary>Since when it is paused now.</summary>
    public DateTimeOffset? PausedSince { get; init; }
    /// <summary>Its warnings.</summary>
    public ImmutableArray<Warning> Warnings { get; init; } = [];
    /// <summary>When it was met.</summary>
    public DateTimeOffset? MetAt { get; init; }
    /// <summary>The true due time at which it was breached; never removed.</summary>
    public DateTimeOffset? BreachedAt { get; init; }
    /// <summary>When the breach was decided.</summary>
    public DateTimeOffset? BreachSettledAt { get; init; }
    /// <summary>How often its breach was annotated (row D4); the texts stand in the history.</summary>
    public int Annotations { get; init; }
    /// <summary>Clock time past due, once met late.</summary>
    public TimeSpan? Overrun { get; init; }
    /// <summary>When and by which trigger it ended (met or cancelled); null while it lives.</summary>
    public CycleEnd? End { get; init; }

    /// <summary>Running or paused: still to be met in time.</summary>
    public bool IsLive => State is MilestoneState.Running or MilestoneState.Paused;
    /// <summary>Still to be met, in time or late.</summary>
    public bool IsUnmet => State is MilestoneState.Running or MilestoneState.Paused or MilestoneState.Breached;

    /// <summary>The next warning or the deadline, while it runs; while it is paused, what lies before the pause (a shorter target that came during it).</summary>
    public DateTimeOffset? NextDue
    {
        get
        {
            if (!IsLive) return null;
            var next = DueAt;
            foreach (var warning in Warnings)
            {
                if (warning.WarnedAt is null && warning.At < next) next = warning.At;
            }
            return State == MilestoneState.Paused && next >= PausedSince ? null : next;
        }
    }
}

/// <summary>A span during which the clock stood still.</summary>
/// <param name="From">Its start.</param>
/// <param name="To">Its end.</param>
public readonly record struct Pause(DateTimeOffset From, DateTimeOffset To);

/// <summary>A warning.</summary>
/// <param name="Percent">Of the budget, 1 to 99.</param>
/// <param name="At">When that much is used.</param>
/// <param name="WarnedAt">When it was given (its true time); null: not yet.</param>
public sealed record Warning(int Percent, DateTimeOffset At, DateTimeOffset? WarnedAt);

/// <summary>How a cycle ended.</summary>
/// <param name="At">When.</param>
/// <param name="Trigger">By what: <c>resolved</c>, <c>closed</c> ….</param>
public sealed record CycleEnd(DateTimeOffset At, string Trigger);
