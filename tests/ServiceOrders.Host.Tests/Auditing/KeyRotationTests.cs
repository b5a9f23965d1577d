using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using ServiceOrders.Audit.Checkpoints;
using ServiceOrders.Audit.Keys;
using ServiceOrders.Audit.Merkle;
using ServiceOrders.AuditLog.Building;
using ServiceOrders.AuditLog.Reading;
using ServiceOrders.AuditLog.Signing;
using ServiceOrders.AuditLog.Verifying;
using ServiceOrders.EventStore;
using ServiceOrders.Host.Auditing;
using ServiceOrders.Host.Tests.Given;

namespace ServiceOrders.Host.Tests.Auditing;

/// <summary>A key hands over with the last checkpoint that it signed, whatever happens at the same time or in between.</summary>
public sealed class KeyRotationTests(RunningService service) : IClassFixture<RunningService>
{
    private NpgsqlDataSource Sql => service.Services.GetRequiredService<StoreDatabase>().Pooled;

    [Fact]
    public async Task What_another_node_signs_with_the_old_key_while_it_is_replaced_is_what_it_hands_over_with()
    {
        await GrowAsync();
        await service.Administrator.PostAsync("/v1/audit/checkpoints");
        await GrowAsync();
        var old = service.Services.GetRequiredService<SigningKeys>().Current!;
        Task<ApiAnswer> rotating;
        await using (var connection = await Sql.OpenConnectionAsync())
        await using (var transaction = await connection.BeginTransactionAsync())
        {
            await using (var hold = new NpgsqlCommand($"select pg_advisory_xact_lock(21327, {CheckpointSigner.LockNumber})", connection)) await hold.ExecuteNonQueryAsync();
            rotating = service.Administrator.PostAsync("/v1/audit/keys/rotate");
            while (!rotating.IsCompleted && await WaitingAsync() == 0) await Task.Yield();
            await SignAsync(connection, old);
            await transaction.CommitAsync();
        }
        (await rotating).Value<bool>("inUse").ShouldBeTrue();
        var last = (await new CheckpointTable(Sql).LatestAsync()).ShouldNotBeNull();
        KeyHandover.TryParse((await new KeyTable(Sql).ListAsync())[^1].Handover!, out var handover).ShouldBeTrue();
        (handover!.From, handover.Size, handover.Root).ShouldBe((old.Public, last.Size, last.Root));
        await ShouldBeCleanAsync(old.Public);
    }

    [Fact]
    public async Task A_rotation_that_fails_behind_the_key_file_leaves_neither_event_nor_row_and_is_gone_on_with()
    {
        await GrowAsync();
        await service.Administrator.PostAsync("/v1/audit/checkpoints");
        var (old, events, rows) = (service.Services.GetRequiredService<SigningKeys>().Current!, await EventsAsync(), (await new KeyTable(Sql).ListAsync()).Count);
        await RunAsync("alter table audit.keys rename to keys_gone");
        (await service.Administrator.PostAsync("/v1/audit/keys/rotate")).Status.ShouldBeGreaterThanOrEqualTo(500);
        await RunAsync("alter table audit.keys_gone rename to keys");
        (await EventsAsync(), (await new KeyTable(Sql).ListAsync()).Count).ShouldBe((events, rows));

        (await service.Administrator.PostAsync("/v1/audit/keys/rotate")).Value<bool>("inUse").ShouldBeTrue();
        (await EventsAsync(), (await new KeyTable(Sql).ListAsync()).Count).ShouldBe((events + 1, rows + 1));
        await ShouldBeCleanAsync(old.Public);
    }

    [Fact]
    public async Task Where_the_handover_was_taken_away_the_service_does_not_go_back_to_the_key_before_its_own()
    {
        await GrowAsync();
        await service.Administrator.PostAsync("/v1/audit/checkpoints");
        var old = service.Services.GetRequiredService<SigningKeys>().Current!;
        (await service.Administrator.PostAsync("/v1/audit/keys/rotate")).Value<bool>("inUse").ShouldBeTrue();
        await GrowAsync();
        var (row, size) = ((await new KeyTable(Sql).ListAsync())[^1], (await new CheckpointTable(Sql).LatestAsync())!.Size);
        await RunAsync($"create table audit.kept_key as select * from audit.keys where id = '{row.Id}'; set session_replication_role = replica; delete from audit.keys where id = '{row.Id}'; set session_replication_role = origin");
        await using (var connection = await Sql.OpenConnectionAsync()) await SignAsync(connection, old);

        var asked = await service.Administrator.PostAsync("/v1/audit/verifications");
        // The service's own may be under way, and gives way to it.
        do await service.Services.GetRequiredService<VerificationWorker>().RoundAsync();
        while ((await service.Auditor.GetAsync(asked.Location!)).Text("state") != "done");
        (await service.Auditor.GetAsync("/v1/audit/findings?standing=true")).Items.ShouldContain(found => found!["kind"]!.GetValue<string>() == "checkpointForged");

        await RunAsync($"set session_replication_role = replica; insert into audit.keys select * from audit.kept_key; delete from audit.checkpoints where size > {size}; set session_replication_role = origin; drop table audit.kept_key");
        await ShouldBeCleanAsync(old.Public);
    }

    private async Task ShouldBeCleanAsync(VerificationKey old)
    {
        await GrowAsync();
        (await service.Administrator.PostAsync("/v1/audit/checkpoints")).Status.ShouldBeOneOf(200, 201);
        var verifier = new LogVerifier(service.Services.GetRequiredService<StoreDatabase>().Background, service.Time);
        foreach (var key in new[] { old, service.Services.GetRequiredService<SigningKeys>().Current!.Public }) (await verifier.RunAsync(new([key], null))).Findings.ShouldBeEmpty();
    }

    private async Task GrowAsync()
    {
        await service.OpenAsync();
        await service.Services.GetRequiredService<SubscriptionRunner[]>().Single(runner => runner.Name == LogBuilder.SubscriptionName).CatchUpAsync();
    }

    /// <summary>As another node does that still has the old key.</summary>
    private async Task SignAsync(NpgsqlConnection connection, SigningKey key)
    {
        var (last, extent) = (await new CheckpointTable(Sql).LatestAsync(), await new LogReader(Sql).ExtentAsync());
        extent.Size.ShouldBeGreaterThan(last!.Size);
        var checkpoint = new Checkpoint(await new LogReader(Sql).IdAsync(), extent.Size, await ProofBuilder.RootAsync(new TileNodes(new LogTiles(Sql)), extent.Size), last.SignedAt, extent.Position);
        await using var insert = new NpgsqlCommand("insert into audit.checkpoints values ($1, $2, $3, $4, $5, $6)", connection);
        foreach (var value in (object[])[checkpoint.Size, checkpoint.Root.ToArray(), checkpoint.SignedAt, checkpoint.Position, key.Id, SignedNote.Sign(checkpoint, key).Text]) insert.Parameters.Add(new() { Value = value });
        await insert.ExecuteNonQueryAsync();
    }

    private Task<long> WaitingAsync() => ScalarAsync($"select count(*) from pg_locks where locktype = 'advisory' and classid = 21327 and objid = {CheckpointSigner.LockNumber} and not granted and database = (select oid from pg_database where datname = current_database())");

    private async Task<long> EventsAsync() => await ScalarAsync($"select count(*) from events.mt_events where stream_id = '{AuditKeys.StreamId}'");

    private async Task<long> ScalarAsync(string sql)
    {
        await using var query = Sql.CreateCommand(sql);
        return (long)(await query.ExecuteScalarAsync())!;
    }

    private async Task RunAsync(string sql)
    {
        await using var command = Sql.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }
}
