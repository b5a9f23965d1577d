using Npgsql;

namespace ServiceOrders.EventStore;

/// <summary>What an error of the database means for the work that met it. Retries go by an allow-list of SQLSTATEs; everything unknown is somebody's fault, not a reason to repeat.</summary>
internal enum FaultKind
{
    /// <summary>The inline read models are at another generation: learn it and try again.</summary>
    Generation,
    /// <summary>Rolled back through no fault of its own: try again.</summary>
    Retry,
    /// <summary>Rolled back because the database took too long.</summary>
    Slow,
    /// <summary>Rolled back because the database cannot work now.</summary>
    Unavailable,
    /// <summary>The connection broke; what became of the transaction is not known.</summary>
    Broken,
    /// <summary>Something in the work itself.</summary>
    Culprit,
}

internal static class Fault
{
    private const string GenerationState = "SO001";

    public static FaultKind Of(Exception error) => error switch
    {
        // FATAL ends the session: it may come before or after the commit.
        PostgresException { InvariantSeverity: "FATAL" or "PANIC" } => FaultKind.Broken,
        PostgresException postgres => Of(postgres.SqlState),
        NpgsqlException or IOException or System.Net.Sockets.SocketException or TimeoutException or ObjectDisposedException => FaultKind.Broken,
        _ => FaultKind.Culprit,
    };

    /// <summary>The kind of an error for logs and tables: messages may quote data, so they are left out.</summary>
    public static string Name(Exception error) => (error as PostgresException)?.SqlState ?? error.GetType().Name;

    private static FaultKind Of(string state) => state switch
    {
        GenerationState => FaultKind.Generation,
        PostgresErrorCodes.SerializationFailure or PostgresErrorCodes.DeadlockDetected => FaultKind.Retry,
        PostgresErrorCodes.LockNotAvailable or PostgresErrorCodes.QueryCanceled => FaultKind.Slow,
        PostgresErrorCodes.AdminShutdown or PostgresErrorCodes.CrashShutdown or PostgresErrorCodes.CannotConnectNow => FaultKind.Broken,
        PostgresErrorCodes.ReadOnlySqlTransaction => FaultKind.Unavailable,
        _ => state[..2] is "08" or "53" or "57" or "58" or "XX" ? FaultKind.Unavailable : FaultKind.Culprit,
    };
}
