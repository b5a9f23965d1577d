namespace ServiceOrders.Cli.Commands;

/// <summary>Runs a command so that trouble is a sentence and an exit code, never a stack trace.</summary>
internal static class Running
{
    public static async Task<int> Guarded(Desk desk, Func<Task<int>> run)
    {
        try
        {
            return await run();
        }
        catch (CommandException trouble)
        {
            await desk.Error.WriteLineAsync(trouble.Message);
            return trouble.ExitCode;
        }
        catch (InvalidDataException unreadable)
        {
            await desk.Error.WriteLineAsync(unreadable.Message);
            return ExitCode.Usage;
        }
        catch (IOException unreadable)
        {
            await desk.Error.WriteLineAsync(unreadable.Message);
            return ExitCode.Unavailable;
        }
        catch (OperationCanceledException)
        {
            await desk.Error.WriteLineAsync("Interrupted. What was done stays; give the same command again for the rest.");
            return ExitCode.Interrupted;
        }
    }
}
