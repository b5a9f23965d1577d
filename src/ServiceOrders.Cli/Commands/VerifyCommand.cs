using System.CommandLine;
using System.Text;
using ServiceOrders.Audit.Checkpoints;
using ServiceOrders.Audit.Evidence;
using ServiceOrders.Audit.Keys;

namespace ServiceOrders.Cli.Commands;

/// <summary><c>service-orders verify</c>: judges an evidence bundle of one ticket or one sample, offline: no database, no network, nothing but files.</summary>
internal static class VerifyCommand
{
    /// <summary>Larger files are not read: no ticket has so many events.</summary>
    private const int MostBytes = 256 * 1024 * 1024;

    /// <summary>The command.</summary>
    public static Command Of(Desk desk)
    {
        var file = new Argument<string>("bundle") { Description = "The evidence bundle, a JSON file; - for standard input." };
        var keys = new Option<string[]>("--key") { Description = "A public key (PEM file) that you have from elsewhere; may be given several times. Left out: the keys in the file are taken, and whose they are is not proven." };
        var checkpoint = new Option<string?>("--checkpoint") { Description = "A signed checkpoint, or a file of them, that was kept outside of the service; the bundle's must be among them." };
        var command = new Command("verify", "Judges an evidence bundle offline. Exit code 0: it holds; 1: it does not; 3: it cannot be read.") { file, keys, checkpoint };
        command.SetAction((parsed, cancellation) => Running.Guarded(desk, async () =>
        {
            return await RunAsync(desk, await ReadAsync(desk, parsed.GetValue(file)!, cancellation), VerifierOf(parsed.GetValue(keys), parsed.GetValue(checkpoint)));
        }));
        return command;
    }

    /// <summary>A judge who has these files from elsewhere.</summary>
    internal static BundleVerifier VerifierOf(IReadOnlyList<string>? keys, string? checkpoints) => new([.. (keys ?? []).Select(ReadKey)], checkpoints is null ? null : ReadCheckpoints(checkpoints));

    private static async Task<int> RunAsync(Desk desk, byte[] bundle, BundleVerifier verifier)
    {
        try
        {
            var verdict = verifier.Verify(bundle);
            await desk.Output.WriteLineAsync(verdict.Holds ? "The evidence holds." : "The evidence does not hold.");
            await ListAsync(desk, "Wrong:", verdict.Failures);
            await ListAsync(desk, "Proven:", verdict.Proven);
            await ListAsync(desk, "Not proven:", verdict.NotProven);
            return verdict.Holds ? ExitCode.Done : ExitCode.DoesNotHold;
        }
        catch (FormatException unreadable)
        {
            throw new CommandException(ExitCode.Unreadable, $"This cannot be read as evidence: {Printable.Of(unreadable.Message)}");
        }
    }

    private static async Task ListAsync(Desk desk, string heading, IReadOnlyList<string> sentences)
    {
        if (sentences.Count == 0) return;
        await desk.Output.WriteLineAsync(heading);
        foreach (var sentence in sentences) await desk.Output.WriteLineAsync($"  - {sentence}");
    }

    private static VerificationKey ReadKey(string path) => Read(path, VerificationKey.FromPem);

    private static IReadOnlyList<SignedNote> ReadCheckpoints(string path) => Read(path, text => CheckpointFile.Read(text).Checkpoints);

    private static T Read<T>(string path, Func<string, T> parse)
    {
        try
        {
            return parse(File.ReadAllText(path, Encoding.UTF8));
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException or FormatException)
        {
            throw new CommandException(ExitCode.Usage, $"{path} cannot be read: {unreadable.Message}");
        }
    }

    /// <summary>A file of evidence.</summary>
    internal static async Task<byte[]> ReadAsync(Desk desk, string path, CancellationToken cancellation)
    {
        try
        {
            await using var stream = path == "-" ? desk.OpenInput() : File.OpenRead(path);
            using var copy = new MemoryStream();
            var buffer = new byte[81920];
            for (int read; (read = await stream.ReadAsync(buffer, cancellation)) > 0;)
            {
                if (copy.Length + read > MostBytes) throw new CommandException(ExitCode.Unreadable, $"{path} is too large for the evidence of one ticket.");
                copy.Write(buffer, 0, read);
            }
            return copy.ToArray();
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            throw new CommandException(ExitCode.Unreadable, $"{path} cannot be read: {unreadable.Message}");
        }
    }
}
