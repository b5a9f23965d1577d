using System.Globalization;
using Npgsql;
using ServiceOrders.AuditLog;
using ServiceOrders.AuditLog.Reading;
using ServiceOrders.AuditLog.Sending;
using ServiceOrders.AuditLog.Signing;
using ServiceOrders.AuditLog.Verifying;
using ServiceOrders.EventStore;
using ServiceOrders.Host.Health;

namespace ServiceOrders.Host.Auditing;

/// <summary>
/// How the audit log is, for the readiness report, and every few seconds for the gauges <c>audit.log.size</c>, <c>audit.log.lag</c> and <c>audit.log.not_yet_protected</c>. While nobody listens to
/// the gauges it asks nothing.
/// </summary>
/// <param name="database">The database.</param>
/// <param name="verifications">What verifications found.</param>
/// <param name="sinks">The places outside that this node brings checkpoints to.</param>
/// <param name="settings">How often checkpoints are signed.</param>
/// <param name="time">The clock.</param>
/// <param name="log">Tells of failures.</param>
public sealed partial class AuditWatch(StoreDatabase database, VerificationTable verifications, IEnumerable<ICheckpointSink> sinks, AuditSettings settings, TimeProvider time, ILogger<AuditWatch> log) : IAsyncDisposable
{
    private static readonly TimeSpan Pace = TimeSpan.FromSeconds(15), Slack = TimeSpan.FromMinutes(1);

    private readonly CheckpointTable _checkpoints = new(database.Pooled);
    private readonly CancellationTokenSource _stop = new();
    private DateTimeOffset? _startedAt;
    private Task _running = Task.CompletedTask;

    /// <summary>Starts.</summary>
    public void Start()
    {
        _startedAt = time.Now();
        _running = RunAsync(_stop.Token);
    }

    /// <summary>How it is, for whoever runs the service: requests are served whatever is the matter, but someone should look.</summary>
    public async Task<(HealthStatus Status, string? Detail)> CheckAsync(CancellationToken cancellation)
    {
        try
        {
            var status = await LogStatus.ReadAsync(database, cancellation);
            return (await VerifyingAsync(status, cancellation) ?? await SigningAsync(status, cancellation)) is { } warning ? (HealthStatus.Warning, warning) : (HealthStatus.Ok, null);
        }
        catch (Exception broken) when (broken is InvalidCastException or FormatException or ArgumentException or OverflowException)
        {
            // Whatever somebody put there in place of what belongs there.
            return (HealthStatus.Warning, $"what the database has of the audit log cannot be read ({broken.GetType().Name})");
        }
    }

    private async Task<string?> VerifyingAsync(LogStatus status, CancellationToken cancellation)
    {
        var now = time.Now();
        if (await verifications.LastEndedAsync(now, cancellation) is { State: VerificationState.Failed } broken) return Text($"verification {broken.Id} broke off: {broken.Error}");
        var lastDone = await verifications.LastDoneAsync(now, cancellation);
        if (lastDone is { Findings: > 0 } found) return Text($"verification {found.Id} found {found.Findings} things that are not as they were: see /v1/audit/findings");
        // Time in which no service ran does not count.
        var quietSince = lastDone?.FinishedAt is { } finished && finished > _startedAt ? finished : _startedAt;
        return settings.VerificationPace is { } pace && quietSince is { } since && pace.IsOverdue(since, status.Extent.Size, now) ? Text($"no verification was done since {since:u}: see /v1/audit/verifications") : null;
    }

    /// <summary>Whoever may probe the service need not know where its files lie or whom it tells.</summary>
    private async Task<string?> SigningAsync(LogStatus status, CancellationToken cancellation)
    {
        if (status.Refusals.Count > 0) return "a node refuses to sign checkpoints: see /v1/audit/log";
        if (status.Sinks.Any(sink => sink.Attempts > 0)) return "checkpoints do not reach every place outside: see /v1/audit/log";
        if (status.Last is not { } last) return null;
        var (now, most) = (time.Now(), settings.CheckpointInterval * 2 + Slack);
        // Where the log has grown and nothing was signed for so long, no node signs.
        if (status.Extent.Size > last.Size && (now - last.SignedAt).Duration() is var unsigned && unsigned > most)
            return Text($"the last checkpoint is {unsigned.TotalMinutes:0} minutes old, {status.NotYetProtected} events are not yet protected");
        foreach (var sink in sinks)
        {
            // What the table says of tries that failed may be made up; what was signed and is not there for so long is not there.
            var there = status.Sinks.FirstOrDefault(state => state.Name == sink.Name)?.Size ?? 0;
            if (there > last.Size) return "a place outside is said to have a checkpoint that was never signed: see /v1/audit/log";
            var due = there == 0 ? [last] : await _checkpoints.AboveAsync(there, 1, cancellation);
            if (due.Any(next => (now - next.SignedAt).Duration() > most)) return Text($"what was signed {due[0].SignedAt:u} has not reached every place outside: see /v1/audit/log");
        }
        return null;
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    /// <summary>Measures once, if anyone listens.</summary>
    public async Task MeasureAsync(CancellationToken cancellation = default)
    {
        if (AuditLogMetrics.AreWanted) AuditLogMetrics.Record(await LogStatus.ReadAsync(database, cancellation), time.Now());
    }

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
                await MeasureAsync(cancellation);
            }
            catch (Exception trouble) when (trouble is NpgsqlException or TimeoutException)
            {
                LogFailed(trouble.GetType().Name);
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The audit log could not be measured ({Error}); tried again")]
    private partial void LogFailed(string error);
}
