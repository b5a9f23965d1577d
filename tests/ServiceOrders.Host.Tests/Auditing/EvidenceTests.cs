using System.Text;
using Microsoft.Extensions.DependencyInjection;
using ServiceOrders.Audit.Checkpoints;
using ServiceOrders.Audit.Evidence;
using ServiceOrders.Audit.Keys;
using ServiceOrders.AuditLog.Building;
using ServiceOrders.AuditLog.Signing;
using ServiceOrders.AuditLog.Verifying;
using ServiceOrders.EventStore;
using ServiceOrders.Host.Auditing;
using ServiceOrders.Host.Tests.Given;

namespace ServiceOrders.Host.Tests.Auditing;

/// <summary>The evidence of a ticket proves itself to whoever has nothing but the file and a key.</summary>
public sealed class EvidenceTests(RunningService service) : IClassFixture<RunningService>
{
    [Fact]
    public async Task A_ticket_s_evidence_verifies_offline_and_shows_no_plain_personal_data()
    {
        var path = await WorkedOnAsync();
        var answer = await service.Auditor.GetAsync($"{path}/evidence");
        (answer.Status, answer.MediaType).ShouldBe((200, "application/json"));

        var file = Encoding.UTF8.GetBytes(answer.Body);
        var verdict = new BundleVerifier([await KeyAsync()]).Verify(file);
        verdict.Failures.ShouldBeEmpty();
        var bundle = BundleReader.Read(file).Content;
        bundle.Events.Count.ShouldBe((await service.Agent.GetAsync(path)).Value<int>("version"));
        bundle.Rules.Select(rule => rule.Event.Type).ShouldContain("policy_drafted");
        bundle.Rules.Select(rule => rule.Event.Type).ShouldContain("calendar_published");
        foreach (var personal in (string[])["王芳", "138 0000 0000", "开机无反应"]) answer.Body.ShouldNotContain(personal);

        // A byte that differs for certain.
        var tampered = (byte[])file.Clone();
        var at = answer.Body.IndexOf("ticket_opened", StringComparison.Ordinal);
        tampered[Encoding.UTF8.GetByteCount(answer.Body[..at])] = (byte)'x';
        new BundleVerifier([await KeyAsync()]).Verify(tampered).Holds.ShouldBeFalse();
    }

    [Fact]
    public async Task Evidence_is_made_against_a_checkpoint_that_was_kept_when_that_is_wanted()
    {
        var path = await WorkedOnAsync();
        await BuiltAsync();
        var kept = (await service.Auditor.PostAsync("/v1/audit/checkpoints")).Text("note");
        var then = (await service.Agent.GetAsync(path)).Value<int>("version");
        (await service.Agent.PostAsync($"{path}/note", """{ "text": "后来" }""")).Status.ShouldBe(200);
        await BuiltAsync();
        await service.Auditor.PostAsync("/v1/audit/checkpoints");

        var note = SignedNote.Parse(kept);
        var answer = await service.Administrator.GetAsync($"{path}/evidence?checkpoint={note.Checkpoint.Size}");
        var file = Encoding.UTF8.GetBytes(answer.Body);
        new BundleVerifier([await KeyAsync()], [note]).Verify(file).Failures.ShouldBeEmpty();
        BundleReader.Read(file).Content.Events.Count.ShouldBe(then);

        (await service.Auditor.GetAsync($"{path}/evidence?checkpoint=99999999")).Problem.ShouldBe("not-found");
        (await service.Auditor.GetAsync($"{path}/evidence?checkpoint=1")).Problem.ShouldBe("not-found");
    }

    [Fact]
    public async Task Evidence_after_a_rotation_carries_both_keys_and_convinces_who_knows_the_old_one()
    {
        var old = await KeyAsync();
        await BuiltAsync();
        await service.Auditor.PostAsync("/v1/audit/checkpoints");
        // Nobody signs between the two, the service by itself neither: another node has found a contradiction.
        await RunAsync("insert into audit.refusals values ('another', 'Forked', 'for a test', now())");
        (await service.Administrator.PostAsync("/v1/audit/keys/rotate")).Value<bool>("inUse").ShouldBeTrue();
        // Again before the new key has signed: the key that must sign the first checkpoint with it would be gone.
        (await service.Administrator.PostAsync("/v1/audit/keys/rotate")).Problem.ShouldBe("state-forbids");
        await RunAsync("delete from audit.refusals where node = 'another'");
        var path = await WorkedOnAsync();

        var file = Encoding.UTF8.GetBytes((await service.Auditor.GetAsync($"{path}/evidence")).Body);
        new BundleVerifier([]).Verify(file).Failures.ShouldBeEmpty();
        new BundleVerifier([await KeyAsync()]).Verify(file).Failures.ShouldBeEmpty();
        new BundleVerifier([old]).Verify(file).Failures.ShouldBeEmpty();
        var content = BundleReader.Read(file).Content;
        content.Checkpoint.IsSignedBy(old).ShouldBeTrue("the first checkpoint after the rotation is signed by both");
        content.Keys.ShouldContain(old);
        var keys = (await service.Auditor.GetAsync("/v1/audit/keys")).Items;
        keys.Count(key => key!["inUse"]!.GetValue<bool>()).ShouldBe(1);
        keys.Count.ShouldBeGreaterThan(1);

        // The handover is in the log: from the old key alone one comes to the new one, and back.
        await WorkedOnAsync();
        await BuiltAsync();
        SignedNote.Parse((await service.Auditor.PostAsync("/v1/audit/checkpoints")).Text("note")).IsSignedBy(old).ShouldBeFalse();
        var verifier = new LogVerifier(service.Services.GetRequiredService<StoreDatabase>().Background, service.Time);
        foreach (var key in new[] { old, await KeyAsync() }) (await verifier.RunAsync(new([key], null))).Findings.ShouldBeEmpty();
    }

    [Fact]
    public async Task An_event_that_was_changed_since_is_named_and_nothing_is_proven_with_it()
    {
        var path = await WorkedOnAsync();
        var before = await service.Auditor.GetAsync($"{path}/evidence");
        before.Status.ShouldBe(200);
        var changed = BundleReader.Read(Encoding.UTF8.GetBytes(before.Body)).Content.Events[1].Event;
        await TamperAsync($"update events.mt_events set user_name = 'staff:someone-else' where seq_id = {changed.Position}");

        var answer = await service.Auditor.GetAsync($"{path}/evidence");
        answer.Problem.ShouldBe("log-contradicted");
        answer.Text("detail").ShouldContain($"position {changed.Position}");

        await TamperAsync($"update events.mt_events set user_name = '{changed.UserName}' where seq_id = {changed.Position}");
        (await service.Auditor.GetAsync($"{path}/evidence")).Body[..100].ShouldBe(before.Body[..100]);
    }

    [Fact]
    public async Task A_proof_that_proves_nothing_is_not_handed_out()
    {
        var path = await WorkedOnAsync();
        (await service.Auditor.GetAsync($"{path}/evidence")).Status.ShouldBe(200);
        const string Proof = "/v1/audit/proofs/inclusion?position=1";
        (await service.Auditor.GetAsync(Proof)).Status.ShouldBe(200);
        await AlterTilesAsync("update audit.leaf_tiles set hashes = overlay(hashes placing sha256(substring(hashes for 32)) from 1 for 32) where tile = 0", "create table audit.kept as select tile, hashes from audit.leaf_tiles where tile = 0");
        (await service.Auditor.GetAsync(Proof)).Problem.ShouldBe("log-contradicted");
        await AlterTilesAsync("update audit.leaf_tiles t set hashes = k.hashes || substring(t.hashes from octet_length(k.hashes) + 1) from audit.kept k where k.tile = t.tile", "select 1");
        (await service.Auditor.GetAsync(Proof)).Status.ShouldBe(200);

        async Task AlterTilesAsync(string sql, string before)
        {
            await using var command = service.Services.GetRequiredService<StoreDatabase>().Pooled.CreateCommand($"{before}; alter table audit.leaf_tiles disable trigger user; {sql}; alter table audit.leaf_tiles enable trigger user");
            await command.ExecuteNonQueryAsync();
        }
    }

    [Fact]
    public async Task Evidence_is_for_auditors_supervisors_and_administrators()
    {
        var path = await WorkedOnAsync();
        var supervisor = await service.RegisterAsync("/v1/staff", """{ "name": "zhou-min", "role": "supervisor" }""");
        foreach (var caller in (ApiClient[])[service.Auditor, supervisor, service.Administrator]) (await caller.GetAsync($"{path}/evidence")).Status.ShouldBe(200);
        foreach (var caller in (ApiClient[])[service.Agent, service.Shop]) (await caller.GetAsync($"{path}/evidence")).Problem.ShouldBe("forbidden");
        (await service.Auditor.GetAsync($"/v1/tickets/{Guid.CreateVersion7()}/evidence")).Problem.ShouldBe("not-found");
        var number = (await service.Agent.GetAsync(path)).Text("number");
        (await service.Auditor.GetAsync($"/v1/tickets/{number}/evidence")).Status.ShouldBe(200);
    }

    private async Task<string> WorkedOnAsync()
    {
        var path = await service.OpenAsync();
        (await service.Agent.PostAsync($"{path}/acknowledge", """{ "text": "已收到" }""")).Status.ShouldBe(200);
        (await service.Agent.PostAsync($"{path}/resolve", """{ "text": "已更换电源板" }""")).Status.ShouldBe(200);
        return path;
    }

    private async Task<VerificationKey> KeyAsync() => VerificationKey.FromPem((await service.Auditor.GetAsync("/v1/audit/keys")).Items.Single(key => key!["inUse"]!.GetValue<bool>())!["publicKey"]!.GetValue<string>());

    private Task BuiltAsync() => service.Services.GetRequiredService<SubscriptionRunner[]>().Single(runner => runner.Name == LogBuilder.SubscriptionName).CatchUpAsync();

    /// <summary>What only a superuser can do.</summary>
    private Task TamperAsync(string sql) => RunAsync($"alter table events.mt_events disable trigger user; {sql}; alter table events.mt_events enable trigger user");

    private async Task RunAsync(string sql)
    {
        await using var command = service.Services.GetRequiredService<StoreDatabase>().Pooled.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }
}

/// <summary>While the log does not follow.</summary>
public sealed class LogBehindTests(RunningService service) : IClassFixture<RunningService>
{
    [Fact]
    public async Task What_is_not_in_the_log_yet_is_waited_for_a_while_and_then_told_to_come_back_for()
    {
        await RunAsync("insert into events.subscriptions (name, state, stopped_position) values ('audit-log', 'stopped', 1) on conflict (name) do update set state = 'stopped'");
        var path = await service.OpenAsync();

        var asking = service.Auditor.GetAsync($"{path}/evidence");
        while (!asking.IsCompleted)
        {
            // The clock goes on while the request waits.
            service.Time.Advance(AuditProofs.Patience);
            await service.Nobody.GetAsync("/health/live");
        }
        var behind = await asking;
        behind.ShouldSatisfyAllConditions(() => behind.Problem.ShouldBe("audit-log-behind"), () => behind.Status.ShouldBe(503), () => behind.RetryAfter.ShouldBe(TimeSpan.FromSeconds(5)));
        var told = (await service.Auditor.GetAsync("/v1/audit/log")).Json;
        (told["stopped"]!.GetValue<bool>(), told["behind"]!.GetValue<long>() > 0, told["notYetProtected"]!.GetValue<long>() > 0).ShouldBe((true, true, true));
        service.Time.Advance(TimeSpan.FromSeconds(2)); // a readiness report is kept for a second
        (await service.Nobody.GetAsync("/health/ready")).Json["checks"]!.AsArray().Single(check => check!["name"]!.GetValue<string>() == "projection:audit-log")!["status"]!.GetValue<string>().ShouldBe("warning");

        (await service.Administrator.PostAsync("/v1/projections/audit-log/resume")).Status.ShouldBe(200);
        (await service.Auditor.GetAsync($"{path}/evidence")).Status.ShouldBe(200);
    }

    private async Task RunAsync(string sql)
    {
        await using var command = service.Services.GetRequiredService<StoreDatabase>().Pooled.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }
}
