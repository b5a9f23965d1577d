using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using ServiceOrders.EventStore;
using ServiceOrders.Host.Health;
using ServiceOrders.Host.Tests.Given;

namespace ServiceOrders.Host.Tests.Health;

/// <summary>What a probe is told.</summary>
public sealed class ReadinessTests(RunningService service) : IClassFixture<RunningService>
{
    [Fact]
    public async Task A_probe_that_hangs_up_spoils_nothing_for_the_next()
    {
        var readiness = service.Services.GetRequiredService<Readiness>();
        var database = service.Services.GetRequiredService<StoreDatabase>();
        service.Time.Advance(TimeSpan.FromSeconds(2));
        using var caller = new CancellationTokenSource();
        Task<ReadinessReport> hungUp;
        await using (var locker = await database.Pooled.OpenConnectionAsync())
        {
            await using var transaction = await locker.BeginTransactionAsync();
            await using (var hold = new NpgsqlCommand("lock table events.due in access exclusive mode", locker, transaction)) await hold.ExecuteNonQueryAsync();
            hungUp = readiness.CheckAsync(caller.Token);
            while (await service.CountAsync("pg_locks where relation = 'events.due'::regclass and not granted") == 0) { }
            await caller.CancelAsync();
            await transaction.RollbackAsync();
        }
        await hungUp.ContinueWith(_ => { }, TaskScheduler.Default);

        var next = await readiness.CheckAsync(CancellationToken.None);
        next.Checks.Where(c => c.Status == HealthStatus.Failed).ShouldBeEmpty();
        next.Ready.ShouldBeTrue();
    }
}
