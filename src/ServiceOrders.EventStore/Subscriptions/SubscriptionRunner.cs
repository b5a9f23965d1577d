using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace ServiceOrders.EventStore;

/// <summary>
/// Runs one subscription: page after page, each in one transaction with its checkpoint. May run on several nodes at once: the checkpoint moves by compare-and-set, so the slower
/// one rolls back. An event that cannot be applied stops its own subscription, visibly; trouble with the database does not, it is waited out.
/// </summary>
public sealed partial class SubscriptionRunner : IAsyncDisposable
{
    private const int PageSize = 2_000, RawPageSize = 10_000, MaxTries = 3;
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(500), Gather = TimeSpan.FromMilliseconds(100), LongestPause = TimeSpan.FromSeconds(5);

    private readonly StoreDatabase _database;
    private readonly SubscriptionPages.Next _next;
    private readonly int _largestPage;
    private readonly TimeSpan _gather;
    private readonly StoreSignals _signals;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly SubscriptionState _state;
    private readonly CancellationTokenSource _stop = new();
    private Task _running = Task.CompletedTask;
    private bool _stopped;
    private int _pageSize, _tries;

    /// <summary>Does nothing before <see cref="Start"/>.</summary>
    public SubscriptionRunner(StoreDatabase database, ISubscription subscription, StoreSignals signals, TimeProvider? time = null, ILogger<SubscriptionRunner>? log = null)
        : this(database, subscription.Name, SubscriptionPages.Of(subscription), PageSize, Gather, signals, time, log) { }

    /// <summary>Does nothing before <see cref="Start"/>. What reads its events itself gets larger pages, since it need not hold them in memory, and rarer ones while appends come in: nobody waits for it.</summary>
    public SubscriptionRunner(StoreDatabase database, IRawSubscription subscription, StoreSignals signals, TimeProvider? time = null, ILogger<SubscriptionRunner>? log = null)
        : this(database, subscription.Name, SubscriptionPages.Of(subscription), RawPageSize, Poll, signals, time, log) { }

    private SubscriptionRunner(StoreDatabase database, string name, SubscriptionPages.Next next, int largestPage, TimeSpan gather, StoreSignals signals, TimeProvider? time, ILogger<SubscriptionRunner>? log)
    {
        (_database, Name, _next, _signals) = (database, name, next, signals);
        (_time, _log) = (time ?? TimeProvider.System, log ?? NullLogger<SubscriptionRunner>.Instance);
        (_pageSize, _largestPage, _gather) = (largestPage, largestPage, gather);
        _state = new SubscriptionState(database);
    }

    /// <summary>The subscription's name, and that of its checkpoint.</summary>
    public string Name { get; }

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
                LogFailed(Name, Fault.Name(error));
                var pause = TimeSpan.FromMilliseconds(50 << Math.Min(failures++, 10));
                await WaitAsync(pause < LongestPause ? pause : LongestPause, null, cancellation).ConfigureAwait(false);
            }
        }
    }

    /// <summary>
    /// While requests are served, a fifth of the time is for following them, ten times a second at most: a page of many events costs little more than one of few.
    /// It never waits longer than the poll's interval.
    /// </summary>
    private TimeSpan GiveWay(TimeSpan page) => TimeSpan.FromTicks(Math.Clamp(page.Ticks * 4, _gather.Ticks, Poll.Ticks));

    /// <summary>One page. False: there is nothing to do for now.</summary>
    private async Task<bool> StepAsync(CancellationToken cancellation)
    {
        if (await _state.IsStoppedAsync(Name, cancellation).ConfigureAwait(false)) return false;
        var position = await Checkpoint.ReadAsync(Name, _database.Background, cancellation).ConfigureAwait(false);
        if (await _next(position, _pageSize, _database.Background, cancellation).ConfigureAwait(false) is not { } page) return false;
        try
        {
            await ApplyAsync(page, position, cancellation).ConfigureAwait(false);
            (_pageSize, _tries) = (Math.Min(_largestPage, _pageSize * 2), 0);
            return true;
        }
        catch (Exception error) when (error is not OperationCanceledException && Fault.Of(error) == FaultKind.Culprit)
        {
            return await NarrowAsync(page, error, cancellation).ConfigureAwait(false);
        }
    }

    private async Task ApplyAsync(SubscriptionPage page, long from, CancellationToken cancellation)
    {
        await using var connection = await _database.Background.OpenConnectionAsync(cancellation).ConfigureAwait(false);
        await using var transaction = await connection.BeginTransactionAsync(cancellation).ConfigureAwait(false);
        // First the checkpoint: a second node waits here and then does nothing, instead of doing the work twice.
        if (!await Checkpoint.MoveAsync(Name, from, page.Last, connection, cancellation).ConfigureAwait(false)) return;
        if (page.Count > 0) await page.ApplyAsync(connection, transaction, cancellation).ConfigureAwait(false);
        await transaction.CommitAsync(cancellation).ConfigureAwait(false);
        if (page.Count > 0) StoreMetrics.SubscriptionLag.Record((_time.GetUtcNow() - page.RecordedAt).TotalMilliseconds, new KeyValuePair<string, object?>("subscription", Name));
    }

    /// <summary>Smaller pages until the culprit stands alone; what comes before it is applied. It is tried a few times, then the subscription stops there.</summary>
    private async Task<bool> NarrowAsync(SubscriptionPage page, Exception error, CancellationToken cancellation)
    {
        if (page.Count > 1)
        {
            _pageSize = page.Count / 2;
            return true;
        }
        if (++_tries < MaxTries) return true;
        _tries = 0;
        await _state.StopAsync(Name, page.First, Fault.Name(error), cancellation).ConfigureAwait(false);
        StoreMetrics.SubscriptionStopped.Add(1, new KeyValuePair<string, object?>("subscription", Name));
        LogStopped(Name, page.First, Fault.Name(error));
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
