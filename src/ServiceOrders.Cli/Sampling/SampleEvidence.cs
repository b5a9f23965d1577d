using System.Text.Json;
using ServiceOrders.Audit.Evidence;

namespace ServiceOrders.Cli.Sampling;

/// <summary>What a file of evidence shows of a month's seed.</summary>
/// <param name="Month">The month that it is about.</param>
/// <param name="Verdict">Whether it holds, and what it proves by itself.</param>
/// <param name="Commitment">What was told of the seed; null: the file does not hold.</param>
/// <param name="Position">Where that stands in the log.</param>
/// <param name="SignedAt">When the checkpoint was signed that covers it.</param>
internal sealed record SampleEvidence(string Month, BundleVerdict Verdict, string? Commitment, long Position, DateTimeOffset SignedAt)
{
    /// <summary>Reads and judges a file.</summary>
    /// <exception cref="FormatException">It is no bundle.</exception>
    public static SampleEvidence Of(byte[] file, BundleVerifier verifier)
    {
        var (content, verdict) = (BundleReader.Read(file).Content, verifier.Verify(file));
        var (month, signedAt) = (Printable.Of(content.Number), content.Checkpoint.Checkpoint.SignedAt);
        if (!verdict.Holds || content.Events[0].Event is not { Type: "sample_seed_fixed" } seed) return new SampleEvidence(month, verdict, null, 0, signedAt);
        using var data = JsonDocument.Parse(seed.Data);
        return new SampleEvidence(month, verdict, data.RootElement.GetProperty("commitment").GetString(), seed.Position, signedAt);
    }

    /// <summary>What does not agree with a sample that was drawn, a sentence each; none: the draw's seed is the one that was fixed, before the month began.</summary>
    public IReadOnlyList<string> Complaints(ExportedSample sample)
    {
        if (!Verdict.Holds) return [.. Verdict.Failures.Select(failure => $"Its evidence does not hold. {failure}")];
        if (Commitment is null) return ["Its evidence is not that of a sample."];
        List<string> complaints = [];
        if (Commitment != sample.Told.Commitment || Position != sample.FixedPosition) complaints.Add("Its evidence has another seed than the export: another SHA-256, or at another position.");
        if (sample.Told.IsFirstMonth) return complaints;
        if (sample.Told.StartsAt is not { } began) complaints.Add("When the month began cannot be told: its time zone is unknown.");
        else if (SignedAt >= began) complaints.Add($"The checkpoint in its evidence was signed at {SignedAt:yyyy-MM-ddTHH:mm:ssZ}, when the month had begun: it does not show that the seed was fixed before.");
        return complaints;
    }
}
