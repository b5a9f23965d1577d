using System.CommandLine;
using ServiceOrders.Audit.Evidence;
using ServiceOrders.Audit.Sampling;
using ServiceOrders.Cli.Sampling;

namespace ServiceOrders.Cli.Commands;

/// <summary><c>service-orders sample redo</c>: draws the monthly samples of an export again, offline (row M4).</summary>
internal static class SampleCommand
{
    /// <summary>The command.</summary>
    public static Command Of(Desk desk)
    {
        var file = new Argument<string>("file") { Description = "An export of events in NDJSON that has sample_seed_fixed, sample_population_listed and sample_drawn, ticket_closed for comparing the tickets with their closings, and records_deleted for those deleted since; - for standard input." };
        var evidence = new Option<string[]>("--evidence") { Description = "Evidence of a month's sample (GET /v1/audit/samples/{month}/evidence), which shows that its seed was fixed beforehand; may be given several times." };
        var keys = new Option<string[]>("--key") { Description = "A public key (PEM file) that you have from elsewhere, for the evidence; may be given several times." };
        var checkpoint = new Option<string?>("--checkpoint") { Description = "Signed checkpoints that were kept outside of the service, for the evidence." };
        var redo = new Command("redo", "Draws each month's sample again, with nothing but the file. Exit code 0: every draw is the one that its seed makes, and no month was passed over; 1: one is not, or was; 3: the file has none.") { file, evidence, keys, checkpoint };
        redo.SetAction((parsed, cancellation) => Running.Guarded(desk, async () =>
        {
            await using var input = Open(desk, parsed.GetValue(file)!);
            var (samples, lapses, whole) = await SampleFile.ReadAsync(input, cancellation);
            if (samples.Count == 0) throw new CommandException(ExitCode.Unreadable, "The file has no sample that was drawn.");
            if (!whole) await desk.Error.WriteLineAsync("The export was cut: it has no last record. What is there is drawn again all the same.");
            var proofs = await EvidenceAsync(desk, parsed.GetValue(evidence) ?? [], VerifyCommand.VerifierOf(parsed.GetValue(keys), parsed.GetValue(checkpoint)), cancellation);
            var agree = lapses.Count == 0;
            foreach (var sample in samples) agree &= await RedoAsync(desk, sample, [.. proofs.Where(p => p.Month == sample.Month)]);
            foreach (var lapse in lapses) await desk.Output.WriteLineAsync(lapse);
            foreach (var other in proofs.Where(p => !samples.Any(s => s.Month == p.Month)))
            {
                await desk.Output.WriteLineAsync($"The evidence of {other.Month} is of no sample in the file.");
                agree = false;
            }
            return agree ? ExitCode.Done : ExitCode.DoesNotHold;
        }));
        return new Command("sample", "Monthly samples of closed services.") { redo };
    }

    private static async Task<bool> RedoAsync(Desk desk, ExportedSample sample, IReadOnlyList<SampleEvidence> evidence)
    {
        string[] complaints = [.. SampleRedo.Complaints(sample.Told), .. evidence.SelectMany(e => e.Complaints(sample))];
        var verdict = complaints.Length == 0 ? "drawn again, the same" : "does not agree";
        await desk.Output.WriteLineAsync($"{sample.Month}: {sample.Told.Drawn.Count} of {sample.Told.Closed} closed tickets, {verdict}.");
        foreach (var complaint in complaints) await desk.Output.WriteLineAsync($"  - {complaint}");
        await desk.Output.WriteLineAsync(sample.Told.FixedAt is { } at
            ? $"  The seed was fixed at {at:yyyy-MM-ddTHH:mm:ssZ}, position {sample.FixedPosition}; drawn at position {sample.DrawnPosition}."
            : "  That the seed was fixed beforehand is not shown: the file lacks its event sample_seed_fixed.");
        foreach (var proof in evidence.Where(e => e.Complaints(sample).Count == 0)) await TellAsync(desk, proof);
        if (evidence.Count == 0 && sample.Told.FixedAt is not null) await desk.Output.WriteLineAsync("  That time is the export's word: the sample's evidence proves it, with --evidence.");
        if (sample.Told.IsFirstMonth) await desk.Output.WriteLineAsync("  It is the month in which the service was first started: that its seed was fixed before is asked of no such month.");
        foreach (var (record, tickets) in SampleRedo.Excused(sample.Told))
            await desk.Output.WriteLineAsync($"  {tickets} of the tickets listed were deleted since, by the record at position {record}: that they were closed in the month is not shown any more.");
        if (sample.Told.Closings is null) await desk.Output.WriteLineAsync("  That these are all tickets closed in the month is not shown: the file lacks their events ticket_closed.");
        return complaints.Length == 0;
    }

    private static async Task TellAsync(Desk desk, SampleEvidence proof)
    {
        await desk.Output.WriteLineAsync($"  Proven: the commitment to this seed was in the audit log by the checkpoint of {proof.SignedAt:yyyy-MM-ddTHH:mm:ssZ}.");
        foreach (var not in proof.Verdict.NotProven) await desk.Output.WriteLineAsync($"  Not proven: {not}");
    }

    private static async Task<IReadOnlyList<SampleEvidence>> EvidenceAsync(Desk desk, IReadOnlyList<string> paths, BundleVerifier verifier, CancellationToken cancellation)
    {
        List<SampleEvidence> read = [];
        foreach (var path in paths)
        {
            try
            {
                read.Add(SampleEvidence.Of(await VerifyCommand.ReadAsync(desk, path, cancellation), verifier));
            }
            catch (FormatException unreadable)
            {
                throw new CommandException(ExitCode.Unreadable, $"{path} cannot be read as evidence: {Printable.Of(unreadable.Message)}");
            }
        }
        return read;
    }

    private static Stream Open(Desk desk, string path)
    {
        try
        {
            return path == "-" ? desk.OpenInput() : File.OpenRead(path);
        }
        catch (Exception unreadable) when (unreadable is FileNotFoundException or DirectoryNotFoundException or UnauthorizedAccessException)
        {
            throw new CommandException(ExitCode.Usage, $"{path} cannot be read.");
        }
    }
}
