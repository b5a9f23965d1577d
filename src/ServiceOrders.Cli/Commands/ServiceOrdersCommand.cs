using System.CommandLine;

namespace ServiceOrders.Cli.Commands;

/// <summary><c>service-orders</c>: all commands.</summary>
public static class ServiceOrdersCommand
{
    /// <summary>Runs the program.</summary>
    /// <param name="arguments">The command line.</param>
    /// <param name="desk">What it sits at.</param>
    /// <param name="cancellation">Interrupts it.</param>
    /// <returns>See <see cref="ExitCode"/>.</returns>
    public static async Task<int> RunAsync(string[] arguments, Desk desk, CancellationToken cancellation = default)
    {
        var root = new RootCommand("Commands beside the service: import of real history, what-if, verification of evidence, and care of its database.") 
        {
            ImportCommand.Of(desk), CalendarCommand.Of(desk), MigrateCommand.Of(desk), RebuildCommand.Of(desk), SimulateCommand.Of(desk), VerifyCommand.Of(desk), AuditVerifyCommand.Of(desk),
            SampleCommand.Of(desk),
        };
        var parsed = root.Parse(arguments);
        var configuration = new InvocationConfiguration { Output = desk.Output, Error = desk.Error };
        var exitCode = await parsed.InvokeAsync(configuration, cancellation);
        if (parsed.Errors.Count == 0) return exitCode;
        // There 2 says that something was found.
        return AuditVerifyCommand.IsMeant(parsed) ? ExitCode.Unavailable : ExitCode.Usage;
    }
}
