using Npgsql;
using ServiceOrders.Audit.Checkpoints;
using ServiceOrders.Audit.Merkle;
using ServiceOrders.AuditLog.Signing;
using ServiceOrders.AuditLog.Tests.Given;
using ServiceOrders.AuditLog.Verifying;
using ServiceOrders.Testing;

namespace ServiceOrders.AuditLog.Tests.Signing;

/// <summary>Whatever happens, one history is signed, or none.</summary>
public sealed class OneHistoryTests(TestServer server) : IAsyncLifetime
{
    private readonly Ledger _ledger = new(server);
    private Notary _notary = null!;

    public async ValueTask InitializeAsync()
    {
        await _ledger.InitializeAsync();
        _notary = new Notary(_ledger.ConnectionString);
        await _notary.IntroduceAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _notary.DisposeAsync();
        await _ledger.DisposeAsync();
    }

    [Fact]
    public async Task A_checkpoint_signs_the_log_as_it_stands_and_what_has_not_grown_is_not_signed_again()
    {
        (await _notary.Signer.SignAsync()).ShouldBe(new SigningOutcome(null, false, null));

        await GrowAsync(300);
        var outcome = await _notary.Signer.SignAsync();
        outcome.IsNew.ShouldBeTrue();
        var note = SignedNote.Parse(outcome.Checkpoint!.Note);
        note.Checkpoint.ShouldBe(new Checkpoint(await _ledger.ScalarAsync<string>("select id from audit.log"), 300, (await _ledger.ExpectedTreeAsync()).Root, _notary.Time.GetUtcNow(),
            await _ledger.ScalarAsync<long>("select max(seq_id) from events.mt_events")));
        note.IsSignedBy(_notary.Keys.Current!.Public).ShouldBeTrue();
        (await _notary.Checkpoints.LatestAsync()).ShouldBe(outcome.Checkpoint);

        (await _notary.Signer.SignAsync()).ShouldBe(new SigningOutcome(outcome.Checkpoint, false, null));
    }

    [Fact]
    public async Task Three_nodes_that_sign_at_once_while_the_log_grows_sign_one_history()
    {
        await using var second = new Notary(_ledger.ConnectionString, like: _notary);
        await using var third = new Notary(_ledger.ConnectionString, like: _notary);
        var growing = GrowAllAsync();
        var signed = 0;
        while (!growing.IsCompleted)
        {
            var outcomes = await Task.WhenAll(new[] { _notary, second, third }.Select(node => node.Signer.SignAsync()));
            outcomes.ShouldAllBe(outcome => outcome.Refusal == null);
            signed += outcomes.Count(outcome => outcome.IsNew);
        }
        await growing;

        var all = await _notary.Checkpoints.AboveAsync(0, 10_000);
        all.Count.ShouldBe(signed);
        all.Count.ShouldBeGreaterThan(1);
        var expected = await _ledger.ExpectedTreeAsync();
        foreach (var checkpoint in all) checkpoint.Root.ShouldBe(await ProofBuilder.RootAsync(expected, checkpoint.Size));

        async Task GrowAllAsync()
        {
            for (var i = 0; i < 20; i++) await GrowAsync(25);
        }
    }

    [Fact]
    public async Task A_signer_that_dies_before_its_commit_has_signed_nothing()
    {
        await GrowAsync(3);
        await using (var holder = await _ledger.Sql.OpenConnectionAsync())
        {
            await using var hold = new NpgsqlCommand($"select pg_advisory_lock(21327, {CheckpointSigner.LockNumber})", holder);
            await hold.ExecuteNonQueryAsync();
            var signing = _notary.Signer.SignAsync();
            while (await _ledger.ScalarAsync<long>("select count(*) from pg_locks where locktype = 'advisory' and not granted and database = (select oid from pg_database where datname = current_database())") == 0) { }
            await _ledger.ExecuteAsync("select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory' and not granted and database = (select oid from pg_database where datname = current_database())");
            await Should.ThrowAsync<NpgsqlException>(() => signing);
            await using var release = new NpgsqlCommand($"select pg_advisory_unlock(21327, {CheckpointSigner.LockNumber})", holder);
            await release.ExecuteNonQueryAsync();
        }
        (await _notary.Checkpoints.LatestAsync()).ShouldBeNull();
        (await _notary.SignAndSendAsync()).Size.ShouldBe(3);
    }

    [Fact]
    public async Task The_time_of_a_checkpoint_never_goes_back()
    {
        await GrowAsync(1);
        var first = await _notary.SignAndSendAsync();
        _notary.Time.Advance(TimeSpan.FromHours(-1));
        await GrowAsync(1);
        (await _notary.SignAndSendAsync()).SignedAt.ShouldBe(first.SignedAt);
    }

    [Fact]
    public async Task An_old_backup_restored_beside_a_newer_file_outside_signs_nothing_neither_shorter_nor_grown_again()
    {
        await GrowAsync(5);
        await _notary.SignAndSendAsync();
        await using var restored = await _ledger.CopyAsync();
        await using (var later = new Ledger(server, _ledger.ConnectionString))
        await using (var there = new Notary(_ledger.ConnectionString, like: _notary, file: _notary.File))
        {
            await later.InitializeAsync();
            await later.AppendAsync(5);
            await later.BuildAsync();
            (await there.SignAndSendAsync()).Size.ShouldBe(10);
        }

        // The backup comes back in place of the database; the file outside is as it was.
        await using var node = new Notary(restored.ConnectionString, like: _notary, file: _notary.File);
        var cut = await node.ShouldRefuseAsync();
        cut.Kind.ShouldBe(SigningRefusalKind.Truncated);
        cut.Detail.ShouldContain("5 more");

        // The log is verified for that, once, however often it is refused.
        await node.ShouldRefuseAsync();
        (await new VerificationTable(restored.Database.Pooled).ListAsync(long.MaxValue, 10)).ShouldHaveSingleItem().RequestedBy.ShouldBe($"refusal on {node.Name}");

        // The service goes on, and what it records now is not what the file has.
        await restored.AppendAsync(20);
        await restored.BuildAsync();
        (await node.ShouldRefuseAsync()).Kind.ShouldBe(SigningRefusalKind.Forked);
        (await new RefusalTable(restored.Database.Pooled).ListAsync()).Single().Since.ShouldBe(node.Time.GetUtcNow());
    }

    [Fact]
    public async Task A_log_that_was_written_anew_contradicts_what_was_signed_here()
    {
        await GrowAsync(10);
        await _notary.SignAndSendAsync();
        // As superuser: the hash of a leaf becomes that of another.
        await _ledger.ExecuteAsync("""
            alter table audit.leaf_tiles disable trigger user;
            update audit.leaf_tiles set hashes = substring(hashes from 33 for 32) || substring(hashes from 33);
            alter table audit.leaf_tiles enable trigger user
            """);
        await GrowAsync(1);
        (await _notary.ShouldRefuseAsync()).Kind.ShouldBe(SigningRefusalKind.Forked);
    }

    [Fact]
    public async Task A_node_altered_above_leaves_that_are_right_contradicts_what_was_signed_here()
    {
        await GrowAsync(300);
        await _notary.SignAndSendAsync();
        await GrowAsync(220);
        // As superuser: the root over leaves 256 to 511, of which 44 are signed, becomes another. Neither the root of 300 nor that of a leaf tile is made of it.
        await _ledger.ExecuteAsync("""
            alter table audit.node_tiles disable trigger user;
            update audit.node_tiles set hashes = overlay(hashes placing sha256(hashes) from 33 for 32) where level = 1 and tile = 0;
            alter table audit.node_tiles enable trigger user
            """);
        (await _notary.ShouldRefuseAsync()).Kind.ShouldBe(SigningRefusalKind.Forked);
    }

    [Fact]
    public async Task While_one_node_knows_of_a_contradiction_no_other_signs()
    {
        await GrowAsync(5);
        await using var other = new Notary(_ledger.ConnectionString, like: _notary);
        await _ledger.ExecuteAsync("insert into audit.refusals (node, kind, detail, since) values ($1, 'Truncated', 'as an old backup', now())", _notary.Name);
        await GrowAsync(1);
        (await other.ShouldRefuseAsync()).Kind.ShouldBe(SigningRefusalKind.Elsewhere);

        // Where the contradiction was seen, it is seen to be gone.
        (await _notary.SignAndSendAsync()).Size.ShouldBe(6);
        (await other.Signer.SignAsync()).Refusal.ShouldBeNull();
        (await _ledger.ScalarAsync<long>("select count(*) from audit.refusals")).ShouldBe(0);
    }

    [Fact]
    public async Task To_a_file_of_another_history_nothing_is_appended()
    {
        await GrowAsync(5);
        await _notary.SignAndSendAsync();
        await using var restored = await _ledger.CopyAsync();
        await using (var later = new Ledger(server, _ledger.ConnectionString))
        await using (var there = new Notary(_ledger.ConnectionString, like: _notary, file: _notary.File))
        {
            await later.InitializeAsync();
            await later.AppendAsync(5);
            await later.BuildAsync();
            await there.SignAndSendAsync();
        }

        // A node that kept nothing outside comes first after the backup is back; the one whose file knows better looks then.
        await using var unknowing = new Notary(restored.ConnectionString, like: _notary);
        await restored.AppendAsync(30);
        await restored.BuildAsync();
        await unknowing.SignAndSendAsync();
        await using var knowing = new Notary(restored.ConnectionString, like: _notary, file: _notary.File);
        var before = await File.ReadAllBytesAsync(_notary.File);
        (await knowing.ShouldRefuseAsync()).Kind.ShouldBe(SigningRefusalKind.Forked);
        (await knowing.Sender.SendAsync()).ShouldNotBeNull();
        (await File.ReadAllBytesAsync(_notary.File)).ShouldBe(before);
        (await unknowing.ShouldRefuseAsync()).Kind.ShouldBe(SigningRefusalKind.Elsewhere);
    }

    [Fact]
    public async Task A_file_that_was_taken_away_or_put_back_to_an_older_state_is_no_agreement()
    {
        await GrowAsync(2);
        await _notary.SignAndSendAsync();
        var older = await File.ReadAllBytesAsync(_notary.File);
        await GrowAsync(2);
        await _notary.SignAndSendAsync();
        var whole = await File.ReadAllBytesAsync(_notary.File);
        await GrowAsync(2);
        await File.WriteAllBytesAsync(_notary.File, older);
        (await _notary.ShouldRefuseAsync()).Kind.ShouldBe(SigningRefusalKind.OutsideUnusable);
        File.Delete(_notary.File);
        (await _notary.ShouldRefuseAsync()).Kind.ShouldBe(SigningRefusalKind.OutsideUnusable);
        await File.WriteAllBytesAsync(_notary.File, whole);
        (await _notary.SignAndSendAsync()).Size.ShouldBe(6);
    }

    [Fact]
    public async Task Many_who_ask_for_a_checkpoint_at_once_share_one_signing()
    {
        await GrowAsync(3);
        await using var holder = await _ledger.Sql.OpenConnectionAsync();
        await using var hold = new NpgsqlCommand($"select pg_advisory_lock(21327, {CheckpointSigner.LockNumber})", holder);
        await hold.ExecuteNonQueryAsync();
        var asked = Enumerable.Range(0, 20).Select(_ => _notary.Worker.SignNowAsync()).ToArray();
        await using var release = new NpgsqlCommand($"select pg_advisory_unlock(21327, {CheckpointSigner.LockNumber})", holder);
        await release.ExecuteNonQueryAsync();
        var outcomes = await Task.WhenAll(asked);
        outcomes.ShouldAllBe(outcome => outcome.Checkpoint!.Size == 3 && outcome.Refusal == null);
        outcomes.Count(outcome => outcome.IsNew).ShouldBe(1);
    }

    [Fact]
    public async Task Whoever_waits_behind_a_signing_that_is_given_up_gets_no_checkpoint_from_before()
    {
        await GrowAsync(3);
        (await _notary.Worker.SignNowAsync()).Checkpoint!.Size.ShouldBe(3);
        await GrowAsync(2);
        await using var holder = await _ledger.Sql.OpenConnectionAsync();
        await using (var hold = new NpgsqlCommand($"select pg_advisory_lock(21327, {CheckpointSigner.LockNumber})", holder)) await hold.ExecuteNonQueryAsync();
        using var first = new CancellationTokenSource();
        using var second = new CancellationTokenSource();
        // The first one signs; the others ask before the second begins, which is given up in the middle.
        var (signing, givenUp, waiting) = (_notary.Worker.SignNowAsync(first.Token), _notary.Worker.SignNowAsync(second.Token), _notary.Worker.SignNowAsync());
        foreach (var (one, stop) in new[] { (signing, first), (givenUp, second) })
        {
            while (await _ledger.ScalarAsync<long>("select count(*) from pg_locks where locktype = 'advisory' and not granted and database = (select oid from pg_database where datname = current_database())") == 0) await Task.Yield();
            await stop.CancelAsync();
            await Should.ThrowAsync<OperationCanceledException>(one);
        }
        await using (var release = new NpgsqlCommand($"select pg_advisory_unlock(21327, {CheckpointSigner.LockNumber})", holder)) await release.ExecuteNonQueryAsync();
        (await waiting).ShouldSatisfyAllConditions(outcome => outcome.IsNew.ShouldBeTrue(), outcome => outcome.Checkpoint!.Size.ShouldBe(5));
    }

    [Fact]
    public async Task Tiles_that_are_gone_contradict_what_was_signed_here()
    {
        await GrowAsync(300);
        await _notary.SignAndSendAsync();
        await _ledger.ExecuteAsync("alter table audit.leaf_tiles disable trigger user; delete from audit.leaf_tiles where tile = 1; alter table audit.leaf_tiles enable trigger user");
        (await _notary.ShouldRefuseAsync()).Kind.ShouldBe(SigningRefusalKind.Truncated);
    }

    [Fact]
    public async Task What_lies_outside_and_is_no_checkpoint_of_this_log_stops_the_signing_until_it_is_gone()
    {
        await GrowAsync(2);
        Directory.CreateDirectory(Path.GetDirectoryName(_notary.File)!);
        await File.WriteAllTextAsync(_notary.File, new string('x', 20_000));
        (await _notary.ShouldRefuseAsync()).Kind.ShouldBe(SigningRefusalKind.OutsideUnusable);

        var foreign = new Checkpoint("another-log", 1, Hashing.Leaf([1]), _notary.Time.GetUtcNow(), 1);
        await File.WriteAllTextAsync(_notary.File, CheckpointFile.Entry(SignedNote.Sign(foreign, _notary.Keys.Current!)));
        (await _notary.ShouldRefuseAsync()).Detail.ShouldContain("another-log");

        var forged = foreign with { LogId = await _ledger.ScalarAsync<string>("select id from audit.log"), Root = (await _ledger.ExpectedTreeAsync()).Root, Size = 2 };
        await File.WriteAllTextAsync(_notary.File, CheckpointFile.Entry(SignedNote.Sign(forged, Audit.Keys.SigningKey.Create())));
        (await _notary.ShouldRefuseAsync()).Detail.ShouldContain("no key of this log");

        File.Delete(_notary.File);
        (await _notary.SignAndSendAsync()).Size.ShouldBe(2);
        (await _ledger.ScalarAsync<long>("select count(*) from audit.refusals")).ShouldBe(0);
    }

    private async Task GrowAsync(int events)
    {
        await _ledger.AppendAsync(events);
        await _ledger.BuildAsync();
    }
}
