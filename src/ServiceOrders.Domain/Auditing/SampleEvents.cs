namespace ServiceOrders.Domain.Auditing;

/// <summary>Something that happened to a month's sample of closed services (row M4). Types of the base class library only, as for tickets.</summary>
public interface ISampleEvent;

/// <summary>The month's seed was fixed, before anybody could know what it would draw.</summary>
/// <param name="Month">The month, <c>2026-11</c>.</param>
/// <param name="TimeZone">The IANA time zone in which it begins and ends.</param>
/// <param name="Commitment">SHA-256 of the seed, lower-case hexadecimal: whoever sees the seed later can tell that it is this one.</param>
/// <param name="IsFirstMonth">Whether it is the month of the service's first start: the only one whose seed is fixed after it began.</param>
public sealed record SampleSeedFixed(string Month, string TimeZone, string Commitment, bool IsFirstMonth = false) : ISampleEvent;

/// <summary>A part of the tickets that were closed in the month. Parts stand right before their draw, in order: no event has to hold any number of them.</summary>
/// <param name="Tickets">At most 10,000, in the order of their ids.</param>
public sealed record SamplePopulationListed(IReadOnlyList<Guid> Tickets) : ISampleEvent;

/// <summary>The month's sample was drawn from the tickets listed before.</summary>
/// <param name="Month">The month.</param>
/// <param name="Seed">The seed, lower-case hexadecimal: whoever has it and the tickets can draw again.</param>
/// <param name="Closed">How many tickets were closed in the month.</param>
/// <param name="UpTo">The closings were looked for up to this position; what is recorded later, whatever its time, belongs to a later month.</param>
/// <param name="Drawn">The tickets drawn, in the order of their ranks.</param>
public sealed record SampleDrawn(string Month, string Seed, int Closed, long UpTo, IReadOnlyList<Guid> Drawn) : ISampleEvent;

/// <summary>A reviewer found something out about a ticket that was drawn.</summary>
/// <param name="Ticket">The ticket.</param>
/// <param name="Verdict">How the service was.</param>
/// <param name="SealedText">The finding, sealed with the key of the ticket's data subject; null: the verdict says it all, or nothing can be sealed any more.</param>
public sealed record SampleFindingRecorded(Guid Ticket, SampleVerdict Verdict, string? SealedText) : ISampleEvent;

/// <summary>How a service was that was reviewed.</summary>
public enum SampleVerdict
{
    /// <summary>As it should be.</summary>
    Satisfactory,
    /// <summary>With faults that did the customer no harm.</summary>
    MinorFault,
    /// <summary>With faults that did.</summary>
    MajorFault,
}
