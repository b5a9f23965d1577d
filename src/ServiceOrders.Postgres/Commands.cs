using System.ComponentModel;
using System.Diagnostics;

namespace ServiceOrders.Postgres;

/// <summary>Runs a program to its end.</summary>
internal static class Commands
{
    /// <summary>A program's exit code and everything it printed.</summary>
    internal readonly record struct Outcome(int ExitCode, string Output);

    /// <summary>Runs a command line; cancelling kills it.</summary>
    /// <exception cref="PrivatePostgresException">The program cannot be started.</exception>
    public static async Task<Outcome> RunAsync(IReadOnlyList<string> command, string workingDirectory, CancellationToken cancellation)
    {
        using var process = Start(command, workingDirectory);
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync(cancellation);
        var errors = process.StandardError.ReadToEndAsync(cancellation);
        try
        {
            await process.WaitForExitAsync(cancellation);
            return new Outcome(process.ExitCode, await output + await errors);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }
    }

    /// <summary>Starts a command line with its three streams redirected, so that the terminal is left alone.</summary>
    /// <exception cref="PrivatePostgresException">The program cannot be started.</exception>
    public static Process Start(IReadOnlyList<string> command, string workingDirectory)
    {
        var start = new ProcessStartInfo(command[0], command.Skip(1))
        {
            WorkingDirectory = workingDirectory,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        // Messages are searched for and shown; PG* variables of the caller are meant for clients, not for this server.
        foreach (var name in start.Environment.Keys.Where(k => k.StartsWith("PG", StringComparison.Ordinal)).ToArray()) start.Environment.Remove(name);
        start.Environment["LC_ALL"] = "C";
        try
        {
            return Process.Start(start)!;
        }
        catch (Win32Exception e)
        {
            throw new PrivatePostgresException($"Cannot run {command[0]}: {e.Message}", e);
        }
    }
}
