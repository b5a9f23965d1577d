using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace ServiceOrders.EventStore;

/// <summary>
/// Settles streams when they fall due. Runs on every node; two nodes never settle the same stream, because the stream's row lock is the lease. Woken by the next due time,
/// by a signal when an append set an earlier one, and by a poll in any case.
/// </summary>
public sealed partial class DueWorkers : IAsyncDisposable
{
    private static readonly TimeSpan ShortestPause = TimeSpan.FromMilliseconds(10), LongestPause = TimeSpan.FromSeconds(5);

    private readonly StoreDatabase _database;
    private readonly DueHandler _handler;
    private readonly StoreSignals _signals;
    private readonly DueOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly CancellationTokenSource _stop = new();
    private static readonly Task Never = new TaskCompletionSource().Task;
    private Task _running = Task.CompletedTask;
    private bool _stopped;

    /// <summary>Does nothing before <see cref="Start"/>.</summary>
    /// <param name="database">The database.</param>
    /// <param name="handler">Decides what becomes of a stream that is due.</param>
    /// <param name="signals">The store's signals, of the same process.</param>
    /// <param name="options">Bounds and intervals.</param>
    /// <param name="time">By which streams are due, and which wakes.</param>
    /// <param name="log">Errors; never personal data.</param>
    public DueWorkers(StoreDatabase database, DueHandler handler, StoreSignals signals, DueOptions? options = null, TimeProvider? time = null, ILogger<DueWorkers>? log = null)
    {
        _options = options ?? new();
        ArgumentOutOfRangeException.ThrowIfNotEqual(_options.Workers, Math.Clamp(_options.Workers, 1, 16));
        ArgumentOutOfRangeException.ThrowIfNotEqual(_options.BatchSize, Math.Clamp(_options.BatchSize, 1, 1_000));
        (_database, _handler, _signals, _time, _log) = (database, handler, signals, time ?? TimeProvider.System, log ?? NullLogger<DueWorkers>.Instance);
        Lateness = new DueLateness(_time.GetUtcNow());
    }

    /// <summary>How late these workers have been.</summary>
    public DueLateness Lateness { get; }

    /// <summary>Starts the workers.</summary>
    public void Start() => _running = Task.WhenAll(Enumerable.Range(0, _options.Workers).Select(_ => Task.Run(() => RunAsync(_stop.Token))));

    /// <summary>Settles all that is due now, batch by batch, and returns. For tools and tests; goes together with running workers.</summary>
    /// <returns>How many streams were claimed.</returns>
    public async Task<int> SettleDueAsync(CancellationToken cancellation = default)
    {
        var (batch, total) = (NewBatch(), 0);
        while (await batch.SettleAsync(null, cancellation).ConfigureAwait(false) is { Claimed: > 0 and var claimed }) total += claimed;
        return total;
    }

    /// <summary>Lets the batches under way finish, and stops.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_stopped) return;
        _stopped = true;
        await _stop.CancelAsync().ConfigureAwait(false);
        await _running.ConfigureAwait(false);
        _stop.Dispose();
    }

    private DueBatch NewBatch() => new(_database, _handler, _options, _signals, Lateness, _time, _log);

    private async Task RunAsync(CancellationToken cancellation)
    {
        var (batch, failures) = (NewBatch(), 0);
        while (!cancellation.IsCancellationRequested)
        {
            // Taken before looking, so that a hint given meanwhile is not lost.
            var earlier = _signals.Due.Earlier.Next;
            try
            {
                var (claimed, next) = await batch.SettleAsync(null, cancellation).ConfigureAwait(false);
                failures = 0;
                if (claimed > 0) continue;
                await SleepAsync(next, earlier, cancellation).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
            {
                return;
            }
#pragma warning disable CA1031 // the worker must outlive every error; the due rows are still there
            catch (Exception error)
#pragma warning restore CA1031
            {
                LogFailed(Fault.Of(error), Fault.Name(error));
                var pause = TimeSpan.FromMilliseconds(50 << Math.Min(failures++, 10));
                await WaitAsync(pause < LongestPause ? pause : LongestPause, Never, cancellation).ConfigureAwait(false);
            }
        }
    }

    private Task SleepAsync(DateTimeOffset? next, Task earlier, CancellationToken cancellation)
    {
        var now = _time.GetUtcNow();
        var wakeAt = now + _options.Poll;
        // Due is what lies strictly before now. What is due already and was not claimed is held by someone else: look again soon.
        if (next is { } due && due + TimeSpan.FromMilliseconds(1) < wakeAt) wakeAt = due + TimeSpan.FromMilliseconds(1);
        if (wakeAt < now + ShortestPause) wakeAt = now + ShortestPause;
        _signals.Due.Plan(wakeAt);
        return WaitAsync(wakeAt - now, earlier, cancellation);
    }

    /// <summary>Waits for a time, a signal or the end, and throws nothing.</summary>
    private async Task WaitAsync(TimeSpan pause, Task signal, CancellationToken cancellation)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        await Task.WhenAny(Task.Delay(pause, _time, stop.Token), signal).ConfigureAwait(false);
        await stop.CancelAsync().ConfigureAwait(false);
    }

    [LoggerMessage(21, LogLevel.Error, "A due worker's batch failed ({Fault}: {Error}); nothing is lost, it tries again")]
    private partial void LogFailed(FaultKind fault, string error);
}
