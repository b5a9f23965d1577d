using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using ServiceOrders.EventStore;

namespace ServiceOrders.AuditLog.Verifying;

/// <summary>How a service verifies by itself.</summary>
/// <param name="EventsPerSecond">At most so many events a second; the ones that were asked for go as fast as they can.</param>
/// <param name="Pause">How long after one the next begins.</param>
public sealed record VerificationPace(int EventsPerSecond, TimeSpan Pause)
{
    private static readonly TimeSpan Slack = TimeSpan.FromHours(1);

    /// <summary>Whether the last complete one is so long past that none can be expected to end by itself any more: more than twice what the pause and a log of that size take, and an hour.</summary>
    /// <param name="last">When the last one was done, or verifying began.</param>
    /// <param name="size">Events in the log.</param>
    /// <param name="now">Now.</param>
    public bool IsOverdue(DateTimeOffset last, long size, DateTimeOffset now) => now - last > 2 * (Pause + TimeSpan.FromSeconds((double)size / EventsPerSecond)) + Slack;
}

/// <summary>
/// Verifies again and again, slowly, and at once where somebody asks. Of many nodes one does it at a time; a verification that is asked for ends one that the service began by itself, for it begins
/// from the start.
/// </summary>
/// <param name="database">The database.</param>
/// <param name="basis">What it goes by, asked before each.</param>
/// <param name="pace">How it verifies by itself; null: only where somebody asks.</param>
/// <param name="node">This node's name.</param>
/// <param name="time">The clock.</param>
/// <param name="log">Raises the alarm.</param>
public sealed partial class VerificationWorker(StoreDatabase database, Func<VerificationBasis> basis, VerificationPace? pace, string node, TimeProvider time, ILogger<VerificationWorker>? log = null) : IAsyncDisposable
{
    /// <summary>The lease of the work, see the lock order in the event store's README.</summary>
    public const int LeaseNumber = 11;

    private static readonly TimeSpan Look = TimeSpan.FromSeconds(1), AfterTrouble = TimeSpan.FromSeconds(10), AfterStart = TimeSpan.FromMinutes(1);

    private readonly VerificationTable _runs = new(database.Background);
    private readonly FindingTable _findings = new(database.Background);
    private readonly CancellationTokenSource _stop = new();
    private readonly ILogger _log = log ?? NullLogger<VerificationWorker>.Instance;
    private DateTimeOffset _ownIsDue;
    private Task _running = Task.CompletedTask;

    /// <summary>Starts.</summary>
    public void Start()
    {
        _ownIsDue = time.GetUtcNow() + AfterStart;
        _running = Task.Run(() => LoopAsync(_stop.Token));
    }

    /// <summary>Does what is due: a verification that is asked for, else one of the service's own.</summary>
    /// <returns>Whether one was done.</returns>
    public async Task<bool> RoundAsync(CancellationToken cancellation = default)
    {
        var isOwnDue = pace is not null && time.GetUtcNow() >= _ownIsDue;
        if (!isOwnDue && !await _runs.IsWantedAsync(cancellation)) return false;
        await using var lease = await SessionLease.TryTakeAsync(database, LeaseNumber, cancellation);
        if (lease is null) return false;
        var run = await _runs.BeginWantedAsync(node, Now, cancellation);
        if (run is null && isOwnDue && !await WasDoneElsewhereAsync(cancellation)) run = await _runs.BeginOwnAsync(node, Now, cancellation);
        if (run is null) return false;
        try
        {
            await RunAsync(run, cancellation);
        }
        finally
        {
            if (pace is not null) _ownIsDue = time.GetUtcNow() + pace.Pause;
        }
        return true;
    }

    /// <summary>Whether the last one is not long past, on whichever node, also before this one started.</summary>
    private async Task<bool> WasDoneElsewhereAsync(CancellationToken cancellation)
    {
        if (await _runs.LastDoneAsync(time.GetUtcNow(), cancellation) is not { FinishedAt: { } finished } || finished + pace!.Pause <= time.GetUtcNow()) return false;
        _ownIsDue = finished + pace.Pause;
        return true;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
    }

    private DateTimeOffset Now => time.GetUtcNow() is var now ? new(now.Ticks - now.Ticks % TimeSpan.TicksPerMicrosecond, TimeSpan.Zero) : default;

    private async Task LoopAsync(CancellationToken cancellation)
    {
        while (!cancellation.IsCancellationRequested)
        {
            var wait = Look;
            try
            {
                await RoundAsync(cancellation);
            }
            catch (Exception trouble) when (trouble is not OperationCanceledException)
            {
                // Whatever it is: somebody may have made it so that nobody looks any more.
                LogFailed((trouble as PostgresException)?.SqlState ?? trouble.GetType().Name);
                wait = AfterTrouble;
            }
            await Task.Delay(wait, time, cancellation);
        }
    }

    private async Task RunAsync(Verification run, CancellationToken cancellation)
    {
        var began = time.GetTimestamp();
        using var giveWay = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        try
        {
            var report = await new LogVerifier(database.Background, time).RunAsync(basis(), OnProgressAsync, giveWay.Token);
            var fresh = await _findings.KeepAsync(run.Id, report.Findings, Now, cancellation);
            await _runs.DoneAsync(run.Id, report, Now, cancellation);
            Tell(run, report, fresh);
        }
        catch (OperationCanceledException) when (giveWay.IsCancellationRequested)
        {
            await _runs.EndAsync(run.Id, VerificationState.Interrupted, null, Now, CancellationToken.None);
            cancellation.ThrowIfCancellationRequested();
        }
        catch (Exception trouble)
        {
            // Messages of PostgreSQL can quote data: the kind of error is all that is kept.
            await _runs.EndAsync(run.Id, VerificationState.Failed, (trouble as PostgresException)?.SqlState ?? trouble.GetType().Name, Now, cancellation);
            throw;
        }

        async ValueTask OnProgressAsync(VerificationProgress progress, CancellationToken token)
        {
            await _runs.ProgressAsync(run.Id, progress, token);
            if (run.IsRequested || pace is null) return;
            // Slower than it could be, and left where somebody asks for one, which begins from the start.
            var ahead = TimeSpan.FromSeconds((double)progress.Events / pace.EventsPerSecond) - time.GetElapsedTime(began);
            for (; await _runs.IsWantedAsync(token) is var wanted && (wanted || ahead > TimeSpan.Zero); ahead -= Look)
            {
                if (wanted) await giveWay.CancelAsync();
                await Task.Delay(ahead < Look ? ahead : Look, time, token);
            }
        }
    }

    private void Tell(Verification run, VerificationReport report, IReadOnlyList<Finding> fresh)
    {
        AuditLogMetrics.Verified.Add(report.Events);
        AuditLogMetrics.Findings.Record(report.FindingCount);
        foreach (var finding in fresh)
        {
            AuditLogMetrics.Found.Add(1, new KeyValuePair<string, object?>("kind", finding.Kind.ToString()));
            LogFinding(run.Id, finding.Kind, finding.Subject, finding.LeafIndex, finding.Position, finding.StreamId);
        }
        if (report.FindingCount > 0) LogStanding(run.Id, report.FindingCount, fresh.Count);
    }

    [LoggerMessage(70, LogLevel.Critical, "Verification {Run} found {Kind}: {Subject}, leaf {Leaf}, position {Position}, stream {Stream}")]
    private partial void LogFinding(long run, FindingKind kind, string subject, long? leaf, long? position, Guid? stream);

    [LoggerMessage(71, LogLevel.Error, "Verification {Run} has {Count} findings, {Fresh} of them new: see /v1/audit/findings")]
    private partial void LogStanding(long run, long count, int fresh);

    [LoggerMessage(72, LogLevel.Error, "The audit log could not be verified ({Error}); tried again")]
    private partial void LogFailed(string error);
}
