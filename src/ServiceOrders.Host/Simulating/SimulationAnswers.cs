using System.Text.Json.Serialization;
using ServiceOrders.Domain.Simulations;
using ServiceOrders.Domain.Tickets;
using ServiceOrders.Host.Tickets;
using ServiceOrders.Host.Web;

namespace ServiceOrders.Host.Simulating;

/// <summary>A supposed ticket, as it would stand at the end.</summary>
/// <param name="Until">The end.</param>
/// <param name="Status">Where it would stand.</param>
/// <param name="EscalationLevel">The level that it would have been escalated to; 0: none.</param>
/// <param name="Policy">Its policy; null: none matches.</param>
/// <param name="PolicyVersion">The policy's version; 0: the one that is tried out.</param>
/// <param name="Milestones">Every milestone cycle, in the order of their starts. Version 0 of a calendar is the one that is tried out.</param>
public sealed record SupposedTicket(DateTimeOffset Until, TicketStatus Status, int EscalationLevel, string? Policy, int? PolicyVersion, IReadOnlyList<MilestoneView> Milestones);

/// <summary>A line of what a simulation over real tickets answers while it runs; its member <c>type</c> tells which. The last is a summary, or tells why it stopped.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "type")]
[JsonDerivedType(typeof(SimulationProgress), "progress")]
[JsonDerivedType(typeof(TicketSimulated), "ticket")]
[JsonDerivedType(typeof(TicketNotSimulated), "notSimulated")]
[JsonDerivedType(typeof(SimulationSummary), "summary")]
[JsonDerivedType(typeof(SimulationStopped), "stopped")]
public abstract record SimulationAnswer;

/// <summary>How far it is: at the beginning, then about once a second.</summary>
/// <param name="Tickets">Tickets done with.</param>
/// <param name="Selected">Tickets to be looked at, at most: the filter by policy and the limit leave some of them out.</param>
public sealed record SimulationProgress(long Tickets, long Selected) : SimulationAnswer;

/// <summary>A real ticket beside itself with what is tried out.</summary>
/// <param name="Id">The ticket.</param>
/// <param name="Number">统一的服务申请编号.</param>
/// <param name="OpenedAt">When it was opened.</param>
/// <param name="Actual">Its milestone cycles as they really came out, settled until the end.</param>
/// <param name="Candidate">Its milestone cycles as they would have come out.</param>
/// <param name="Differences">Those of either side that came out differently.</param>
public sealed record TicketSimulated(
    Guid Id, string Number, DateTimeOffset OpenedAt, IReadOnlyList<MilestoneView> Actual, IReadOnlyList<MilestoneView> Candidate, IReadOnlyList<MilestoneDifference> Differences) : SimulationAnswer;

/// <summary>A real ticket of which nothing can be said. The others go on.</summary>
/// <param name="Id">The ticket.</param>
/// <param name="Reason">Why.</param>
public sealed record TicketNotSimulated(Guid Id, NotSimulatedReason Reason) : SimulationAnswer;

/// <summary>Why nothing can be said of a ticket.</summary>
public enum NotSimulatedReason
{
    /// <summary>With what is tried out it would come to more than 5,000 milestone cycles.</summary>
    TooManyCycles,
    /// <summary>Its events cannot be read, or followed under any rules; the service's log says more.</summary>
    Unreadable,
}

/// <summary>A milestone cycle that came out differently.</summary>
/// <param name="Name">The milestone.</param>
/// <param name="Cycle">From 1.</param>
/// <param name="Actual">How it really came out; null: there is none.</param>
/// <param name="Candidate">How it would have; null: there would be none.</param>
/// <param name="NewlyBreached">Missed only with what is tried out.</param>
/// <param name="NewlyKept">Missed really, but not with what is tried out.</param>
public sealed record MilestoneDifference(string Name, int Cycle, StandingView? Actual, StandingView? Candidate, bool NewlyBreached, bool NewlyKept);

/// <summary>How a milestone cycle came out.</summary>
/// <param name="Result">What became of it.</param>
/// <param name="DueAt">When it is or was due.</param>
/// <param name="Overrun">ISO 8601 duration by which it was missed: until it was done, else until the ticket ended, else until the end of the simulation.</param>
/// <param name="ToSpare">ISO 8601 duration that was left when it was met.</param>
public sealed record StandingView(CycleResult Result, DateTimeOffset DueAt, string? Overrun, string? ToSpare);

/// <summary>The end of a simulation that went through.</summary>
/// <param name="Tickets">Tickets simulated.</param>
/// <param name="NotSimulated">Tickets of which nothing can be said; not among them.</param>
/// <param name="Differing">Those simulated for which anything differs.</param>
/// <param name="Until">The end of what was looked at.</param>
/// <param name="Policy">The policy that was tried out.</param>
/// <param name="PolicyVersion">Its version; 0: one that was never saved.</param>
/// <param name="Milestones">What became of the milestones, by name.</param>
public sealed record SimulationSummary(long Tickets, long NotSimulated, long Differing, DateTimeOffset Until, string? Policy, int? PolicyVersion, IReadOnlyList<OutlookView> Milestones) : SimulationAnswer;

/// <summary>A milestone's cycles, as they really came out and as they would have.</summary>
/// <param name="Name">The milestone.</param>
/// <param name="Actual">As they really did.</param>
/// <param name="Candidate">As they would have.</param>
/// <param name="NewlyBreached">Missed only with what is tried out.</param>
/// <param name="NewlyKept">Missed really, but not with what is tried out.</param>
public sealed record OutlookView(string Name, SideView Actual, SideView Candidate, long NewlyBreached, long NewlyKept);

/// <summary>What became of a milestone's cycles on one side.</summary>
/// <param name="Cycles">All of them.</param>
/// <param name="Met">Done in time.</param>
/// <param name="Breached">Not done in time, whether or not they were done later.</param>
/// <param name="Cancelled">Ended without being met or missed.</param>
/// <param name="Open">Neither yet.</param>
/// <param name="MedianOverrun">ISO 8601 duration, of the breached, to a thousandth.</param>
/// <param name="MaxOverrun">ISO 8601 duration, the longest.</param>
public sealed record SideView(long Cycles, long Met, long Breached, long Cancelled, long Open, string? MedianOverrun, string? MaxOverrun);

/// <summary>The end of a simulation that could not go on.</summary>
/// <param name="Tickets">Tickets done with.</param>
/// <param name="Problem">Why.</param>
public sealed record SimulationStopped(long Tickets, ProblemDocument Problem) : SimulationAnswer;
