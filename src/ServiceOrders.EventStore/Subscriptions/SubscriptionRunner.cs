using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace ServiceOrders.EventStore;

/// <summary>
/// Runs one subscription: page after page, each in one transaction with its checkpoint. May run on several nodes at once: the checkpoint moves by compare-and-set, so the slower
/// one rolls back. An event that cannot be applied stops its own subscription, visibly; trouble with the database does not, it is waited out.
/// </summary>
public sealed partial class SubscriptionRunner : IAsyncDisposable
{
    private const int PageSize = 2_000, MaxTries = 3;
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(500), Gather = TimeSpan.FromMilliseconds(100), LongestPause = TimeSpan.FromSeconds(5);

    private readonly StoreDatabase _database;
    private readonly ISubscription _subscription;
    private readonly StoreSignals _signals;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly SubscriptionState _state;
    private readonly CancellationTokenSource _stop = new();
    private Task _running = Task.CompletedTask;
    private bool _stopped;
    private int _pageSize = PageSize, _tries;

    /// <summary>Does nothing before <see cref="Start"/>.</summary>
    public SubscriptionRunner(StoreDatabase database, ISubscription subscription, StoreSignals signals, TimeProvider? time = null, ILogger<SubscriptionRunner>? log = null)
    {
        (_database, _subscription, _signals) = (database, subscription, signals);
        (_time, _log) = (time ?? TimeProvider.System, log ?? NullLogger<SubscriptionRunner>.Instance);
        _state = new SubscriptionState(database);
    }

    /// <summary>Starts following.</summary>
    public void Start() => _running = Task.Run(() => RunAsync(_stop.Token));

    /// <summary>Applies all that is there now, unless the subscription is stopped or stops.</summary>
    public async Task CatchUpAsync(CancellationToken cancellation = default)
    {
        while (await StepAsync(cancellation).ConfigureAwait(false)) { }
    }

    /// <summary>Lets the page under way finish or roll back, and stops.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_stopped) return;
        _stopped = true;
        await _stop.CancelAsync().ConfigureAwait(false);
        await _running.ConfigureAwait(false);
        _stop.Dispose();
    }

    private async Task RunAsync(CancellationToken cancellation)
    {
        var failures = 0;
        while (!cancellation.IsCancellationRequested)
        {
            var appended = _signals.Appended.Next;
            try
            {
                var started = _time.GetTimestamp();
                if (await StepAsync(cancellation).ConfigureAwait(false))
                {
                    // Appends come in at the same time: what follows later gives way to them, and so has larger pages to commit.
                    if (appended.IsCompleted) await WaitAsync(GiveWay(_time.GetElapsedTime(started)), null, cancellation).ConfigureAwait(false);
                    continue;
                }
                failures = 0;
                await WaitAsync(Poll, appended, cancellation).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
            {
                return;
            }
#pragma warning disable CA1031 // the runner must outlive every error; the events are still there
            catch (Exception error)
#pragma warning restore CA1031
            {
                LogFailed(_subscription.Name, Fault.Name(error));
                var pause = TimeSpan.FromMilliseconds(50 << Math.Min(failures++, 10));
                await WaitAsync(pause < LongestPause ? pause : LongestPause, null, cancellation).ConfigureAwait(false);
            }
        }
    }

    /// <summary>
    /// While requests are served, a fifth of the time is for following them, ten times a second at most: a page of many events costs little more than one of few.
    /// It never waits longer than the poll's interval.
    /// </summary>
    private static TimeSpan GiveWay(TimeSpan page) => TimeSpan.FromTicks(Math.Clamp(page.Ticks * 4, Gather.Ticks, Poll.Ticks));

    /// <summary>One page. False: there is nothing to do for now.</summary>
    private async Task<bool> StepAsync(CancellationToken cancellation)
    {
        if (await _state.IsStoppedAsync(_subscription.Name, cancellation).ConfigureAwait(false)) return false;
        var position = await Checkpoint.ReadAsync(_subscription.Name, _database.Background, cancellation).ConfigureAwait(false);
        if (await Checkpoint.PageAsync(position, _pageSize, _database.Background, cancellation).ConfigureAwait(false) is not { } page) return false;
        try
        {
            await ApplyAsync(page.Events, position, page.Last, cancellation).ConfigureAwait(false);
            (_pageSize, _tries) = (Math.Min(PageSize, _pageSize * 2), 0);
            return true;
        }
        catch (Exception error) when (error is not OperationCanceledException && Fault.Of(error) == FaultKind.Culprit)
        {
            return await NarrowAsync(page.Events, error, cancellation).ConfigureAwait(false);
        }
    }

    private async Task ApplyAsync(List<StoredEvent> events, long from, long to, CancellationToken cancellation)
    {
        await using var connection = await _database.Background.OpenConnectionAsync(cancellation).ConfigureAwait(false);
        await using var transaction = await connection.BeginTransactionAsync(cancellation).ConfigureAwait(false);
        // First the checkpoint: a second node waits here and then does nothing, instead of doing the work twice.
        if (!await Checkpoint.MoveAsync(_subscription.Name, from, to, connection, cancellation).ConfigureAwait(false)) return;
        if (events.Count > 0) await _subscription.HandleAsync(events, connection, transaction, cancellation).ConfigureAwait(false);
        await transaction.CommitAsync(cancellation).ConfigureAwait(false);
        if (events.Count > 0) StoreMetrics.SubscriptionLag.Record((_time.GetUtcNow() - events[^1].RecordedAt).TotalMilliseconds, new KeyValuePair<string, object?>("subscription", _subscription.Name));
    }

    /// <summary>Smaller pages until the culprit stands alone; what comes before it is applied. It is tried a few times, then the subscription stops there.</summary>
    private async Task<bool> NarrowAsync(List<StoredEvent> events, Exception error, CancellationToken cancellation)
    {
        if (events.Count > 1)
        {
            _pageSize = events.Count / 2;
            return true;
        }
        if (++_tries < MaxTries) return true;
        _tries = 0;
        await _state.StopAsync(_subscription.Name, events[0].Position, Fault.Name(error), cancellation).ConfigureAwait(false);
        StoreMetrics.SubscriptionStopped.Add(1, new KeyValuePair<string, object?>("subscription", _subscription.Name));
        LogStopped(_subscription.Name, events[0].Position, Fault.Name(error));
        return false;
    }

    private async Task WaitAsync(TimeSpan pause, Task? signal, CancellationToken cancellation)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var delay = Task.Delay(pause, _time, stop.Token);
        await (signal is null ? Task.WhenAny(delay) : Task.WhenAny(delay, signal)).ConfigureAwait(false);
        await stop.CancelAsync().ConfigureAwait(false);
    }

    [LoggerMessage(30, LogLevel.Error, "Subscription {Name} cannot apply event {Position} ({Error}) and is stopped")]
    private partial void LogStopped(string name, long position, string error);

    [LoggerMessage(31, LogLevel.Warning, "Subscription {Name} failed ({Error}); it tries again")]
    private partial void LogFailed(string name, string error);
}
