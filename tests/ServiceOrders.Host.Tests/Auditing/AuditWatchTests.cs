using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using ServiceOrders.AuditLog.Building;
using ServiceOrders.AuditLog.Sending;
using ServiceOrders.AuditLog.Signing;
using ServiceOrders.AuditLog.Verifying;
using ServiceOrders.EventStore;
using ServiceOrders.Host.Auditing;
using ServiceOrders.Host.Health;
using ServiceOrders.Host.Tests.Given;

namespace ServiceOrders.Host.Tests.Auditing;

/// <summary>The readiness report believes no row that somebody could have written to keep it quiet.</summary>
public sealed class AuditWatchTests(RunningService service) : IClassFixture<RunningService>
{
    private static readonly string Nowhere = Path.Combine(Path.GetTempPath(), "no", "such", "checkpoints.log");

    [Fact]
    public async Task What_was_signed_and_is_not_outside_for_minutes_is_told_whatever_the_table_says_of_tries()
    {
        await SignAsync();
        var database = service.Services.GetRequiredService<StoreDatabase>();
        var signedAt = (await new CheckpointTable(database.Pooled).LatestAsync())!.SignedAt;
        var name = new FileSink(Nowhere).Name;
        await ExecuteAsync(database, $"insert into audit.sinks (sink, size, next_try_at) values ('{name}', 1, 'infinity')");
        (await CheckAsync(database, signedAt.AddMinutes(2))).Status.ShouldBe(HealthStatus.Ok);
        (await CheckAsync(database, signedAt.AddMinutes(4)))!.Detail!.ShouldContain("has not reached every place outside");
        (await CheckAsync(database, signedAt.AddMinutes(4), new FileSink(Nowhere + "2"))).Detail!.ShouldContain("has not reached every place outside", Case.Sensitive, "Nor where nothing is said of it.");

        await ExecuteAsync(database, $"update audit.sinks set size = 9000000000000000000 where sink = '{name}'");
        (await CheckAsync(database, signedAt.AddMinutes(2))).Detail!.ShouldContain("never signed");
        await ExecuteAsync(database, $"delete from audit.sinks where sink = '{name}'");
    }

    [Theory, InlineData("2099-01-01"), InlineData("infinity"), InlineData("20000-01-01")]
    public async Task A_verification_that_claims_to_have_ended_later_than_now_is_none(string finishedAt)
    {
        await SignAsync();
        var database = service.Services.GetRequiredService<StoreDatabase>();
        var now = (await new CheckpointTable(database.Pooled).LatestAsync())!.SignedAt;
        await ExecuteAsync(database, "insert into audit.verifications (cause, state, requested_at, finished_at, findings) values ('continuous', 'done', now(), '2000-01-01', 3)");
        await ExecuteAsync(database, $"insert into audit.verifications (id, cause, state, requested_at, finished_at) overriding system value select 9223372036854775806 - count(*), 'continuous', 'done', '{finishedAt}', '{finishedAt}' from audit.verifications");
        (await CheckAsync(database, now)).Detail!.ShouldContain("found 3 things");
        await ExecuteAsync(database, "delete from audit.verifications where findings = 3");
        (await CheckAsync(database, now)).Status.ShouldBe(HealthStatus.Ok);
        await ExecuteAsync(database, "delete from audit.verifications");
    }

    private static async Task<(HealthStatus Status, string? Detail)> CheckAsync(StoreDatabase database, DateTimeOffset now, ICheckpointSink? sink = null)
    {
        var settings = new AuditSettings { CheckpointFile = Nowhere };
        await using var watch = new AuditWatch(database, new VerificationTable(database.Pooled), [sink ?? new FileSink(settings.CheckpointFile)], settings, new StandingTime(now), NullLogger<AuditWatch>.Instance);
        return await watch.CheckAsync(CancellationToken.None);
    }

    private async Task SignAsync()
    {
        await service.Services.GetRequiredService<SubscriptionRunner[]>().Single(runner => runner.Name == LogBuilder.SubscriptionName).CatchUpAsync();
        await service.Services.GetRequiredService<CheckpointWorker>().SignNowAsync();
    }

    private static async Task ExecuteAsync(StoreDatabase database, string sql)
    {
        await using var command = database.Pooled.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    private sealed class StandingTime(DateTimeOffset now) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => now;
    }
}
