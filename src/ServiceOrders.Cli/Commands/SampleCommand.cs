using System.CommandLine;
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
        var redo = new Command("redo", "Draws each month's sample again, with nothing but the file. Exit code 0: every draw is the one that its seed makes, and no month was passed over; 1: one is not, or was; 3: the file has none.") { file };
        redo.SetAction((parsed, cancellation) => Running.Guarded(desk, async () =>
        {
            await using var input = Open(desk, parsed.GetValue(file)!);
            var (samples, lapses, whole) = await SampleFile.ReadAsync(input, cancellation);
            if (samples.Count == 0) throw new CommandException(ExitCode.Unreadable, "The file has no sample that was drawn.");
            if (!whole) await desk.Error.WriteLineAsync("The export was cut: it has no last record. What is there is drawn again all the same.");
            var agree = lapses.Count == 0;
            foreach (var sample in samples) agree &= await RedoAsync(desk, sample);
            foreach (var lapse in lapses) await desk.Output.WriteLineAsync(lapse);
            return agree ? ExitCode.Done : ExitCode.DoesNotHold;
        }));
        return new Command("sample", "Monthly samples of closed services.") { redo };
    }

    private static async Task<bool> RedoAsync(Desk desk, ExportedSample sample)
    {
        var complaints = SampleRedo.Complaints(sample.Told);
        var verdict = complaints.Count == 0 ? "drawn again, the same" : "does not agree";
        await desk.Output.WriteLineAsync($"{sample.Month}: {sample.Told.Drawn.Count} of {sample.Told.Closed} closed tickets, {verdict}.");
        foreach (var complaint in complaints) await desk.Output.WriteLineAsync($"  - {complaint}");
        await desk.Output.WriteLineAsync(sample.Told.FixedAt is { } at
            ? $"  The seed was fixed at {at:yyyy-MM-ddTHH:mm:ssZ}, position {sample.FixedPosition}; drawn at position {sample.DrawnPosition}. A signed checkpoint that covers the first position proves when."
            : "  That the seed was fixed beforehand is not shown: the file lacks its event sample_seed_fixed.");
        foreach (var (record, tickets) in SampleRedo.Excused(sample.Told))
            await desk.Output.WriteLineAsync($"  {tickets} of the tickets listed were deleted since, by the record at position {record}: that they were closed in the month is not shown any more.");
        if (sample.Told.Closings is null) await desk.Output.WriteLineAsync("  That these are all tickets closed in the month is not shown: the file lacks their events ticket_closed.");
        return complaints.Count == 0;
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
