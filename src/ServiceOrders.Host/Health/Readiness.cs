using System.Globalization;
using Npgsql;
using ServiceOrders.EventStore;
using ServiceOrders.Host.Auditing;
using ServiceOrders.Host.Hosting;
using ServiceOrders.Host.Privacy;

namespace ServiceOrders.Host.Health;

/// <summary>Looks at the parts that requests need. What it finds is kept for a second, so that nobody can wear the database out by asking.</summary>
/// <param name="startUp">Migrations, shipped rules, first administrator.</param>
/// <param name="database">The database.</param>
/// <param name="due">The due rows.</param>
/// <param name="runners">The subscriptions that run here.</param>
/// <param name="audit">The audit log.</param>
/// <param name="accesses">The access log's way in.</param>
/// <param name="time">The clock.</param>
public sealed class Readiness(StartUp startUp, StoreDatabase database, DueTable due, SubscriptionRunner[] runners, AuditWatch audit, AccessJournal accesses, TimeProvider time) : IDisposable
{
    private static readonly TimeSpan Kept = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan Late = TimeSpan.FromSeconds(30);

    private readonly SemaphoreSlim _looking = new(1);
    private (ReadinessReport Report, long At)? _last;

    /// <summary>How the service is.</summary>
    /// <param name="cancellation">Cancels the wait for another's look.</param>
    public async Task<ReadinessReport> CheckAsync(CancellationToken cancellation)
    {
        await _looking.WaitAsync(cancellation);
        try
        {
            if (_last is { } last && time.GetElapsedTime(last.At) < Kept) return last.Report;
            // Not for the caller's time but for our own patience: what is found is told to others as well.
            var report = await LookAsync();
            _last = (report, time.GetTimestamp());
            return report;
        }
        finally
        {
            _looking.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _looking.Dispose();

    private async Task<ReadinessReport> LookAsync()
    {
        using var patience = new CancellationTokenSource(Patience);
        List<HealthCheck> checks = [new("startUp", startUp.IsDone ? HealthStatus.Ok : HealthStatus.Failed, startUp.IsDone ? null : "not done yet")];
        checks.Add(await TryAsync("database", DatabaseAsync, patience.Token));
        if (startUp.IsDone && checks[^1].Status == HealthStatus.Ok)
        {
            checks.Add(await TryAsync("deadlines", DeadlinesAsync, patience.Token));
            foreach (var runner in runners) checks.Add(await TryAsync($"projection:{runner.Name}", c => SubscriptionAsync(runner.Name, c), patience.Token));
            // Requests are served whatever is the matter with the log.
            var audited = await TryAsync("auditLog", audit.CheckAsync, patience.Token);
            checks.Add(audited.Status == HealthStatus.Failed ? audited with { Status = HealthStatus.Warning } : audited);
        }
        // Until its queue is full, and then for who may see no personal data, answers are given.
        checks.Add(accesses.Trouble is { } trouble ? new("accessLog", HealthStatus.Warning, $"cannot be written ({trouble})") : new("accessLog", HealthStatus.Ok, null));
        return new ReadinessReport(checks.All(c => c.Status != HealthStatus.Failed), checks);
    }

    private async Task<(HealthStatus, string?)> DatabaseAsync(CancellationToken cancellation)
    {
        // Whether it can be written to: a standby answers reads, but no append would go through.
        await using var command = database.Pooled.CreateCommand("select pg_is_in_recovery()");
        return (bool)(await command.ExecuteScalarAsync(cancellation))! ? (HealthStatus.Failed, "the server is a standby") : (HealthStatus.Ok, null);
    }

    private async Task<(HealthStatus, string?)> DeadlinesAsync(CancellationToken cancellation)
    {
        if (await due.ReadPutOffAsync(1, cancellation) is { Count: > 0 }) return (HealthStatus.Warning, "some could not be settled and were put off, see /v1/deadlines");
        var lateness = await due.ReadDueAsync(1, cancellation) is [var next, ..] ? time.Now() - next.NextTryAt : TimeSpan.Zero;
        return lateness > Late ? (HealthStatus.Warning, string.Create(CultureInfo.InvariantCulture, $"the oldest is {lateness.TotalSeconds:0} s late")) : (HealthStatus.Ok, null);
    }

    private async Task<(HealthStatus, string?)> SubscriptionAsync(string name, CancellationToken cancellation)
    {
        var status = await new SubscriptionState(database).ReadAsync(name, cancellation);
        if (status.Stopped) return (HealthStatus.Warning, string.Create(CultureInfo.InvariantCulture, $"stopped at event {status.StoppedPosition}: {status.Error}"));
        var lag = status.OldestMissing is { } oldest ? time.Now() - oldest : TimeSpan.Zero;
        return lag > Late ? (HealthStatus.Warning, string.Create(CultureInfo.InvariantCulture, $"{status.Behind} events behind, {lag.TotalSeconds:0} s")) : (HealthStatus.Ok, null);
    }

    private static async Task<HealthCheck> TryAsync(string name, Func<CancellationToken, Task<(HealthStatus Status, string? Detail)>> check, CancellationToken cancellation)
    {
        try
        {
            var (status, detail) = await check(cancellation);
            return new HealthCheck(name, status, detail);
        }
        catch (Exception away) when (away is NpgsqlException or TimeoutException or OperationCanceledException or StoreUnavailableException)
        {
            return new HealthCheck(name, HealthStatus.Failed, "does not answer");
        }
    }
}
