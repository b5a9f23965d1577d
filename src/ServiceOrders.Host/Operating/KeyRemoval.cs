using Npgsql;
using ServiceOrders.EventStore;

namespace ServiceOrders.Host.Operating;

/// <summary>Removes idempotency keys that have expired, a bounded batch at a time. Appends take expired keys over without it: this only frees their room.</summary>
/// <param name="store">The store.</param>
/// <param name="time">The clock.</param>
/// <param name="log">Tells of failures.</param>
public sealed partial class KeyRemoval(PostgresEventStore store, TimeProvider time, ILogger<KeyRemoval> log) : IAsyncDisposable
{
    private const int Batch = 5_000;
    private static readonly TimeSpan Pace = TimeSpan.FromMinutes(10);

    private readonly CancellationTokenSource _stop = new();
    private Task _running = Task.CompletedTask;

    /// <summary>Starts.</summary>
    public void Start() => _running = RunAsync(_stop.Token);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
    }

    private async Task RunAsync(CancellationToken cancellation)
    {
        using var timer = new PeriodicTimer(Pace, time);
        while (await timer.WaitForNextTickAsync(cancellation))
        {
            try
            {
                while (await store.RemoveExpiredKeysAsync(time.Now(), Batch, cancellation) == Batch) { }
            }
            catch (Exception trouble) when (trouble is NpgsqlException or TimeoutException)
            {
                LogFailed(trouble.GetType().Name);
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Expired idempotency keys could not be removed ({Error}); tried again later")]
    private partial void LogFailed(string error);
}
