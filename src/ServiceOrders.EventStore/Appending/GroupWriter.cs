using System.Threading.Channels;
using Microsoft.Extensions.Logging;

namespace ServiceOrders.EventStore;

/// <summary>
/// The process's one writer: takes whatever waits and commits it as one transaction in one round trip. While a batch is under way the next gathers, so batches grow with
/// the load and a lone append goes at once. Each caller gets the truth about its own append.
/// </summary>
internal sealed partial class GroupWriter : IAsyncDisposable
{
    private const int MaxTries = 8, MaxBusyTries = 12, MaxBrokenTries = 3;
    private static readonly TimeSpan LongestBusyPause = TimeSpan.FromMilliseconds(200), DrainTime = TimeSpan.FromSeconds(20);

    private readonly StoreDatabase _database;
    private readonly StoreSignals _signals;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly int _capacity;
    private readonly LostCommit _lost;
    private readonly Channel<PendingAppend> _queue = Channel.CreateUnbounded<PendingAppend>(new() { SingleReader = true });
    private readonly BatchCollector _collector;
    private readonly Task _loop;
    private WriterSession? _session;
    private int _inside;

    public GroupWriter(StoreDatabase database, StoreSignals signals, TimeProvider time, ILogger log, int capacity)
    {
        (_database, _signals, _time, _log, _capacity) = (database, signals, time, log, capacity);
        _lost = new LostCommit(database, time);
        _collector = new BatchCollector(_queue.Reader, pending => Fail(pending, new OperationCanceledException()));
        _loop = Task.Run(RunAsync);
    }

    /// <summary>Queues an append and waits for its outcome. A caller who goes away takes a queued append along, but never a batch.</summary>
    public async ValueTask<AppendOutcome> AppendAsync(Append append, CancellationToken cancellation)
    {
        // The bound counts all that is inside, queued or under way, so that putting back never fails.
        if (Interlocked.Increment(ref _inside) > _capacity)
        {
            Interlocked.Decrement(ref _inside);
            throw new StoreBusyException($"{_capacity} appends are waiting already.");
        }
        StoreMetrics.Queue.Add(1);
        var pending = new PendingAppend(append);
        if (!_queue.Writer.TryWrite(pending)) Fail(pending, new StoreBusyException("The store is shutting down."));
        if (!cancellation.CanBeCanceled) return await pending.Outcome.ConfigureAwait(false);
        try
        {
            return await pending.Outcome.WaitAsync(cancellation).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            pending.Abandoned = true;
            throw;
        }
    }

    /// <summary>Takes nothing more, commits what waits, and ends.</summary>
    public async ValueTask DisposeAsync()
    {
        _queue.Writer.TryComplete();
        try
        {
            await _loop.WaitAsync(DrainTime, _time).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            LogNotDrained(_inside);
        }
    }

    private async Task RunAsync()
    {
        List<PendingAppend> batch = new(BatchCollector.MaxAppends);
        while (await _collector.WaitAsync().ConfigureAwait(false))
        {
            _collector.Collect(batch);
            if (batch.Count == 0) continue;
            try
            {
                await CommitAsync(batch).ConfigureAwait(false);
            }
#pragma warning disable CA1031 // the loop must outlive every error; the callers get it
            catch (Exception error)
#pragma warning restore CA1031
            {
                LogUnexpected(error);
                foreach (var pending in batch) Fail(pending, new OutcomeUnknownException("The writer failed.", error));
            }
        }
        if (_session is not null) await _session.DisposeAsync().ConfigureAwait(false);
    }

    private async Task CommitAsync(IReadOnlyList<PendingAppend> batch)
    {
        for (var tries = 1; ; tries++)
        {
            if (!await ConnectAsync(batch).ConfigureAwait(false)) return;
            try
            {
                Answer(batch, await _session!.CommitAsync(batch).ConfigureAwait(false));
                return;
            }
            catch (Exception error)
            {
                if (await SettleAsync(batch, error, tries).ConfigureAwait(false)) return;
            }
        }
    }

    private async Task<bool> ConnectAsync(IReadOnlyList<PendingAppend> batch)
    {
        if (_session is { IsOpen: true }) return true;
        await CloseAsync().ConfigureAwait(false);
        try
        {
            _session = await WriterSession.OpenAsync(_database).ConfigureAwait(false);
            return true;
        }
        catch (Exception error) when (Fault.Of(error) is not FaultKind.Culprit)
        {
            LogUnreachable(Fault.Name(error));
            FailAll(batch, new StoreUnavailableException("The database cannot be reached.", error));
            return false;
        }
    }

    /// <summary>Deals with a batch that failed. False: try the whole of it again.</summary>
    private async Task<bool> SettleAsync(IReadOnlyList<PendingAppend> batch, Exception error, int tries)
    {
        var fault = Fault.Of(error);
        switch (fault)
        {
            case FaultKind.Generation when tries < MaxTries:
                // A generation that cannot be read is learned with the next session.
                try { await _session!.LearnGenerationAsync().ConfigureAwait(false); }
                catch (Exception unread) when (Fault.Of(unread) is not FaultKind.Culprit) { await CloseAsync().ConfigureAwait(false); }
                return false;
            case FaultKind.Retry when tries < MaxTries:
                LogRetry(batch.Count, Fault.Name(error));
                return false;
            case FaultKind.Broken:
                var session = _session!.Key;
                await CloseAsync().ConfigureAwait(false);
                await RecoverAsync(session, batch).ConfigureAwait(false);
                return true;
            case FaultKind.Generation or FaultKind.Retry or FaultKind.Slow:
                FailAll(batch, new StoreBusyException("The database took too long; nothing was written."));
                return true;
            case FaultKind.Unavailable:
                FailAll(batch, new StoreUnavailableException("The database cannot work now; nothing was written.", error));
                return true;
            default:
                await TakeApartAsync(batch, error).ConfigureAwait(false);
                return true;
        }
    }

    /// <summary>One bad append fails its whole batch: halves are tried until it stands alone, and only its caller hears of it.</summary>
    private async Task TakeApartAsync(IReadOnlyList<PendingAppend> batch, Exception error)
    {
        if (batch is [var culprit])
        {
            LogCulprit(Fault.Name(error));
            Fail(culprit, new AppendFailedException("The append cannot be stored as it is; nothing was written.", error));
            return;
        }
        var half = batch.Count / 2;
        await CommitAsync([.. batch.Take(half)]).ConfigureAwait(false);
        await CommitAsync([.. batch.Skip(half)]).ConfigureAwait(false);
    }

    private async Task RecoverAsync(long session, IReadOnlyList<PendingAppend> batch)
    {
        LogBroken(batch.Count);
        DateTimeOffset?[] recorded;
        try
        {
            recorded = await _lost.FindAsync(session, batch).ConfigureAwait(false);
        }
        catch (OutcomeUnknownException unknown)
        {
            FailAll(batch, unknown);
            return;
        }
        List<PendingAppend> again = [];
        for (var i = 0; i < batch.Count; i++)
        {
            var append = batch[i].Append;
            if (recorded[i] is { } at) Resolve(batch[i], new Appended(append.ExpectedVersion + append.Events.Count, at));
            else if (++batch[i].BrokenTries < MaxBrokenTries) again.Add(batch[i]);
            else Fail(batch[i], new StoreUnavailableException("The connection broke again and again; nothing was written."));
        }
        _collector.PutBack(again);
        _signals.Appended.Set();
    }

    private void Answer(IReadOnlyList<PendingAppend> batch, StageResult result)
    {
        StoreMetrics.BatchSize.Record(batch.Count);
        for (var i = 0; i < batch.Count; i++)
        {
            if (result.Of(i + 1, batch[i].Append) is { } outcome) Resolve(batch[i], outcome);
            else _ = TryLaterAsync(batch[i]);
        }
        _signals.Appended.Set();
    }

    /// <summary>Its stream is locked by someone else, a due worker or another node: let the group go on and try again in a moment.</summary>
    private async Task TryLaterAsync(PendingAppend pending)
    {
        if (++pending.BusyTries > MaxBusyTries)
        {
            Fail(pending, new StreamHeldException("The stream is being written elsewhere."));
            return;
        }
        var pause = TimeSpan.FromMilliseconds(1 << pending.BusyTries);
        await Task.Delay(pause < LongestBusyPause ? pause : LongestBusyPause, _time).ConfigureAwait(false);
        if (!_queue.Writer.TryWrite(pending)) Fail(pending, new StoreBusyException("The store is shutting down."));
    }

    private void Resolve(PendingAppend pending, AppendOutcome outcome)
    {
        if (outcome is Appended && pending.Append.Due is { Changes: true, At: { } due }) _signals.Due.Hint(due);
        Left(pending);
        pending.Resolve(outcome);
    }

    private void FailAll(IReadOnlyList<PendingAppend> batch, Exception error)
    {
        foreach (var pending in batch) Fail(pending, error);
    }

    private void Fail(PendingAppend pending, Exception error)
    {
        if (pending.Outcome.IsCompleted) return;
        Left(pending);
        pending.Fail(error);
    }

    private void Left(PendingAppend pending)
    {
        Interlocked.Decrement(ref _inside);
        StoreMetrics.Queue.Add(-1);
        StoreMetrics.AppendDuration.Record(System.Diagnostics.Stopwatch.GetElapsedTime(pending.StartedAt).TotalMilliseconds);
    }

    private async Task CloseAsync()
    {
        if (_session is not { } session) return;
        _session = null;
        await session.DisposeAsync().ConfigureAwait(false);
    }

    [LoggerMessage(1, LogLevel.Warning, "The connection broke in a batch of {Count} appends; finding out what became of it")]
    private partial void LogBroken(int count);

    [LoggerMessage(2, LogLevel.Information, "A batch of {Count} appends is repeated after {SqlState}")]
    private partial void LogRetry(int count, string sqlState);

    [LoggerMessage(3, LogLevel.Error, "An append cannot be stored: {Cause}")]
    private partial void LogCulprit(string cause);

    [LoggerMessage(4, LogLevel.Error, "The database cannot be reached: {Cause}")]
    private partial void LogUnreachable(string cause);

    [LoggerMessage(5, LogLevel.Critical, "The group writer met an error that it does not know")]
    private partial void LogUnexpected(Exception error);

    [LoggerMessage(6, LogLevel.Error, "{Count} appends were still under way when the store was closed")]
    private partial void LogNotDrained(int count);
}
