using System.Globalization;
using Npgsql;
using ServiceOrders.AuditLog;
using ServiceOrders.AuditLog.Reading;
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
/// <param name="settings">How often checkpoints are signed.</param>
/// <param name="time">The clock.</param>
/// <param name="log">Tells of failures.</param>
public sealed partial class AuditWatch(StoreDatabase database, VerificationTable verifications, AuditSettings settings, TimeProvider time, ILogger<AuditWatch> log) : IAsyncDisposable
{
    private static readonly TimeSpan Pace = TimeSpan.FromSeconds(15), Slack = TimeSpan.FromMinutes(1);

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
        var status = await LogStatus.ReadAsync(database, cancellation);
        if (await verifications.ListAsync(long.MaxValue, 1, cancellation) is [{ State: VerificationState.Failed } broken])
            return (HealthStatus.Warning, string.Create(CultureInfo.InvariantCulture, $"verification {broken.Id} broke off: {broken.Error}"));
        var lastDone = await verifications.LastDoneAsync(cancellation);
        if (lastDone is { Findings: > 0 } found)
            return (HealthStatus.Warning, string.Create(CultureInfo.InvariantCulture, $"verification {found.Id} found {found.Findings} things that are not as they were: see /v1/audit/findings"));
        // Time in which no service ran does not count.
        var quietSince = lastDone?.FinishedAt is { } finished && finished > _startedAt ? finished : _startedAt;
        if (settings.VerificationPace is { } pace && quietSince is { } since && pace.IsOverdue(since, status.Extent.Size, time.Now()))
            return (HealthStatus.Warning, string.Create(CultureInfo.InvariantCulture, $"no verification was done since {since:u}: see /v1/audit/verifications"));
        // Whoever may probe the service need not know where its files lie or whom it tells.
        if (status.Refusals.Count > 0) return (HealthStatus.Warning, "a node refuses to sign checkpoints: see /v1/audit/log");
        if (status.Sinks.Any(sink => sink.Attempts > 0)) return (HealthStatus.Warning, "checkpoints do not reach every place outside: see /v1/audit/log");
        // Where the log has grown and nothing was signed for so long, no node signs.
        var unsigned = status.Extent.Size > (status.Last?.Size ?? 0) && status.Last is { } last ? time.Now() - last.SignedAt : TimeSpan.Zero;
        return unsigned > settings.CheckpointInterval * 2 + Slack
            ? (HealthStatus.Warning, string.Create(CultureInfo.InvariantCulture, $"the last checkpoint is {unsigned.TotalMinutes:0} minutes old, {status.NotYetProtected} events are not yet protected"))
            : (HealthStatus.Ok, null);
    }

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
