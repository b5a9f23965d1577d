using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using ServiceOrders.AuditLog.Building;
using ServiceOrders.AuditLog.Signing;
using ServiceOrders.AuditLog.Verifying;
using ServiceOrders.EventStore;
using ServiceOrders.Host.Tests.Given;

namespace ServiceOrders.Host.Tests.Auditing;

/// <summary>An auditor has the store verified, and sees what was done behind the service's back.</summary>
public sealed class VerificationTests(RunningService service) : IClassFixture<RunningService>
{
    [Fact]
    public async Task What_was_changed_behind_the_service_s_back_is_found_named_and_shown()
    {
        var ticket = await service.OpenAsync();
        await SignAsync();
        (await VerifyAsync()).ShouldBe(0, "A service that did nothing but work is clean.");
        (await service.Auditor.GetAsync("/v1/audit/findings")).Items.ShouldBeEmpty();
        (await service.Nobody.GetAsync("/health/ready")).Body.ShouldNotContain("audit/findings");

        var (id, name) = (ticket.Split('/')[^1], await ScalarAsync($"select user_name from events.mt_events where stream_id = '{ticket.Split('/')[^1]}' and version = 1"));
        await TamperAsync($"update events.mt_events set user_name = 'staff:nobody' where stream_id = '{id}' and version = 1");
        (await VerifyAsync()).ShouldBe(1);

        var found = (await service.Auditor.GetAsync("/v1/audit/findings")).Items.ShouldHaveSingleItem()!;
        (found["kind"]!.GetValue<string>(), found["streamId"]!.GetValue<string>(), found["version"]!.GetValue<long>(), found["standing"]!.GetValue<bool>()).ShouldBe(("changed", id, 1, true));
        found["position"]!.GetValue<long>().ShouldBe(long.Parse(await ScalarAsync($"select seq_id::text from events.mt_events where stream_id = '{id}' and version = 1"), System.Globalization.CultureInfo.InvariantCulture));
        found["detail"]!.GetValue<string>().ShouldNotContain("nobody");
        service.Time.Advance(TimeSpan.FromSeconds(2));
        (await service.Nobody.GetAsync("/health/ready")).Status.ShouldBe(200, "Requests are served all the same.");
        (await service.Administrator.GetAsync("/health/ready")).Body.ShouldContain("/v1/audit/findings");

        await TamperAsync($"update events.mt_events set user_name = '{name}' where stream_id = '{id}' and version = 1");
        (await VerifyAsync()).ShouldBe(0);
        (await service.Auditor.GetAsync("/v1/audit/findings")).Items.ShouldHaveSingleItem()!["standing"]!.GetValue<bool>().ShouldBeFalse();
        (await service.Auditor.GetAsync("/v1/audit/findings?standing=true")).Items.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_verification_is_asked_for_by_auditors_and_administrators_alone()
    {
        foreach (var other in new[] { service.Shop, service.Agent }) (await other.PostAsync("/v1/audit/verifications")).Status.ShouldBe(403);
        (await service.Nobody.GetAsync("/v1/audit/findings")).Status.ShouldBe(401);

        ApiAnswer asked;
        // Nobody begins one before it was asked for twice.
        await using (await SessionLease.TryTakeAsync(service.Services.GetRequiredService<StoreDatabase>(), VerificationWorker.LeaseNumber))
        {
            asked = await service.Administrator.PostAsync("/v1/audit/verifications");
            (asked.Status, asked.Text("state")).ShouldBe((202, "waiting"));
            (await service.Auditor.PostAsync("/v1/audit/verifications")).Location.ShouldBe(asked.Location, "Whoever asks meanwhile gets the same.");
        }
        var done = await DoneAsync(asked.Location!);
        (done["state"]!.GetValue<string>(), done["requested"]!.GetValue<bool>(), done["verified"]!.GetValue<long>()).ShouldBe(("done", true, done["size"]!.GetValue<long>()));
        (await service.Auditor.GetAsync("/v1/audit/verifications?limit=1")).Items.ShouldHaveSingleItem()!["id"]!.GetValue<long>().ShouldBe(done["id"]!.GetValue<long>());
        (await service.Auditor.GetAsync("/v1/audit/verifications/99999")).Problem.ShouldBe("not-found");
        (await service.Auditor.GetAsync("/v1/audit/verifications/x")).Problem.ShouldBe("not-found");
    }

    private async Task<long> VerifyAsync()
    {
        var asked = await service.Auditor.PostAsync("/v1/audit/verifications");
        asked.Status.ShouldBe(202);
        var done = await DoneAsync(asked.Location!);
        done["state"]!.GetValue<string>().ShouldBe("done");
        return done["findings"]!.GetValue<long>();
    }

    /// <summary>Has it done, here or by the service's own worker, which may have begun it already.</summary>
    private async Task<JsonNode> DoneAsync(string location)
    {
        while (true)
        {
            await service.Services.GetRequiredService<VerificationWorker>().RoundAsync();
            if ((await service.Auditor.GetAsync(location)).Json is var run && run["state"]!.GetValue<string>() is not ("waiting" or "running")) return run;
        }
    }

    private async Task SignAsync()
    {
        await service.Services.GetRequiredService<SubscriptionRunner[]>().Single(runner => runner.Name == LogBuilder.SubscriptionName).CatchUpAsync();
        (await service.Auditor.PostAsync("/v1/audit/checkpoints")).Status.ShouldBeLessThan(300);
        await service.Services.GetRequiredService<CheckpointWorker>().RoundAsync();
    }

    private async Task<string> ScalarAsync(string sql)
    {
        await using var command = service.Services.GetRequiredService<StoreDatabase>().Pooled.CreateCommand(sql);
        return (string)(await command.ExecuteScalarAsync())!;
    }

    /// <summary>What only a superuser can do.</summary>
    private async Task TamperAsync(string sql)
    {
        await using var command = service.Services.GetRequiredService<StoreDatabase>().Pooled.CreateCommand($"alter table events.mt_events disable trigger user; {sql}; alter table events.mt_events enable trigger user");
        await command.ExecuteNonQueryAsync();
    }
}
