using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace ServiceOrders.EventStore;

/// <summary>
/// Measures every few seconds what is late, for the gauges <c>store.due.late</c>, <c>store.due.failing</c> and <c>store.due.oldest</c>. The figures are the whole database's, whichever
/// node tells them. While nobody listens to the gauges it asks nothing.
/// </summary>
/// <param name="table">The due rows.</param>
/// <param name="time">The clock.</param>
/// <param name="log">Tells of failures.</param>
public sealed partial class DueWatch(DueTable table, TimeProvider time, ILogger<DueWatch>? log = null) : IAsyncDisposable
{
    private static readonly TimeSpan Pace = TimeSpan.FromSeconds(15);

    private readonly ILogger _log = log ?? NullLogger<DueWatch>.Instance;
    private readonly CancellationTokenSource _stop = new();
    private Task _running = Task.CompletedTask;

    /// <summary>Starts.</summary>
    public void Start() => _running = RunAsync(_stop.Token);

    /// <summary>Measures once, if anyone listens.</summary>
    public async Task MeasureAsync(CancellationToken cancellation = default)
    {
        if (!StoreMetrics.DueLate.Enabled && !StoreMetrics.DueFailing.Enabled && !StoreMetrics.DueOldest.Enabled) return;
        var now = time.GetUtcNow();
        var backlog = await table.ReadBacklogAsync(now, cancellation).ConfigureAwait(false);
        StoreMetrics.DueLate.Record(backlog.Late);
        StoreMetrics.DueFailing.Record(backlog.PutOff);
        StoreMetrics.DueOldest.Record(backlog.Oldest is { } oldest ? (now - oldest).TotalMilliseconds : 0);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await _running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
    }

    private async Task RunAsync(CancellationToken cancellation)
    {
        using var timer = new PeriodicTimer(Pace, time);
        while (await timer.WaitForNextTickAsync(cancellation).ConfigureAwait(false))
        {
            try
            {
                await MeasureAsync(cancellation).ConfigureAwait(false);
            }
            catch (Exception trouble) when (trouble is NpgsqlException or TimeoutException)
            {
                LogFailed(Fault.Name(trouble));
            }
        }
    }

    [LoggerMessage(22, LogLevel.Warning, "What is late could not be measured ({Error}); tried again")]
    private partial void LogFailed(string error);
}
