using System.Text;
using Npgsql;
using ServiceOrders.Audit.Checkpoints;
using ServiceOrders.Audit.Keys;
using ServiceOrders.Audit.Merkle;
using ServiceOrders.AuditLog.Signing;
using ServiceOrders.AuditLog.Tests.Given;
using ServiceOrders.AuditLog.Verifying;
using ServiceOrders.Testing;

namespace ServiceOrders.AuditLog.Tests.Verifying;

/// <summary>Whoever rules the database goes further: rewrites the log along with the events, cuts off the end, restores a backup, forges what was signed.</summary>
public sealed class RewrittenHistoryTests(TestServer server) : IAsyncLifetime
{
    private readonly Ledger _ledger = new(server);
    private Verified _verified = null!;

    public async ValueTask InitializeAsync()
    {
        await _ledger.InitializeAsync();
        _verified = await Verified.OfAsync(_ledger);
        // Checkpoints of 150, 300, 450 and 600 events; two full tiles and a part of a third.
        await _verified.GrowAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _verified.DisposeAsync();
        await _ledger.DisposeAsync();
    }

    [Fact]
    public async Task Events_and_log_rewritten_together_are_found_against_what_was_signed()
    {
        await _verified.TamperAsync("update events.mt_events set user_name = 'staff:han' where seq_id = 333");
        await RebuildLogAsync();
        await _ledger.ShouldHoldEveryEventAsync();

        var findings = (await _verified.VerifyAsync()).Findings;
        findings.Select(f => (f.Kind, f.Subject, f.LeafIndex)).ShouldBe([(FindingKind.LogAltered, "checkpoint 450", 300), (FindingKind.Forked, "outside checkpoint 450", 300)], ignoreOrder: true);
        findings[0].Detail.ShouldContain("leaves 300 to 449");
        (await _verified.VerifyAsync(new([_verified.Key.Public], null))).Findings.ShouldHaveSingleItem().Kind.ShouldBe(FindingKind.LogAltered, "Without anything from outside what was signed here still tells.");
    }

    [Fact]
    public async Task Events_log_and_checkpoints_rewritten_together_are_found_outside_alone()
    {
        await _verified.TamperAsync("update events.mt_events set user_name = 'staff:han' where seq_id = 333");
        await RebuildLogAsync();
        // With the signing key, too: whoever has that and the database can sign another history.
        await _verified.TamperAsync("delete from audit.checkpoints where size > 300");
        await _verified.SignAsync(send: false);

        (await _verified.VerifyAsync(new([_verified.Key.Public], null))).Findings.ShouldBeEmpty("Nothing in the database contradicts it.");
        var found = (await _verified.VerifyAsync()).Findings.ShouldHaveSingleItem();
        (found.Kind, found.Subject, found.LeafIndex).ShouldBe((FindingKind.Forked, "outside checkpoint 450", 300));
    }

    [Fact]
    public async Task The_end_of_events_log_and_checkpoints_cut_off_is_found_outside_alone()
    {
        await _verified.TamperAsync("""
            delete from events.mt_events where seq_id > 450; delete from audit.leaf_tiles where tile = 2; delete from audit.checkpoints where size > 450;
            update audit.leaf_tiles set positions = positions[1:194], hashes = substring(hashes for 194 * 32) where tile = 1;
            update audit.node_tiles set hashes = substring(hashes for 32); update events.mt_event_progression set last_seq_id = 450 where name = 'audit-log'
            """);
        (await _verified.VerifyAsync(new([_verified.Key.Public], null))).ShouldSatisfyAllConditions(r => r.Findings.ShouldBeEmpty(), r => r.NotYetProtected.ShouldBe(450, "All of it: nothing is kept outside."));
        var found = (await _verified.VerifyAsync()).Findings.ShouldHaveSingleItem();
        (found.Kind, found.Subject, found.LeafIndex, found.Position).ShouldBe((FindingKind.Truncated, "outside checkpoint 600", 450, 451));
        found.Detail.ShouldContain("150 events more");
    }

    [Fact]
    public async Task A_restored_backup_is_found_at_once_and_after_it_went_on()
    {
        await using var backup = await _ledger.CopyAsync();
        var restored = _verified.Beside(backup);
        (await restored.VerifyAsync()).Findings.ShouldBeEmpty();
        await _verified.GrowAsync(2);
        (await _verified.VerifyAsync()).Findings.ShouldBeEmpty();

        var found = (await restored.VerifyAsync()).Findings.ShouldHaveSingleItem();
        (found.Kind, found.Subject, found.LeafIndex, found.Position).ShouldBe((FindingKind.Truncated, "outside checkpoint 900", 600, 601));
        found.Detail.ShouldContain("300 events more");

        // It goes on with other events, to more than there were.
        await backup.AppendAsync(40, 10);
        await backup.BuildAsync();
        (await restored.SignAsync()).Refusal.ShouldNotBeNull("Another history is not signed.");
        var forked = (await restored.VerifyAsync()).Findings.ShouldHaveSingleItem();
        (forked.Kind, forked.Subject, forked.LeafIndex).ShouldBe((FindingKind.Forked, "outside checkpoint 750", 600));
    }

    [Theory]
    [InlineData("update audit.leaf_tiles set hashes = overlay(hashes placing '\\xffffffffffffffff' from 32 * 40 + 1) where tile = 1", 296, "leaf 296")]
    [InlineData("update audit.node_tiles set hashes = overlay(hashes placing '\\xffffffffffffffff' from 33)", 256, "tile 1/0")]
    [InlineData("delete from audit.node_tiles", 0, "tile 1/0")]
    [InlineData("delete from audit.leaf_tiles where tile = 1", 256, "tile 0/1")]
    [InlineData("update audit.leaf_tiles set positions[41] = positions[42], positions[42] = positions[41] where tile = 1", 256, "tile 0/1")]
    public async Task A_log_that_was_altered_is_blamed_and_its_events_are_not(string sql, long leaf, string subject)
    {
        await _ledger.ExecuteAsync("alter table audit.leaf_tiles drop constraint leaf_tiles_check");
        await _verified.TamperAsync(sql);
        var found = (await _verified.VerifyAsync()).Findings.ShouldHaveSingleItem();
        (found.Kind, found.Subject, found.LeafIndex).ShouldBe((FindingKind.LogAltered, subject, leaf));
    }

    [Fact]
    public async Task A_position_that_was_altered_in_the_log_is_told_from_an_event_that_was_moved()
    {
        await _verified.TamperAsync("update audit.leaf_tiles set positions[88] = 1000000 where tile = 2");
        var found = (await _verified.VerifyAsync()).Findings;
        found.ShouldContain(f => f.Kind == FindingKind.LogAltered && f.LeafIndex == 599 && f.Position == 1000000);
        found.ShouldNotContain(f => f.Kind == FindingKind.Removed || f.Kind == FindingKind.Inserted || f.Kind == FindingKind.Moved);
    }

    [Theory]
    [InlineData("update audit.checkpoints set root = overlay(root placing '\\xffffffffffffffff' from 1) where size = 450")]
    [InlineData("update audit.checkpoints set signed_at = signed_at - interval '3 years' where size = 450")]
    [InlineData("update audit.checkpoints set position = 449 where size = 450")]
    [InlineData("update audit.checkpoints set note = replace(note, '2026', '2023'), signed_at = signed_at - interval '3 years' where size = 450")]
    [InlineData("update audit.checkpoints set note = 'words' where size = 450")]
    [InlineData("update audit.checkpoints c set note = o.note from audit.checkpoints o where c.size = 450 and o.size = 300")]
    public async Task A_checkpoint_that_was_altered_is_found(string sql)
    {
        await _verified.TamperAsync(sql);
        var found = (await _verified.VerifyAsync()).Findings.ShouldHaveSingleItem();
        (found.Kind, found.Subject).ShouldBe((FindingKind.CheckpointForged, "checkpoint 450"));
    }

    [Fact]
    public async Task A_checkpoint_by_a_key_that_nobody_handed_over_to_is_forged_even_where_the_table_of_keys_has_it()
    {
        using var forger = SigningKey.Create();
        await _ledger.AppendAsync(1);
        await _ledger.BuildAsync();
        await AddKeyAsync(forger.Public, 2);
        await SignAsAsync(601, _verified.Now, forger);
        var found = (await _verified.VerifyAsync()).Findings.ShouldHaveSingleItem();
        (found.Kind, found.Subject).ShouldBe((FindingKind.CheckpointForged, "checkpoint 601"));
        (await _verified.VerifyAsync(new([], null))).Findings.ShouldHaveSingleItem().Kind.ShouldBe(FindingKind.CheckpointForged, "Also for who has no key: the first one counts.");
        (await _verified.VerifyAsync(new([forger.Public], null))).Findings.Count(f => f.Kind == FindingKind.CheckpointForged).ShouldBe(4, "And for who trusts the forger, all others are.");
    }

    [Fact]
    public async Task A_key_that_both_signed_for_counts_from_then_on()
    {
        using var next = SigningKey.Create();
        await _verified.IntroduceAsync(next);
        await _ledger.AppendAsync(1);
        await _ledger.BuildAsync();
        (await _verified.SignAsync(keys: SigningKeys.Given(next.ToPem(), _verified.Key.ToPem()))).IsNew.ShouldBeTrue();
        foreach (var trusted in new[] { _verified.Key.Public, next.Public }) (await _verified.VerifyAsync(_verified.Basis with { Keys = [trusted] })).Findings.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_stranger_who_signs_beside_a_key_that_counts_dates_no_checkpoint_back()
    {
        // He has no signing key. He makes one, gives it out for the first, signs a genuine checkpoint beside the log's key, and one of his own, dated back: so a ticket of last month was kept long enough.
        using var stranger = SigningKey.Create();
        await _verified.TamperAsync("update audit.keys set serial = 2");
        await AddKeyAsync(stranger.Public, 1);
        var genuine = SignedNote.Parse(await _ledger.ScalarAsync<string>("select note from audit.checkpoints where size = 600"));
        await _verified.TamperAsync("update audit.checkpoints set note = $1 where size = 600", Beside(genuine, stranger).Text);
        var early = genuine.Checkpoint.SignedAt.AddYears(-4);
        await _verified.TamperAsync("delete from audit.checkpoints where size < 600");
        await SignAsAsync(150, early, stranger);

        foreach (var file in new[] { null, _verified.File })
        {
            var found = (await _verified.VerifyAsync(new([_verified.Key.Public], file))).Findings.ShouldHaveSingleItem();
            (found.Kind, found.Subject).ShouldBe((FindingKind.CheckpointForged, "checkpoint 150"));
        }
    }

    [Theory, InlineData(true), InlineData(false)]
    public async Task A_stranger_who_signs_beside_a_key_that_counts_does_not_go_on_with_a_history_of_his_own(bool isFirst)
    {
        using var stranger = SigningKey.Create();
        await AddKeyAsync(stranger.Public, 2);
        var genuine = SignedNote.Parse(await _ledger.ScalarAsync<string>("select note from audit.checkpoints where size = 300"));
        var (note, key) = isFirst ? (Beside(genuine, stranger) with { Signatures = [.. Beside(genuine, stranger).Signatures.Reverse()] }, stranger.Id) : (Beside(genuine, stranger), _verified.Key.Id);
        await _verified.TamperAsync("delete from audit.checkpoints where size > 300; update events.mt_events set user_name = 'staff:han' where seq_id = 333");
        await _verified.TamperAsync("update audit.checkpoints set note = $1, key_id = $2 where size = 300", note.Text, key);
        await RebuildLogAsync();
        await SignAsAsync(600, _verified.Now, stranger);

        var found = (await _verified.VerifyAsync(new([_verified.Key.Public], null))).Findings;
        found.Select(f => (f.Kind, f.Subject)).ShouldBe([.. isFirst ? [(FindingKind.CheckpointForged, "checkpoint 300")] : Array.Empty<(FindingKind, string)>(), (FindingKind.CheckpointForged, "checkpoint 600")]);
        (await _verified.VerifyAsync()).Findings.ShouldContain(f => f.Kind == FindingKind.Forked);
    }

    [Fact]
    public async Task A_row_that_names_another_key_than_the_one_that_signed_is_forged()
    {
        using var stranger = SigningKey.Create();
        await AddKeyAsync(stranger.Public, 2);
        await _verified.TamperAsync("update audit.checkpoints set key_id = $1 where size = 450", stranger.Id);
        var found = (await _verified.VerifyAsync()).Findings.ShouldHaveSingleItem();
        (found.Kind, found.Subject).ShouldBe((FindingKind.CheckpointForged, "checkpoint 450"));
    }

    [Theory, InlineData("by others"), InlineData("of another log"), InlineData("words")]
    public async Task A_handover_that_the_two_keys_did_not_sign_for_this_log_makes_nobody_a_key_of_it(string what)
    {
        using var stranger = SigningKey.Create();
        using var another = SigningKey.Create();
        var logId = await _verified.LogIdAsync();
        var handover = what == "words" ? what : what == "of another log" ? KeyHandover.Sign("another", _verified.Key, stranger, 0, Hashing.Empty).Text
            : KeyHandover.Sign(logId, another, stranger, 0, Hashing.Empty).Text.Replace(Convert.ToBase64String(another.Public.Der), Convert.ToBase64String(_verified.Key.Public.Der), StringComparison.Ordinal);
        await _ledger.Sql.AddKeyAsync(new IntroducedKey(stranger.Id, 2, stranger.Public, _verified.Now, handover));
        await _verified.TamperAsync("delete from audit.checkpoints where size = 600");
        await SignAsAsync(600, _verified.Now, stranger);
        (await _verified.VerifyAsync()).Findings.Select(f => (f.Kind, f.Subject)).ShouldBe([(FindingKind.CheckpointForged, "key 2"), (FindingKind.CheckpointForged, "checkpoint 600")]);
    }

    [Fact]
    public async Task A_key_counts_for_no_checkpoint_from_before_it_took_over()
    {
        using var next = SigningKey.Create();
        await _verified.IntroduceAsync(next);
        await _verified.TamperAsync("delete from audit.checkpoints where size < 600");
        await SignAsAsync(150, _verified.Now.AddYears(-4), next);
        var found = (await _verified.VerifyAsync()).Findings.ShouldHaveSingleItem();
        (found.Kind, found.Subject).ShouldBe((FindingKind.CheckpointForged, "checkpoint 150"));
    }

    [Fact]
    public async Task A_log_whose_key_was_replaced_before_it_signed_anything_is_clean_for_who_has_no_key()
    {
        await using var fresh = new Ledger(server);
        await fresh.InitializeAsync();
        await using var verified = await Verified.OfAsync(fresh);
        using var next = SigningKey.Create();
        await verified.IntroduceAsync(next);
        await fresh.AppendAsync(3);
        await fresh.BuildAsync();
        (await verified.SignAsync(keys: SigningKeys.Given(next.ToPem(), null))).IsNew.ShouldBeTrue();
        foreach (var keys in new VerificationKey[][] { [], [verified.Key.Public], [next.Public] }) (await verified.VerifyAsync(new(keys, verified.File))).Findings.ShouldBeEmpty();
    }

    [Theory, InlineData(true), InlineData(false)]
    public async Task A_key_that_handed_over_signs_no_more(bool isAlone)
    {
        using var next = SigningKey.Create();
        await _verified.IntroduceAsync(next);
        await _ledger.AppendAsync(1);
        await _ledger.BuildAsync();
        await _verified.SignAsync(keys: SigningKeys.Given(next.ToPem(), _verified.Key.ToPem()));
        await _ledger.AppendAsync(1);
        await _ledger.BuildAsync();
        using var stranger = SigningKey.Create();
        await SignAsAsync(602, _verified.Now, isAlone ? [_verified.Key] : [_verified.Key, stranger]);
        var found = (await _verified.VerifyAsync()).Findings.ShouldHaveSingleItem();
        (found.Kind, found.Subject).ShouldBe((FindingKind.CheckpointForged, "checkpoint 602"));
    }

    [Fact]
    public async Task A_key_that_handed_over_signs_nothing_larger_also_where_all_that_its_successors_signed_was_taken_away()
    {
        using var second = SigningKey.Create();
        using var third = SigningKey.Create();
        await HandOverTwiceAsync(second, third);
        (await _verified.VerifyAsync(new([third.Public], null))).Findings.ShouldBeEmpty();

        // Whoever has the first key, long out of use, has the service's own builder make the log anew, and signs it alone.
        await _verified.TamperAsync("delete from audit.checkpoints; update events.mt_events set user_name = 'staff:han' where seq_id = 333");
        await RebuildLogAsync();
        await SignAsAsync(602, _verified.Now, _verified.Key);
        foreach (var keys in new VerificationKey[][] { [], [_verified.Key.Public], [second.Public], [third.Public], [third.Public, second.Public] })
            (await _verified.VerifyAsync(new(keys, null))).Findings.Select(f => (f.Kind, f.Subject)).ShouldBe([(FindingKind.CheckpointForged, "checkpoint 602"), (FindingKind.LogAltered, "handover 600")], ignoreOrder: true);
    }

    [Fact]
    public async Task A_key_that_handed_over_rewrites_nothing_of_what_it_had_signed_itself()
    {
        using var second = SigningKey.Create();
        using var third = SigningKey.Create();
        await HandOverTwiceAsync(second, third);
        await _verified.TamperAsync("delete from audit.checkpoints; update events.mt_events set user_name = 'staff:han' where seq_id = 333");
        await RebuildLogAsync();
        await SignAsAsync(450, _verified.Now, _verified.Key);
        var found = (await _verified.VerifyAsync(new([third.Public], null))).Findings.ShouldHaveSingleItem();
        (found.Kind, found.Subject, found.LeafIndex).ShouldBe((FindingKind.LogAltered, "handover 600", 450));
        found.Detail.ShouldContain("handed over");
    }

    [Fact]
    public async Task A_log_that_was_cut_off_before_a_key_handed_over_is_found()
    {
        using var second = SigningKey.Create();
        await _verified.IntroduceAsync(second);
        await _verified.TamperAsync("""
            delete from events.mt_events where seq_id > 450; delete from audit.leaf_tiles where tile = 2; delete from audit.checkpoints where size > 450;
            update audit.leaf_tiles set positions = positions[1:194], hashes = substring(hashes for 194 * 32) where tile = 1; update audit.node_tiles set hashes = substring(hashes for 32)
            """);
        var found = (await _verified.VerifyAsync(new([second.Public], null))).Findings.ShouldHaveSingleItem();
        (found.Kind, found.Subject, found.LeafIndex).ShouldBe((FindingKind.Truncated, "handover 600", 450));
    }

    [Theory, InlineData(true), InlineData(false)]
    public async Task A_key_hands_over_once_and_takes_over_once(bool isBefore)
    {
        using var second = SigningKey.Create();
        using var third = SigningKey.Create();
        using var stranger = SigningKey.Create();
        await HandOverTwiceAsync(second, third);
        // Whoever has a key that is out of use gives himself out for its successor, or for its predecessor.
        var (from, to) = isBefore ? (stranger, second) : (_verified.Key, stranger);
        await _ledger.Sql.AddKeyAsync(new IntroducedKey(stranger.Id, 4, stranger.Public, _verified.Now, KeyHandover.Sign(await _verified.LogIdAsync(), from, to, isBefore ? 600 : 0, isBefore ? await ProofBuilder.RootAsync(_ledger.Nodes, 600) : Hashing.Empty).Text));
        await _verified.TamperAsync("delete from audit.checkpoints where size = 150");
        await SignAsAsync(150, _verified.Now.AddYears(-4), stranger);
        foreach (var trusted in new[] { second, third })
            (await _verified.VerifyAsync(new([trusted.Public], null))).Findings.Select(f => (f.Kind, f.Subject)).ShouldBe([(FindingKind.CheckpointForged, "key 4"), (FindingKind.CheckpointForged, "checkpoint 150")]);
    }

    [Fact]
    public async Task A_key_that_takes_over_while_a_verification_runs_is_no_forgery()
    {
        using var next = SigningKey.Create();
        await _ledger.AppendAsync(1);
        await _ledger.BuildAsync();
        await _verified.SignAsync();
        // The log is long enough for two pages: the hand-over comes between them.
        await _ledger.FillAsync(17_000);
        await _ledger.BuildAsync();
        var handedOver = false;
        var report = await new LogVerifier(_ledger.Database.Background, TimeProvider.System).RunAsync(_verified.Basis with { Connections = 1 }, async (_, _) =>
        {
            if (handedOver) return;
            handedOver = true;
            await _verified.IntroduceAsync(next);
            (await _verified.SignAsync(keys: SigningKeys.Given(next.ToPem(), _verified.Key.ToPem()))).IsNew.ShouldBeTrue();
        });
        report.Findings.ShouldBeEmpty();
        (report.Leaves, report.Checkpoints).ShouldBe((17_601, 6));
    }

    [Fact]
    public async Task A_key_that_is_none_stops_nobody_from_looking_for_what_else_is_wrong()
    {
        await _verified.TamperAsync("insert into audit.keys values ('00000000000000aa', 2, '\\x00', now()); update events.mt_events set user_name = 'staff:han' where seq_id = 333");
        (await _verified.VerifyAsync()).Findings.Select(f => (f.Kind, f.Subject)).ShouldBe([(FindingKind.CheckpointForged, "key 2"), (FindingKind.Changed, Finding.Event)]);
    }

    [Fact]
    public async Task A_file_outside_that_was_altered_is_found()
    {
        var text = await File.ReadAllTextAsync(_verified.File);
        await File.WriteAllTextAsync(_verified.File, text.Replace("\n450\n", "\n451\n", StringComparison.Ordinal));
        var found = (await _verified.VerifyAsync()).Findings.ShouldHaveSingleItem();
        (found.Kind, found.Subject).ShouldBe((FindingKind.CheckpointForged, "outside checkpoint 451"));

        await File.WriteAllTextAsync(_verified.File, "words\n\nwords\n\n");
        (await _verified.VerifyAsync()).Findings.ShouldHaveSingleItem().Subject.ShouldBe("outside checkpoints");
    }

    [Theory, InlineData("gone"), InlineData("emptied"), InlineData("older")]
    public async Task A_file_outside_that_has_no_more_what_it_had_is_found(string what)
    {
        var text = await File.ReadAllTextAsync(_verified.File);
        await _verified.GrowAsync(1);
        if (what == "gone") File.Delete(_verified.File);
        else await File.WriteAllTextAsync(_verified.File, what == "older" ? text : "");
        var found = (await _verified.VerifyAsync()).Findings.ShouldHaveSingleItem();
        (found.Kind, found.Subject).ShouldBe((FindingKind.Truncated, "outside checkpoints"));
        found.Detail.ShouldContain("of 750 events");
    }

    /// <summary>From the first key to a second at 600 events, which signs 601, and to a third, which signs 602.</summary>
    private async Task HandOverTwiceAsync(SigningKey second, SigningKey third)
    {
        foreach (var (next, previous) in new[] { (second, _verified.Key), (third, second) })
        {
            await _verified.IntroduceAsync(next, next == third ? previous : null);
            await _ledger.AppendAsync(1);
            await _ledger.BuildAsync();
            (await _verified.SignAsync(send: false, SigningKeys.Given(next.ToPem(), previous.ToPem()))).IsNew.ShouldBeTrue();
        }
    }

    private Task AddKeyAsync(VerificationKey key, int serial) => _ledger.Sql.AddKeyAsync(new IntroducedKey(key.Id, serial, key, _verified.Now));

    /// <summary>A checkpoint of the log as it is, put into the table past the service.</summary>
    private async Task SignAsAsync(long size, DateTimeOffset at, params SigningKey[] keys)
    {
        var position = await _ledger.ScalarAsync<long>("select positions[1 + ($1 - 1) % 256] from audit.leaf_tiles where tile = ($1 - 1) / 256", size);
        var note = SignedNote.Sign(new Checkpoint(await _verified.LogIdAsync(), size, await ProofBuilder.RootAsync(_ledger.Nodes, size), at, position), keys);
        await _verified.TamperAsync("insert into audit.checkpoints values ($1, $2, $3, $4, $5, $6)", size, note.Checkpoint.Root.ToArray(), at, position, keys[0].Id, note.Text);
    }

    /// <summary>The note with one more signature, which anyone can add.</summary>
    private static SignedNote Beside(SignedNote note, SigningKey key) => note with { Signatures = [.. note.Signatures, .. SignedNote.Sign(note.Checkpoint, key).Signatures] };

    /// <summary>What a careful forger does: has the service's own builder make the log anew from the events as they are now.</summary>
    private async Task RebuildLogAsync()
    {
        await _verified.TamperAsync("delete from audit.leaf_tiles; delete from audit.node_tiles; delete from events.mt_event_progression where name = 'audit-log'");
        await _ledger.BuildAsync();
    }
}
