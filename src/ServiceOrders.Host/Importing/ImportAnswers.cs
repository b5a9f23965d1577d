using System.Text.Json.Serialization;
using ServiceOrders.Domain.Deadlines;
using ServiceOrders.Host.Web;

namespace ServiceOrders.Host.Importing;

/// <summary>A line of what an import answers while it runs; its member <c>type</c> tells which. The last is a summary, or tells why the import stopped.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "type")]
[JsonDerivedType(typeof(ImportProgress), "progress")]
[JsonDerivedType(typeof(LineRejected), "rejected")]
[JsonDerivedType(typeof(TicketTold), "ticket")]
[JsonDerivedType(typeof(ImportSummary), "summary")]
[JsonDerivedType(typeof(ImportStopped), "stopped")]
public abstract record ImportAnswer;

/// <summary>How far it is, about once a second.</summary>
/// <param name="Lines">Lines done with: imported, skipped or rejected.</param>
/// <param name="Imported">Tickets that came in.</param>
/// <param name="Skipped">Lines whose ticket had come in before.</param>
/// <param name="Rejected">Lines that cannot be imported.</param>
public sealed record ImportProgress(long Lines, long Imported, long Skipped, long Rejected) : ImportAnswer;

/// <summary>A line that cannot be imported; the others go on.</summary>
/// <param name="Line">Its number in the body, from 1; empty lines count.</param>
/// <param name="ExternalReference">Its reference, where that much can be read.</param>
/// <param name="Problem">Why.</param>
public sealed record LineRejected(long Line, string? ExternalReference, ProblemDocument Problem) : ImportAnswer;

/// <summary>What became of a line's ticket; only with <c>detail=true</c>.</summary>
/// <param name="Line">The line's number.</param>
/// <param name="ExternalReference">Its reference.</param>
/// <param name="Id">The ticket.</param>
/// <param name="Number">统一的服务申请编号.</param>
/// <param name="Skipped">Whether it had come in before.</param>
/// <param name="Milestones">Every milestone cycle as it stands now.</param>
public sealed record TicketTold(long Line, string ExternalReference, Guid Id, string Number, bool Skipped, IReadOnlyList<MilestoneTold> Milestones) : ImportAnswer;

/// <summary>A milestone cycle of an imported ticket.</summary>
/// <param name="Name">The milestone.</param>
/// <param name="Cycle">From 1.</param>
/// <param name="State">Where it stands.</param>
/// <param name="StartedAt">When its clock started.</param>
/// <param name="DueAt">When it is or was due.</param>
/// <param name="MetAt">When it was met.</param>
/// <param name="Provisional">Whether the span leaves the years for which the calendar's holidays are known.</param>
/// <param name="PausedFor">ISO 8601 duration of clock time for which it stood still.</param>
public sealed record MilestoneTold(
    string Name, int Cycle, MilestoneState State, DateTimeOffset StartedAt, DateTimeOffset DueAt, DateTimeOffset? MetAt, bool Provisional, string PausedFor);

/// <summary>The end of an import that went through: what came in with this request. Skipped lines' events and milestones are not counted again.</summary>
public sealed record ImportSummary : ImportAnswer
{
    /// <summary>Lines, empty ones not counted.</summary>
    public required long Lines { get; init; }
    /// <summary>Tickets that came in.</summary>
    public required long Imported { get; init; }
    /// <summary>Lines whose ticket had come in before.</summary>
    public required long Skipped { get; init; }
    /// <summary>Lines that cannot be imported.</summary>
    public required long Rejected { get; init; }
    /// <summary>Events stored.</summary>
    public required long Events { get; init; }
    /// <summary>What became of the milestones, by name.</summary>
    public required IReadOnlyList<MilestoneTally> Milestones { get; init; }
}

/// <summary>What became of a milestone's cycles.</summary>
/// <param name="Name">The milestone.</param>
/// <param name="Cycles">All of them.</param>
/// <param name="Met">Done in time.</param>
/// <param name="MetLate">Done after their breach.</param>
/// <param name="Breached">Breached and not done.</param>
/// <param name="Cancelled">Ended without being met or missed.</param>
/// <param name="Running">Still to be done, paused ones too.</param>
public sealed record MilestoneTally(string Name, long Cycles, long Met, long MetLate, long Breached, long Cancelled, long Running);

/// <summary>The end of an import that could not go on. What was imported stays; send the same again for the rest.</summary>
/// <param name="Lines">As in a progress.</param>
/// <param name="Imported">As in a progress.</param>
/// <param name="Skipped">As in a progress.</param>
/// <param name="Rejected">As in a progress.</param>
/// <param name="Problem">Why.</param>
public sealed record ImportStopped(long Lines, long Imported, long Skipped, long Rejected, ProblemDocument Problem) : ImportAnswer;
