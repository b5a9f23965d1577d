using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using ServiceOrders.AuditLog.Reading;
using ServiceOrders.AuditLog.Sending;
using ServiceOrders.EventStore;

namespace ServiceOrders.AuditLog.Signing;

/// <summary>
/// Signs a checkpoint at an interval, where the log has grown, and on demand, and has it sent outside. May run on several nodes: they sign one history, and one a time.
/// </summary>
/// <param name="source">The database.</param>
/// <param name="signer">Signs.</param>
/// <param name="sender">Brings what was signed outside.</param>
/// <param name="interval">How long after a checkpoint the next one is due.</param>
/// <param name="time">The clock.</param>
/// <param name="log">Tells of failures.</param>
public sealed partial class CheckpointWorker(NpgsqlDataSource source, CheckpointSigner signer, CheckpointSender sender, TimeSpan interval, TimeProvider time, ILogger<CheckpointWorker>? log = null)
    : IAsyncDisposable
{
    private static readonly TimeSpan ShortestPause = TimeSpan.FromSeconds(1), LookAgain = TimeSpan.FromMilliseconds(50);

    private readonly ILogger _log = log ?? NullLogger<CheckpointWorker>.Instance;
    private readonly CheckpointTable _checkpoints = new(source);
    private readonly LogReader _reader = new(source);
    private readonly Pulse _wake = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly SemaphoreSlim _oneSigning = new(1);
    private Task _loop = Task.CompletedTask;
    private long _begun;
    private SigningOutcome? _latest;

    /// <summary>Starts.</summary>
    public void Start() => _loop = Task.Run(() => RunAsync(_stop.Token));

    /// <summary>Signs if it is time, and sends what is due.</summary>
    /// <returns>When to come again.</returns>
    public async Task<DateTimeOffset> RoundAsync(CancellationToken cancellation = default)
    {
        var now = time.GetUtcNow();
        var last = await _checkpoints.LatestAsync(cancellation).ConfigureAwait(false);
        // A little early counts as well, so that the nodes' clocks do not push it off from round to round; and a clock that was set back must not stop it.
        var isDue = last is null || (now - last.SignedAt).Duration() >= interval * 0.9;
        if (isDue) last = (await SignAsync(cancellation).ConfigureAwait(false)).Checkpoint ?? last;
        var again = await sender.SendAsync(cancellation).ConfigureAwait(false);
        var next = now + interval;
        if (!isDue && last is not null && last.SignedAt + interval < next) next = last.SignedAt + interval;
        return again < next ? again.Value : next;
    }

    /// <summary>Signs now, where the log has grown, and has the worker send it.</summary>
    public async Task<SigningOutcome> SignNowAsync(CancellationToken cancellation = default)
    {
        var outcome = await SignAsync(cancellation).ConfigureAwait(false);
        if (outcome.IsNew) _wake.Set();
        return outcome;
    }

    /// <summary>One signing at a time on a node: whoever asks while others wait shares the next one, which begins after all of them have asked.</summary>
    private async Task<SigningOutcome> SignAsync(CancellationToken cancellation)
    {
        var asked = Interlocked.Read(ref _begun);
        await _oneSigning.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            if (_begun > asked && _latest is { } shared) return shared with { IsNew = false };
            Interlocked.Increment(ref _begun);
            // One that is given up leaves nothing to share: those who wait sign for themselves.
            _latest = null;
            return _latest = await signer.SignAsync(cancellation).ConfigureAwait(false);
        }
        finally
        {
            _oneSigning.Release();
        }
    }

    /// <summary>A checkpoint that covers a position: the last one, or one that is signed for it as soon as the log has come so far.</summary>
    /// <param name="position">An event's position.</param>
    /// <param name="patience">How long to wait for the log.</param>
    /// <param name="cancellation">Cancels.</param>
    /// <returns>The checkpoint; none where the log did not come so far in time, or signing was refused: the outcome says why.</returns>
    public async Task<SigningOutcome> CoverAsync(long position, TimeSpan patience, CancellationToken cancellation = default)
    {
        for (var started = time.GetTimestamp(); ;)
        {
            if (await _checkpoints.LatestAsync(cancellation).ConfigureAwait(false) is { } last && last.Position >= position) return new(last, false, null);
            if ((await _reader.ExtentAsync(cancellation).ConfigureAwait(false)).Position >= position
                && await SignNowAsync(cancellation).ConfigureAwait(false) is var outcome && (outcome.Refusal is not null || outcome.Checkpoint?.Position >= position)) return outcome;
            if (time.GetElapsedTime(started) >= patience) return new(null, false, null);
            await Task.Delay(LookAgain, time, cancellation).ConfigureAwait(false);
        }
    }

    /// <summary>Lets the round under way end, and stops.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await _loop.ConfigureAwait(false);
        _oneSigning.Dispose();
        _stop.Dispose();
    }

    private async Task RunAsync(CancellationToken cancellation)
    {
        while (!cancellation.IsCancellationRequested)
        {
            var woken = _wake.Next;
            var pause = interval;
            try
            {
                pause = await RoundAsync(cancellation).ConfigureAwait(false) - time.GetUtcNow();
            }
            catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
            {
                return;
            }
#pragma warning disable CA1031 // the worker must outlive every error; what is not signed or sent now is next time
            catch (Exception trouble)
#pragma warning restore CA1031
            {
                LogFailed((trouble as PostgresException)?.SqlState ?? trouble.GetType().Name);
            }
            await WaitAsync(pause < ShortestPause ? ShortestPause : pause, woken, cancellation).ConfigureAwait(false);
        }
    }

    private async Task WaitAsync(TimeSpan pause, Task signal, CancellationToken cancellation)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        await Task.WhenAny(Task.Delay(pause, time, stop.Token), signal).ConfigureAwait(false);
        await stop.CancelAsync().ConfigureAwait(false);
    }

    [LoggerMessage(61, LogLevel.Warning, "Checkpoints could not be signed or sent ({Error}); tried again")]
    private partial void LogFailed(string error);
}
