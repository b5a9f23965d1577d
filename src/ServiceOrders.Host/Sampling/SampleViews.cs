using ServiceOrders.Domain.Auditing;
using ServiceOrders.Domain.Tickets;

namespace ServiceOrders.Host.Sampling;

/// <summary>A sample in a list.</summary>
/// <param name="Month">Its month.</param>
/// <param name="State">Where it stands.</param>
/// <param name="FixedAt">When its seed was fixed.</param>
/// <param name="DrawnAt">When it was drawn; null: not yet.</param>
/// <param name="Findings">How many findings reviewers recorded.</param>
public sealed record SampleSummary(string Month, SampleState State, DateTimeOffset FixedAt, DateTimeOffset? DrawnAt, long Findings);

/// <summary>A month's sample of closed services.</summary>
/// <param name="Month">Its month.</param>
/// <param name="State">Where it stands.</param>
/// <param name="TimeZone">Where the month begins and ends.</param>
/// <param name="From">Its beginning.</param>
/// <param name="To">Its end.</param>
/// <param name="StreamId">The sample's stream: its events are in the search and in exports.</param>
/// <param name="Commitment">SHA-256 of the seed, told beforehand.</param>
/// <param name="FixedAt">When the seed was fixed.</param>
/// <param name="FixedPosition">The position of that event: the sample's evidence (<c>…/evidence</c>) shows it under the first checkpoint that covers it, which tells whether that was before the month began.</param>
/// <param name="Seed">The seed, hexadecimal; null: not drawn yet.</param>
/// <param name="DrawnAt">When it was drawn.</param>
/// <param name="DrawnPosition">The position of that event.</param>
/// <param name="UpTo">Up to which position closings were looked for.</param>
/// <param name="Closed">How many tickets were closed in the month; null: not drawn yet.</param>
/// <param name="Drawn">Those drawn, in the order of their ranks.</param>
public sealed record SampleView(
    string Month, SampleState State, string TimeZone, DateTimeOffset From, DateTimeOffset To, Guid StreamId, string Commitment, DateTimeOffset FixedAt, long? FixedPosition, string? Seed,
    DateTimeOffset? DrawnAt, long? DrawnPosition, long? UpTo, int? Closed, IReadOnlyList<SampledTicket> Drawn);

/// <summary>A ticket that was drawn.</summary>
/// <param name="TicketId">The ticket.</param>
/// <param name="Number">Its service number; null where it was deleted for its age.</param>
/// <param name="Findings">What reviewers found.</param>
public sealed record SampledTicket(Guid TicketId, string? Number, IReadOnlyList<SampleFindingView> Findings);

/// <summary>What a reviewer found.</summary>
/// <param name="Verdict">How the service was.</param>
/// <param name="Text">The finding: plain to who wrote it and to administrators, <c>[masked]</c> to other auditors; null where there was none, and once the customer's data was erased.</param>
/// <param name="By">Who found it.</param>
/// <param name="At">When it was recorded.</param>
public sealed record SampleFindingView(SampleVerdict Verdict, string? Text, Actor By, DateTimeOffset At);

/// <summary>Where a sample stands.</summary>
public enum SampleState
{
    /// <summary>Its seed is fixed.</summary>
    Fixed,
    /// <summary>It is drawn.</summary>
    Drawn,
}

/// <summary>A finding to record.</summary>
/// <param name="Ticket">The ticket, by its id or service number; one of those drawn.</param>
/// <param name="Verdict">How the service was.</param>
/// <param name="Text">What was found, 1 to 4,000 characters; left out: only the verdict, as where the customer's data was erased.</param>
public sealed record RecordFinding(string Ticket, SampleVerdict Verdict, string? Text = null);
