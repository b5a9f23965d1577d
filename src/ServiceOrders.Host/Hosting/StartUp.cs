using Npgsql;
using ServiceOrders.EventStore;
using ServiceOrders.Host.Web;

namespace ServiceOrders.Host.Hosting;

/// <summary>One thing that has to be done before requests are taken.</summary>
/// <param name="Name">What, for the log: <c>migrations</c>.</param>
/// <param name="RunAsync">Does it. May be run again after it failed for want of the database.</param>
public sealed record StartUpStep(string Name, Func<CancellationToken, Task> RunAsync);

/// <summary>
/// The order of the start: migrations, shipped rules, first administrator, … . The process listens from the beginning, so that probes are answered; requests get 503
/// until all is done. A database that is away is waited for, with growing pauses; anything else that fails ends the process.
/// </summary>
/// <param name="steps">What to do, in order.</param>
/// <param name="time">The clock by which it waits.</param>
/// <param name="log">Tells what it waits for.</param>
public sealed partial class StartUp(IEnumerable<StartUpStep> steps, TimeProvider time, ILogger<StartUp> log)
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(10);

    private volatile bool _done;

    /// <summary>Whether everything is done and requests are taken.</summary>
    public bool IsDone => _done;

    /// <summary>Does every step, waiting for the database as long as it takes.</summary>
    /// <exception cref="OperationCanceledException">The process is to stop.</exception>
    public async Task RunAsync(CancellationToken stopping)
    {
        foreach (var step in steps) await PersistAsync(step, stopping);
        _done = true;
    }

    private async Task PersistAsync(StartUpStep step, CancellationToken stopping)
    {
        for (var pause = FirstPause; ; pause = pause * 2 < LongestPause ? pause * 2 : LongestPause)
        {
            try
            {
                await step.RunAsync(stopping);
                return;
            }
            catch (Exception e) when (IsAway(e) && !stopping.IsCancellationRequested)
            {
                // The exception's text names the server, not its password; the connection string itself is never logged.
                LogWaiting(step.Name, pause.TotalSeconds, e.Message);
                await Task.Delay(pause, time, stopping);
            }
        }
    }

    /// <summary>Whether a failure is the database's absence, as opposed to a refusal (wrong password, an edited migration), which waiting does not cure.</summary>
    private static bool IsAway(Exception failure) => failure switch
    {
        StoreUnavailableException or StoreBusyException or OutcomeUnknownException => true,
        PostgresException { SqlState: var state } => state.StartsWith("08", StringComparison.Ordinal) || state.StartsWith("53", StringComparison.Ordinal) || state.StartsWith("57", StringComparison.Ordinal),
        NpgsqlException or TimeoutException => true,
        ProblemException { Problem.Type.Status: StatusCodes.Status503ServiceUnavailable } => true,
        _ => false,
    };

    [LoggerMessage(Level = LogLevel.Warning, Message = "Start-up waits for the database at step {Step}, next attempt in {Seconds} s: {Reason}")]
    private partial void LogWaiting(string step, double seconds, string reason);
}

/// <summary>Turns requests away until the start-up is done.</summary>
public static class StartUpGate
{
    private const int RetryAfterSeconds = 2;

    /// <summary>Everything but <c>/health</c> answers 503 with <c>Retry-After</c> until <see cref="StartUp.IsDone"/>.</summary>
    public static IApplicationBuilder UseStartUpGate(this IApplicationBuilder app)
    {
        var startUp = app.ApplicationServices.GetRequiredService<StartUp>();
        return app.Use((http, next) => startUp.IsDone || http.Request.Path.StartsWithSegments("/health", StringComparison.Ordinal)
            ? next(http)
            : new Problem(ProblemTypes.DatabaseUnavailable, "The service is starting and waits for its database.") { RetryAfter = RetryAfterSeconds }.ExecuteAsync(http));
    }
}
