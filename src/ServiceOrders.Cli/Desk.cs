namespace ServiceOrders.Cli;

/// <summary>What the program sits at: where it reads, writes and asks. Tests bring their own.</summary>
public sealed record Desk
{
    /// <summary>Standard output: results.</summary>
    public required TextWriter Output { get; init; }
    /// <summary>Standard error: progress and trouble.</summary>
    public required TextWriter Error { get; init; }
    /// <summary>Standard input, opened when <c>-</c> is named as the file.</summary>
    public required Func<Stream> OpenInput { get; init; }
    /// <summary>Environment variables.</summary>
    public required Func<string, string?> Variable { get; init; }
    /// <summary>The way to the server.</summary>
    public required Func<HttpMessageHandler> NewHandler { get; init; }
    /// <summary>The clock.</summary>
    public required TimeProvider Time { get; init; }

    /// <summary>The process's own.</summary>
    public static Desk Ours => new()
    {
        Output = Console.Out, Error = Console.Error, OpenInput = Console.OpenStandardInput, Variable = Environment.GetEnvironmentVariable,
        NewHandler = () => new SocketsHttpHandler { ConnectTimeout = TimeSpan.FromSeconds(10) }, Time = TimeProvider.System,
    };
}

/// <summary>How a command ended, for scripts.</summary>
public static class ExitCode
{
    /// <summary>All is done.</summary>
    public const int Done = 0;
    /// <summary>It went through, but some lines could not be imported; each is named on standard error.</summary>
    public const int SomeRejected = 1;
    /// <summary><c>verify</c>: the evidence does not hold.</summary>
    public const int DoesNotHold = 1;
    /// <summary>The command line, the file or a setting is wrong; nothing was done.</summary>
    public const int Usage = 2;
    /// <summary><c>audit verify</c>: something is not as it was.</summary>
    public const int Found = 2;
    /// <summary>The server or the database cannot be reached, refuses, or stopped; what was done stays, and the command can be given again.</summary>
    public const int Unavailable = 3;
    /// <summary><c>verify</c>: this is no evidence.</summary>
    public const int Unreadable = 3;
    /// <summary>Interrupted by the user (128 + SIGINT); what was done stays.</summary>
    public const int Interrupted = 130;
}

/// <summary>Trouble that ends a command.</summary>
/// <param name="exitCode">How it ends, see <see cref="ExitCode"/>.</param>
/// <param name="message">For the user; never a key.</param>
public sealed class CommandException(int exitCode, string message) : Exception(message)
{
    /// <summary>How the command ends.</summary>
    public int ExitCode { get; } = exitCode;
}
