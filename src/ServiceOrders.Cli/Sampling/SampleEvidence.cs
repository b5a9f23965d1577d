using System.Text.Json;
using ServiceOrders.Audit.Evidence;
using ServiceOrders.Domain.Auditing;

namespace ServiceOrders.Cli.Sampling;

/// <summary>What a file of evidence shows of a month's seed.</summary>
/// <param name="Month">The month that it is about.</param>
/// <param name="Verdict">Whether it holds, and what it proves by itself.</param>
/// <param name="Seed">What was told of the seed; null: the file does not hold, or is of something else.</param>
/// <param name="Position">Where that stands in the log.</param>
/// <param name="SignedAt">When the checkpoint was signed that covers it.</param>
internal sealed record SampleEvidence(string Month, BundleVerdict Verdict, SampleSeedFixed? Seed, long Position, DateTimeOffset SignedAt)
{
    /// <summary>Reads and judges a file.</summary>
    /// <exception cref="FormatException">It is no bundle.</exception>
    public static SampleEvidence Of(byte[] file, BundleVerifier verifier)
    {
        var (content, verdict) = (BundleReader.Read(file).Content, verifier.Verify(file));
        var (month, signedAt) = (Printable.Of(content.Number), content.Checkpoint.Checkpoint.SignedAt);
        if (!verdict.Holds || content.Events[0].Event is not { Type: "sample_seed_fixed" } seed) return new SampleEvidence(month, verdict, null, 0, signedAt);
        return new SampleEvidence(month, verdict, Told(seed.Data), seed.Position, signedAt);
    }

    // Without a key from elsewhere anyone can have made the file.
    private static SampleSeedFixed Told(string data)
    {
        try
        {
            if (JsonSerializer.Deserialize<SampleSeedFixed>(data, JsonSerializerOptions.Web) is { Month: not null, TimeZone: not null, Commitment: not null } seed && SampleMonth.IsZone(seed.TimeZone)) return seed;
        }
        catch (JsonException)
        {
            // As any other that is none.
        }
        throw new FormatException("The event that is to have fixed the seed tells no month, time zone and commitment.");
    }

    /// <summary>What does not agree with a sample that was drawn, a sentence each; none: the draw's seed is the one that was fixed, before the month began.</summary>
    public IReadOnlyList<string> Complaints(ExportedSample sample)
    {
        if (!Verdict.Holds) return [.. Verdict.Failures.Select(failure => $"Its evidence does not hold. {failure}")];
        var told = sample.Told;
        if (Seed is null) return ["Its evidence is not that of a sample."];
        List<string> complaints = [];
        if (Seed.Commitment != told.Commitment || Position != sample.FixedPosition) complaints.Add("Its evidence has another seed than the export: another SHA-256, or at another position.");
        if (Seed.TimeZone != sample.TimeZone) complaints.Add("Its evidence has another time zone than the export.");
        // Of the one month whose seed may be fixed after it began the evidence has to tell, too: the export is the service's word.
        if (told.IsFirstMonth && Seed.IsFirstMonth) return complaints;
        if (told.IsFirstMonth) complaints.Add("The export says that it is the first month of all; its evidence does not.");
        if (told.StartsAt is not { } began) complaints.Add("When the month began cannot be told: its time zone is unknown.");
        else if (SignedAt >= began || (SampleMonth.Parse(Month) is { } month && SignedAt >= month.StartsAt(Seed.TimeZone)))
            complaints.Add($"The checkpoint in its evidence was signed at {SignedAt:yyyy-MM-ddTHH:mm:ssZ}, when the month had begun: it does not show that the seed was fixed before.");
        return complaints;
    }
}
