using System.Collections.Immutable;
using ServiceOrders.Domain.Tickets;

namespace ServiceOrders.Domain.Auditing;

/// <summary>A month's sample of closed services (row M4), as its events tell it.</summary>
public sealed record Sample
{
    /// <summary>
    /// How long after a month's end its sample is drawn at the earliest: by then what was under way at the end is recorded. What a node records even later with a time before the end counts for
    /// the month after.
    /// </summary>
    public static readonly TimeSpan Grace = TimeSpan.FromMinutes(10);

    /// <summary>Tickets that one event lists at most.</summary>
    public const int MostListed = 10_000;

    /// <summary>One whose seed nobody fixed.</summary>
    public static readonly Sample None = new();

    /// <summary>Version of the last event; 0: no seed was fixed.</summary>
    public long Version { get; init; }
    /// <summary>The month.</summary>
    public SampleMonth Month { get; init; }
    /// <summary>Where it begins and ends: an IANA time zone.</summary>
    public string TimeZone { get; init; } = "UTC";
    /// <summary>SHA-256 of the seed.</summary>
    public string Commitment { get; init; } = "";
    /// <summary>When the seed was fixed.</summary>
    public DateTimeOffset FixedAt { get; init; }
    /// <summary>The seed; null: not drawn yet.</summary>
    public string? Seed { get; init; }
    /// <summary>When it was drawn.</summary>
    public DateTimeOffset? DrawnAt { get; init; }
    /// <summary>Up to which position closings were looked for.</summary>
    public long? UpTo { get; init; }
    /// <summary>The tickets that were closed in the month.</summary>
    public ImmutableArray<Guid> Population { get; init; } = [];
    /// <summary>The tickets drawn, in the order of their ranks.</summary>
    public ImmutableArray<Guid> Drawn { get; init; } = [];
    /// <summary>What reviewers found, in order.</summary>
    public ImmutableArray<SampleFinding> Findings { get; init; } = [];

    /// <summary>Whether it was drawn.</summary>
    public bool IsDrawn => Seed is not null;

    /// <summary>The sample after an event. Total: an unknown one throws.</summary>
    public Sample Evolve(ISampleEvent happened, EventMeta meta) => (happened switch
    {
        // The first commitment holds for good: whatever came by another way and names another changes nothing.
        SampleSeedFixed when Commitment.Length > 0 => this,
        SampleSeedFixed e => this with
        {
            Month = SampleMonth.Parse(e.Month) ?? throw new InvalidOperationException($"{e.Month} is no month."), TimeZone = e.TimeZone, Commitment = e.Commitment, FixedAt = meta.RecordedAt,
        },
        SamplePopulationListed e => this with { Population = Population.AddRange(e.Tickets) },
        SampleDrawn e => this with { Seed = e.Seed, UpTo = e.UpTo, Drawn = [.. e.Drawn], DrawnAt = meta.RecordedAt },
        SampleFindingRecorded e => this with { Findings = Findings.Add(new SampleFinding(e.Ticket, e.Verdict, e.SealedText, meta.Actor, meta.RecordedAt)) },
        _ => throw new ArgumentOutOfRangeException(nameof(happened), happened, "No such event of a sample."),
    }) with { Version = meta.Version };

    /// <summary>Whether it can be drawn at an instant: its month is over, and what was under way at its end is recorded.</summary>
    public bool IsOver(DateTimeOffset now) => now >= Month.Next.StartsAt(TimeZone) + Grace;

    /// <summary>Fixes the seed. Once, for good.</summary>
    /// <param name="month">The month.</param>
    /// <param name="zone">Its time zone.</param>
    /// <param name="commitment">SHA-256 of the seed.</param>
    /// <param name="isFirstMonth">Whether it is the month of the service's first start.</param>
    public Verdict<ISampleEvent> FixSeed(SampleMonth month, string zone, string commitment, bool isFirstMonth = false) =>
        Version > 0 ? Refusal.State("seed-fixed", "The month's seed is fixed, for good.") : new SampleSeedFixed(month.ToString(), zone, commitment, isFirstMonth);

    /// <summary>The events of the draw.</summary>
    /// <param name="seed">The seed that was fixed.</param>
    /// <param name="population">The tickets closed in the month, in the order of their ids.</param>
    /// <param name="drawn">Those drawn.</param>
    /// <param name="upTo">Up to which position closings were looked for.</param>
    public IReadOnlyList<ISampleEvent> Draw(string seed, IReadOnlyList<Guid> population, IReadOnlyList<Guid> drawn, long upTo) =>
        [.. population.Chunk(MostListed).Select(part => new SamplePopulationListed(part)), new SampleDrawn(Month.ToString(), seed, population.Count, upTo, drawn)];

    /// <summary>Records what a reviewer found. A ticket may have several findings.</summary>
    /// <param name="ticket">The ticket.</param>
    /// <param name="verdict">How the service was.</param>
    /// <param name="sealedText">The finding, sealed; null: only the verdict.</param>
    public Verdict<ISampleEvent> Record(Guid ticket, SampleVerdict verdict, string? sealedText)
    {
        if (!IsDrawn) return Refusal.State("not-drawn", "The month's sample is not drawn yet.");
        return Drawn.Contains(ticket) ? new SampleFindingRecorded(ticket, verdict, sealedText) : Refusal.Rule("not-in-the-sample", "The ticket is none of those drawn.", "ticket");
    }
}

/// <summary>What a reviewer found.</summary>
/// <param name="Ticket">The ticket.</param>
/// <param name="Verdict">How the service was.</param>
/// <param name="SealedText">The finding, sealed; null: only the verdict.</param>
/// <param name="By">Who found it.</param>
/// <param name="At">When it was recorded.</param>
public sealed record SampleFinding(Guid Ticket, SampleVerdict Verdict, string? SealedText, Actor By, DateTimeOffset At);
