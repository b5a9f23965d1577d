using Microsoft.Extensions.Logging;
using Npgsql;

namespace ServiceOrders.EventStore;

/// <summary>Dropping what served before. By then the switch has taken place, so nothing here fails the rebuild.</summary>
internal static partial class OldGeneration
{
    /// <summary>Drops a generation; one that cannot be dropped now, because someone still reads it, is left for the next rebuild.</summary>
    public static async Task TryDropAsync(string name, int generation, Func<int, Task> drop, ILogger log)
    {
        if (generation < 1) return;
        try
        {
            await drop(generation).ConfigureAwait(false);
        }
        catch (Exception error) when (error is NpgsqlException or OperationCanceledException)
        {
            LogNotDropped(log, generation, name, Fault.Name(error));
        }
    }

    [LoggerMessage(41, LogLevel.Warning, "Generation {Generation} of {Name} could not be dropped ({Error}) and is left for the next rebuild")]
    private static partial void LogNotDropped(ILogger log, int generation, string name, string error);
}
