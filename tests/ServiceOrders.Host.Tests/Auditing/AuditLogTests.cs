using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using ServiceOrders.Audit.Checkpoints;
using ServiceOrders.Audit.Keys;
using ServiceOrders.Audit.Merkle;
using ServiceOrders.AuditLog.Building;
using ServiceOrders.AuditLog.Signing;
using ServiceOrders.EventStore;
using ServiceOrders.Host.Tests.Given;

namespace ServiceOrders.Host.Tests.Auditing;

/// <summary>The audit log as auditors see it: how far it is, what was signed, what can be proven.</summary>
public sealed class AuditLogTests(RunningService service) : IClassFixture<RunningService>
{
    [Fact]
    public async Task The_log_tells_how_far_it_is_and_how_much_is_not_yet_protected()
    {
        await SignAsync();
        await service.Services.GetRequiredService<CheckpointWorker>().RoundAsync();
        var quiet = (await service.Auditor.GetAsync("/v1/audit/log")).Json;
        quiet["size"]!.GetValue<long>().ShouldBe(await service.CountAsync("events.mt_events"));
        (quiet["behind"]!.GetValue<long>(), quiet["notYetProtected"]!.GetValue<long>(), quiet["stopped"]!.GetValue<bool>()).ShouldBe((0, 0, false));
        quiet["lastOutside"]!["size"]!.GetValue<long>().ShouldBe(quiet["lastCheckpoint"]!["size"]!.GetValue<long>());
        quiet["refusals"]!.AsArray().ShouldBeEmpty();

        var before = await service.CountAsync("events.mt_events");
        await service.OpenAsync();
        await BuiltAsync();
        var grown = await service.CountAsync("events.mt_events") - before;
        (await service.Auditor.GetAsync("/v1/audit/log")).Value<long>("notYetProtected").ShouldBe(grown);
    }

    [Fact]
    public async Task A_checkpoint_is_signed_on_demand_and_found_again()
    {
        await service.OpenAsync();
        await BuiltAsync();
        var made = await service.Auditor.PostAsync("/v1/audit/checkpoints");
        made.Status.ShouldBe(201);
        var note = SignedNote.Parse(made.Text("note"));
        var keys = (await service.Auditor.GetAsync("/v1/audit/keys")).Items;
        note.IsSignedBy(VerificationKey.FromPem(keys.Single(key => key!["inUse"]!.GetValue<bool>())!["publicKey"]!.GetValue<string>())).ShouldBeTrue();

        (await service.Auditor.GetAsync(made.Location!)).Body.ShouldBe(made.Body);
        (await service.Auditor.PostAsync("/v1/audit/checkpoints")).ShouldSatisfyAllConditions(again => again.Status.ShouldBe(200), again => again.Body.ShouldBe(made.Body));
        (await service.Auditor.GetAsync("/v1/audit/checkpoints?limit=1")).Items[0]!["size"]!.GetValue<long>().ShouldBe(note.Checkpoint.Size);
        (await service.Auditor.GetAsync("/v1/audit/checkpoints/999999999")).Problem.ShouldBe("not-found");
        (await service.Auditor.GetAsync("/v1/audit/checkpoints/x")).Problem.ShouldBe("not-found");
    }

    [Fact]
    public async Task Checkpoints_are_listed_page_by_page_the_newest_first()
    {
        for (var i = 0; i < 3; i++)
        {
            await service.OpenAsync();
            await SignAsync();
        }
        var sizes = new List<long>();
        string? cursor = null;
        do
        {
            var page = await service.Auditor.GetAsync($"/v1/audit/checkpoints?limit=2{(cursor is null ? "" : $"&cursor={cursor}")}");
            sizes.AddRange(page.Items.Select(item => item!["size"]!.GetValue<long>()));
            cursor = page.Json["nextCursor"]?.GetValue<string>();
        }
        while (cursor is not null);
        sizes.Count.ShouldBeGreaterThanOrEqualTo(3);
        sizes.ShouldBe(sizes.Distinct().OrderDescending());
        (await service.Auditor.GetAsync("/v1/audit/checkpoints?cursor=eA")).Fields.ShouldBe(["cursor"]);
    }

    [Fact]
    public async Task An_event_is_proven_to_be_in_the_log_and_the_log_of_then_to_be_the_beginning_of_that_of_now()
    {
        var kept = SignedNote.Parse((await SignAsync()).Note).Checkpoint;
        await service.OpenAsync();
        var position = await LastPositionAsync();
        await BuiltAsync();

        var inclusion = (await service.Auditor.GetAsync($"/v1/audit/proofs/inclusion?position={position}")).Json;
        var now = SignedNote.Parse(inclusion["checkpoint"]!["note"]!.GetValue<string>()).Checkpoint;
        now.Position.ShouldBeGreaterThanOrEqualTo(position);
        ProofVerifier.Includes(Hash(inclusion["leafHash"]!), inclusion["leafIndex"]!.GetValue<long>(), now.Size, Path(inclusion), now.Root).ShouldBeTrue();

        var consistency = (await service.Auditor.GetAsync($"/v1/audit/proofs/consistency?from={kept.Size}&to={now.Size}")).Json;
        ProofVerifier.IsConsistent(kept.Size, kept.Root, now.Size, now.Root, Path(consistency)).ShouldBeTrue();
        (Hash(consistency["fromRoot"]!), Hash(consistency["toRoot"]!)).ShouldBe((kept.Root, now.Root));
        (await service.Auditor.GetAsync($"/v1/audit/proofs/consistency?from={kept.Size}")).Status.ShouldBe(200);

        (await service.Auditor.GetAsync("/v1/audit/proofs/inclusion?position=99999999")).Problem.ShouldBe("not-found");
        (await service.Auditor.GetAsync("/v1/audit/proofs/inclusion")).Fields.ShouldBe(["position"]);
        (await service.Auditor.GetAsync("/v1/audit/proofs/consistency?from=2&to=1")).Fields.ShouldBe(["from"]);
        (await service.Auditor.GetAsync("/v1/audit/proofs/consistency?from=1&to=99999999")).Problem.ShouldBe("not-found");
    }

    [Fact]
    public async Task Only_auditors_and_administrators_see_the_log()
    {
        string[] paths = ["/v1/audit/log", "/v1/audit/checkpoints", "/v1/audit/checkpoints/1", "/v1/audit/keys", "/v1/audit/proofs/inclusion?position=1", "/v1/audit/proofs/consistency?from=0"];
        foreach (var path in paths)
        {
            (await service.Agent.GetAsync(path)).Problem.ShouldBe("forbidden", path);
            (await service.Shop.GetAsync(path)).Problem.ShouldBe("forbidden", path);
            (await service.Nobody.GetAsync(path)).Problem.ShouldBe("unauthenticated", path);
            (await service.Administrator.GetAsync(path)).Status.ShouldNotBe(403, path);
        }
        (await service.Agent.PostAsync("/v1/audit/checkpoints")).Problem.ShouldBe("forbidden");
        (await service.Auditor.PostAsync("/v1/audit/keys/rotate")).Problem.ShouldBe("forbidden");
    }

    [Fact]
    public async Task The_readiness_report_has_the_log_and_it_is_not_rebuilt()
    {
        (await service.Nobody.GetAsync("/health/ready")).Json["checks"]!.AsArray().Select(check => check!["name"]!.GetValue<string>()).ShouldContain("auditLog");
        (await service.Administrator.GetAsync("/v1/projections")).Items.ShouldContain(item => item!["name"]!.GetValue<string>() == LogBuilder.SubscriptionName);
        (await service.Administrator.PostAsync($"/v1/projections/{LogBuilder.SubscriptionName}/rebuild")).Problem.ShouldBe("state-forbids");
    }

    private async Task<StoredCheckpoint> SignAsync()
    {
        await BuiltAsync();
        return (await service.Services.GetRequiredService<CheckpointWorker>().SignNowAsync()).Checkpoint!;
    }

    private Task BuiltAsync() => service.Services.GetRequiredService<SubscriptionRunner[]>().Single(runner => runner.Name == LogBuilder.SubscriptionName).CatchUpAsync();

    private async Task<long> LastPositionAsync()
    {
        await using var command = service.Services.GetRequiredService<StoreDatabase>().Pooled.CreateCommand("select max(seq_id) from events.mt_events");
        return (long)(await command.ExecuteScalarAsync())!;
    }

    private static TreeHash Hash(JsonNode text) => TreeHash.TryParse(text.GetValue<string>(), out var hash) ? hash : throw new FormatException();

    private static TreeHash[] Path(JsonNode proof) => [.. proof["path"]!.AsArray().Select(hash => Hash(hash!))];
}
