using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using ServiceOrders.EventStore;
using ServiceOrders.Host.Health;
using ServiceOrders.Host.Privacy;
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

    [Fact]
    public async Task An_access_log_that_cannot_be_written_is_a_warning_until_it_can()
    {
        var readiness = service.Services.GetRequiredService<Readiness>();
        var journal = service.Services.GetRequiredService<AccessJournal>();
        var database = service.Services.GetRequiredService<StoreDatabase>();
        await using (var refuse = database.Pooled.CreateCommand("""
            create function public.refuse() returns trigger language plpgsql as $$ begin raise exception 'no room'; end $$;
            create trigger refused before insert on events.mt_streams for each row when (new.type = 'access_log') execute function public.refuse()
            """)) await refuse.ExecuteNonQueryAsync();
        await service.Agent.GetAsync(await service.OpenAsync());
        await Should.ThrowAsync<Exception>(() => journal.FlushAsync());

        service.Time.Advance(TimeSpan.FromSeconds(2));
        var report = await readiness.CheckAsync(CancellationToken.None);
        var check = report.Checks.Single(c => c.Name == "accessLog");
        (check.Status, report.Ready).ShouldBe((HealthStatus.Warning, true));
        check.Detail!.ShouldStartWith("cannot be written (");

        await using (var allow = database.Pooled.CreateCommand("drop trigger refused on events.mt_streams")) await allow.ExecuteNonQueryAsync();
        await journal.FlushAsync();
        service.Time.Advance(TimeSpan.FromSeconds(2));
        (await readiness.CheckAsync(CancellationToken.None)).Checks.Single(c => c.Name == "accessLog").ShouldBe(new HealthCheck("accessLog", HealthStatus.Ok));
    }
}
