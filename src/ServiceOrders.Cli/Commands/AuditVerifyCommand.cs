using System.CommandLine;
using System.Globalization;
using System.Text;
using Npgsql;
using ServiceOrders.Audit.Keys;
using ServiceOrders.AuditLog.Verifying;
using ServiceOrders.EventStore;

namespace ServiceOrders.Cli.Commands;

/// <summary><c>service-orders audit verify</c>: verifies a whole database without the service and without trusting it; for whoever has a connection, a key and checkpoints of their own.</summary>
internal static class AuditVerifyCommand
{
    private const string Variable = "ConnectionStrings__ServiceOrders";
    private static readonly TimeSpan Telling = TimeSpan.FromSeconds(5);

    /// <summary>The command.</summary>
    public static Command Of(Desk desk)
    {
        var connection = new Option<string?>("--connection") { Description = $"The database's connection string; better in the environment: {Variable}. A login that may read is enough." };
        var checkpoints = new Option<string?>("--checkpoints") { Description = "A file of checkpoints that was kept outside of the database." };
        var keys = new Option<string[]>("--key") { Description = "A public key of the log (PEM file) that you have from elsewhere; may be given several times. Left out: the log's first key is taken for good." };
        var verify = new Command("verify", "Re-reads every event and lays it beside the log, the log beside what was signed, and that beside what was kept. Exit code 0: all is as it was; 2: something was found; 3: it could not be done.")
        {
            connection, checkpoints, keys,
        };
        verify.SetAction((parsed, cancellation) => Running.Guarded(desk, () => RunAsync(desk, parsed.GetValue(connection), parsed.GetValue(checkpoints), parsed.GetValue(keys) ?? [], cancellation)));
        return new Command("audit", "The audit log.") { verify };
    }

    /// <summary>Whether a command line, right or wrong, is one of this command.</summary>
    public static bool IsMeant(ParseResult parsed) => parsed.CommandResult is { Command.Name: "verify" or "audit", Parent: var parent } command
        && (command.Command.Name == "audit" || parent is System.CommandLine.Parsing.CommandResult { Command.Name: "audit" });

    private static async Task<int> RunAsync(Desk desk, string? named, string? checkpoints, string[] keys, CancellationToken cancellation)
    {
        var connection = named ?? desk.Variable(Variable) ?? throw Impossible($"A database is needed: --connection, or {Variable} in the environment.");
        if (checkpoints is not null && !File.Exists(checkpoints)) throw Impossible($"There is no file {checkpoints}.");
        var basis = new VerificationBasis([.. keys.Select(ReadKey)], checkpoints);
        await using var database = Open(connection);
        try
        {
            var told = desk.Time.GetTimestamp();
            var report = await new LogVerifier(database.Background, desk.Time).RunAsync(basis, async (progress, _) =>
            {
                if (desk.Time.GetElapsedTime(told) < Telling) return;
                told = desk.Time.GetTimestamp();
                await desk.Error.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"{progress.Leaves} of {progress.Size}"));
            }, cancellation);
            await TellAsync(desk, report, basis);
            return report.IsClean ? ExitCode.Done : ExitCode.Found;
        }
        catch (Exception trouble) when (trouble is NpgsqlException or TimeoutException)
        {
            throw Impossible((trouble as PostgresException)?.SqlState is { } state ? $"The database refuses: {state}." : $"The database cannot be read: {trouble.Message}");
        }
        catch (Exception trouble) when (trouble is not (OperationCanceledException or CommandException))
        {
            // Whatever somebody made of the database: that it could not be verified is never told as anything else.
            throw Impossible($"The verification broke off: {trouble.GetType().Name}. Nothing is proven.");
        }
    }

    private static StoreDatabase Open(string connection)
    {
        try
        {
            return new StoreDatabase(connection);
        }
        catch (Exception wrong) when (wrong is ArgumentException or FormatException)
        {
            // Quoted, it could show a password.
            throw Impossible("This is no connection string.");
        }
    }

    private static async Task TellAsync(Desk desk, VerificationReport report, VerificationBasis basis)
    {
        foreach (var finding in report.Findings) await desk.Output.WriteLineAsync($"{finding.Kind}\t{finding.Subject}\t{finding.Detail}");
        if (report.FindingCount > report.Findings.Count) await desk.Output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"… and {report.FindingCount - report.Findings.Count} more"));
        await desk.Error.WriteLineAsync(string.Create(CultureInfo.InvariantCulture,
            $"log {report.LogId}: {report.Leaves} events in it, {report.Events} read, {report.Deleted} deleted after their time; {report.Checkpoints} checkpoints here, {report.OutsideCheckpoints} outside; {report.FindingCount} findings"));
        if (report.NotYetProtected > 0)
            await desk.Error.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"not yet protected: the last {report.NotYetProtected} events are under no checkpoint that was kept outside; that some are missing, or were others, could not be proven"));
        if (basis.Keys.Count == 0) await desk.Error.WriteLineAsync("no --key was given: whose log this is was not verified");
    }

    private static VerificationKey ReadKey(string path)
    {
        try
        {
            return VerificationKey.FromPem(File.ReadAllText(path, Encoding.UTF8));
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException or FormatException)
        {
            throw Impossible($"{path} cannot be read: {unreadable.Message}");
        }
    }

    // Not the usual 2: that means findings here.
    private static CommandException Impossible(string message) => new(ExitCode.Unavailable, message);
}
