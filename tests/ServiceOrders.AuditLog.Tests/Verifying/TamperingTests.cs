using ServiceOrders.Audit.Merkle;
using ServiceOrders.AuditLog.Tests.Given;
using ServiceOrders.AuditLog.Verifying;
using ServiceOrders.Testing;

namespace ServiceOrders.AuditLog.Tests.Verifying;

/// <summary>Whoever rules the database, with the triggers switched off, changes events: each is found, named, and named for what it is.</summary>
public sealed class TamperingTests(TestServer server) : IAsyncLifetime
{
    private readonly Ledger _ledger = new(server);
    private Verified _verified = null!;

    public async ValueTask InitializeAsync()
    {
        await _ledger.InitializeAsync();
        _verified = await Verified.OfAsync(_ledger);
        await _verified.GrowAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _verified.DisposeAsync();
        await _ledger.DisposeAsync();
    }

    [Fact]
    public async Task A_store_that_nobody_touched_is_clean()
    {
        var report = await _verified.VerifyAsync();
        report.Findings.ShouldBeEmpty();
        report.ShouldSatisfyAllConditions(r => r.IsClean.ShouldBeTrue(), r => r.Leaves.ShouldBe(600), r => r.Events.ShouldBe(600), r => r.Position.ShouldBe(600), r => r.Checkpoints.ShouldBe(4), r => r.OutsideCheckpoints.ShouldBe(4),
            r => r.NotYetProtected.ShouldBe(0));

        await _ledger.AppendAsync(7);
        (await _verified.VerifyAsync()).NotYetProtected.ShouldBe(7, "Neither in the log nor under a checkpoint outside.");
        await _ledger.BuildAsync();
        await _verified.SignAsync(send: false);
        (await _verified.VerifyAsync()).ShouldSatisfyAllConditions(r => r.IsClean.ShouldBeTrue(), r => r.Leaves.ShouldBe(607), r => r.NotYetProtected.ShouldBe(7));
    }

    [Theory]
    [InlineData("""data = jsonb_set(data, '{text}', '"做完乐"')""")]
    [InlineData("data = data || '{\"more\": null}'")]
    [InlineData("timestamp = timestamp + interval '1 microsecond'")]
    [InlineData("user_name = 'staff:han'")]
    [InlineData("user_name = null")]
    [InlineData("headers = '{\"by\": \"han\"}'")]
    [InlineData("id = gen_random_uuid()")]
    [InlineData("type = 'thing_undone'")]
    [InlineData("correlation_id = correlation_id || '0'")]
    [InlineData("causation_id = ''")]
    [InlineData("tenant_id = 'another'")]
    [InlineData("mt_dotnet_type = 'Things.Undone, Things'")]
    [InlineData("bdata = ''")]
    [InlineData("version = 77")]
    [InlineData("stream_id = gen_random_uuid()")]
    public async Task A_single_column_of_an_event_changed_is_found_and_named(string change)
    {
        await _verified.TamperAsync($"update events.mt_events set {change} where seq_id = 333");
        var found = (await _verified.VerifyAsync()).Findings.ShouldHaveSingleItem();
        (found.Kind, found.Subject, found.LeafIndex, found.Position).ShouldBe((FindingKind.Changed, Finding.Event, 332, 333));
        (found.StreamId, found.Version).ShouldBe((await _ledger.ScalarAsync<Guid>("select stream_id from events.mt_events where seq_id = 333"), await _ledger.ScalarAsync<long>("select version from events.mt_events where seq_id = 333")));
        found.Detail.ShouldNotContain("做完");
    }

    [Fact]
    public async Task Archiving_is_no_change()
    {
        await _ledger.ExecuteAsync("update events.mt_events set is_archived = true where seq_id <= 100");
        (await _verified.VerifyAsync()).Findings.ShouldBeEmpty();
    }

    [Theory, InlineData(1), InlineData(256), InlineData(257), InlineData(450), InlineData(600)]
    public async Task An_event_deleted_is_found_wherever_it_stood(long position)
    {
        await _verified.TamperAsync("delete from events.mt_events where seq_id = $1", position);
        var found = (await _verified.VerifyAsync()).Findings.ShouldHaveSingleItem();
        (found.Kind, found.LeafIndex, found.Position).ShouldBe((FindingKind.Removed, position - 1, position));
    }

    [Fact]
    public async Task An_event_inserted_is_found()
    {
        foreach (var position in new[] { 0L, -7L })
        {
            await _verified.TamperAsync("insert into events.mt_events (seq_id, id, stream_id, version, data, type) select $1, gen_random_uuid(), stream_id, 99 - $1, '{}', 'thing_done' from events.mt_events where seq_id = 5", position);
            (await _verified.VerifyAsync()).Findings.ShouldContain(f => f.Kind == FindingKind.Inserted && f.Position == position && f.LeafIndex == null && f.Version == 99 - position && f.StreamId != null);
        }
        (await _verified.VerifyAsync()).FindingCount.ShouldBe(2);
    }

    [Fact]
    public async Task An_event_inserted_into_a_gap_that_a_rollback_left_is_found()
    {
        var gap = await _ledger.ScalarAsync<long>("select nextval('events.mt_events_sequence')");
        await _verified.GrowAsync(1);
        (await _verified.VerifyAsync()).Findings.ShouldBeEmpty("A gap is none of the log's business.");
        await _verified.TamperAsync("insert into events.mt_events (seq_id, id, version, data, type) values ($1, gen_random_uuid(), 1, '{}', 'thing_done')", gap);
        var found = (await _verified.VerifyAsync()).Findings.ShouldHaveSingleItem();
        (found.Kind, found.Position, found.LeafIndex).ShouldBe((FindingKind.Inserted, gap, null));
    }

    [Theory]
    [InlineData("update events.mt_events set seq_id = case seq_id when 100 then -100 else -500 end where seq_id in (100, 500); update events.mt_events set seq_id = case seq_id when -100 then 500 else 100 end where seq_id < 0")]
    [InlineData("update events.mt_events e set data = o.data, headers = o.headers, id = o.id, type = o.type, timestamp = o.timestamp, correlation_id = o.correlation_id from events.mt_events o where e.seq_id in (100, 500) and o.seq_id = 600 - e.seq_id")]
    [InlineData("update events.mt_events e set stream_id = o.stream_id, version = o.version from events.mt_events o where e.seq_id in (100, 500) and o.seq_id = 600 - e.seq_id")]
    public async Task Two_events_that_changed_places_are_both_named_as_moved(string swap)
    {
        await _ledger.ExecuteAsync("drop index events.pk_mt_events_stream_and_version");
        await _verified.TamperAsync(swap);
        var findings = (await _verified.VerifyAsync()).Findings;
        findings.Select(f => (f.Kind, f.LeafIndex, f.Position)).ShouldBe([(FindingKind.Moved, 99, 100), (FindingKind.Moved, 499, 500)], ignoreOrder: true);
    }

    [Fact]
    public async Task Neighbours_in_one_stream_that_changed_places_are_named_as_moved()
    {
        await _ledger.ExecuteAsync("drop index events.pk_mt_events_stream_and_version");
        await _verified.TamperAsync("""
            update events.mt_events e set data = jsonb_set(e.data, '{number}', o.data->'number'), correlation_id = o.correlation_id, id = o.id
            from events.mt_events o where e.seq_id in (101, 102) and o.seq_id = 203 - e.seq_id
            """);
        (await _verified.VerifyAsync()).Findings.Select(f => (f.Kind, f.Position)).ShouldBe([(FindingKind.Moved, 101), (FindingKind.Moved, 102)], ignoreOrder: true);
    }

    [Fact]
    public async Task An_event_given_another_number_is_named_as_moved()
    {
        await _verified.TamperAsync("update events.mt_events set seq_id = -3 where seq_id = 40");
        var found = (await _verified.VerifyAsync()).Findings.ShouldHaveSingleItem();
        (found.Kind, found.LeafIndex, found.Position).ShouldBe((FindingKind.Moved, 39, 40));
        found.Detail.ShouldContain("-3");
    }

    [Fact]
    public async Task The_end_of_the_events_cut_off_is_one_finding_that_counts_them()
    {
        await _verified.TamperAsync("delete from events.mt_events where seq_id > 583");
        var found = (await _verified.VerifyAsync()).Findings.ShouldHaveSingleItem();
        (found.Kind, found.LeafIndex, found.Position).ShouldBe((FindingKind.Truncated, 583, 584));
        found.Detail.ShouldContain("The last 17 events");
    }

    [Fact]
    public async Task Many_changes_are_named_up_to_a_number_and_all_counted()
    {
        await _verified.TamperAsync("update events.mt_events set user_name = 'staff:han' where seq_id <= 550");
        var report = await _verified.VerifyAsync();
        report.Findings.Count(f => f.Kind == FindingKind.Changed && f.Subject == Finding.Event).ShouldBe(VerificationReport.MostOfAKind);
        report.Findings.ShouldContain(f => f.Kind == FindingKind.Changed && f.Subject == "more findings" && f.Detail.Contains("350"));
        report.FindingCount.ShouldBe(550);
        report.IsClean.ShouldBeFalse();
    }

    [Fact]
    public async Task A_flood_of_one_kind_hides_no_other()
    {
        await _verified.TamperAsync("""
            insert into audit.checkpoints (size, root, signed_at, position, key_id, note) select n, decode(repeat('00', 32), 'hex'), now(), n, 'junk', 'junk' from generate_series(1, 500) n where n not in (150, 300, 450);
            insert into events.mt_events (seq_id, id, version, data, type) select -n, gen_random_uuid(), n, '{}', 'thing_done' from generate_series(1, 2000) n;
            update events.mt_events set user_name = 'staff:han' where seq_id = 333
            """);
        var report = await _verified.VerifyAsync();
        report.Findings.ShouldContain(f => f.Kind == FindingKind.Changed && f.Position == 333);
        report.FindingCount.ShouldBe(2498);
        report.Findings.Count.ShouldBe(2 * VerificationReport.MostOfAKind + 3);
    }

    [Fact]
    public async Task A_node_that_was_altered_to_fit_does_not_acquit_a_changed_event()
    {
        await _verified.TamperAsync("update events.mt_events set user_name = 'staff:han' where seq_id = 333");
        var hash = (await (await _ledger.ExpectedTreeAsync()).ReadAsync([new TreeNode(0, 332)]))[0];
        var tile = TreeHash.ManyFrom(await _ledger.ScalarAsync<byte[]>("select hashes from audit.leaf_tiles where tile = 1")).ToArray();
        tile[332 - 256] = hash;
        await _verified.TamperAsync("update audit.node_tiles set hashes = overlay(hashes placing $1 from 33)", Tiles.Root(tile).ToArray());
        var findings = (await _verified.VerifyAsync()).Findings;
        findings.Select(f => (f.Kind, f.Subject)).ShouldBe([(FindingKind.Changed, Finding.Event), (FindingKind.LogAltered, "tile 1/0")], ignoreOrder: true);
        findings.Single(f => f.Kind == FindingKind.Changed).Position.ShouldBe(333);
    }

    [Theory]
    [InlineData("alter table audit.checkpoints alter signed_at drop not null; update audit.checkpoints set signed_at = '20000-01-01' where size = 450", FindingKind.CheckpointForged, "checkpoint 450")]
    [InlineData("update audit.checkpoints set signed_at = '4000-01-01 BC' where size = 450", FindingKind.CheckpointForged, "checkpoint 450")]
    [InlineData("update audit.checkpoints set signed_at = 'infinity' where size = 450", FindingKind.CheckpointForged, "checkpoint 450")]
    [InlineData("alter table audit.checkpoints alter root drop not null; update audit.checkpoints set root = null where size = 450", FindingKind.CheckpointForged, "checkpoint 450")]
    [InlineData("alter table audit.checkpoints alter note drop not null; update audit.checkpoints set note = null where size = 450", FindingKind.CheckpointForged, "checkpoint 450")]
    [InlineData("alter table audit.keys alter public_key drop not null; insert into audit.keys (id, serial, introduced_at) values ('00000000000000aa', 2, now())", FindingKind.CheckpointForged, "key 2")]
    [InlineData("alter table audit.leaf_tiles alter hashes drop not null; update audit.leaf_tiles set hashes = null where tile = 1", FindingKind.LogAltered, "tile 0/1")]
    [InlineData("alter table audit.leaf_tiles alter positions drop not null; update audit.leaf_tiles set positions = null where tile = 1", FindingKind.LogAltered, "tile 0/1")]
    [InlineData("alter table audit.leaf_tiles alter hashes drop not null; update audit.leaf_tiles set hashes = null where tile = 2", FindingKind.LogAltered, "tile 0/2")]
    [InlineData("alter table audit.leaf_tiles drop constraint leaf_tiles_pkey; drop index audit.leaf_tiles_by_position; insert into audit.leaf_tiles select * from audit.leaf_tiles where tile = 1", FindingKind.LogAltered, "tile 0/1")]
    [InlineData("alter table audit.node_tiles alter hashes drop not null; update audit.node_tiles set hashes = null", FindingKind.LogAltered, "tile 1/0")]
    public async Task A_value_that_nobody_can_read_is_a_finding_and_stops_nobody(string sql, FindingKind kind, string subject)
    {
        await _verified.TamperAsync($"{sql}; update events.mt_events set user_name = 'staff:han' where seq_id = 33");
        var findings = (await _verified.VerifyAsync()).Findings;
        findings.ShouldContain(f => f.Kind == kind && f.Subject == subject);
        findings.ShouldContain(f => f.Kind == FindingKind.Changed && f.Position == 33);
        findings.ShouldNotContain(f => f.Kind == FindingKind.Inserted || f.Kind == FindingKind.Removed);
    }

    [Theory, InlineData("'20000-01-01'"), InlineData("'infinity'"), InlineData("'4000-01-01 BC'")]
    public async Task What_is_remembered_of_the_places_outside_stops_no_verification(string time)
    {
        await _verified.TamperAsync($"update audit.sinks set next_try_at = {time}, sent_at = {time}; update events.mt_events set user_name = 'staff:han' where seq_id = 33");
        (await _verified.VerifyAsync()).Findings.ShouldHaveSingleItem().Kind.ShouldBe(FindingKind.Changed);
        await _ledger.AppendAsync(1);
        await _ledger.BuildAsync();
        (await _verified.SignAsync()).IsNew.ShouldBeTrue("Nor the signing.");
    }

    [Theory, InlineData("version"), InlineData("timestamp"), InlineData("type"), InlineData("data"), InlineData("id"), InlineData("stream_id")]
    public async Task A_column_of_an_event_that_was_emptied_is_found_like_any_change(string column)
    {
        await _ledger.ExecuteAsync($"alter table events.mt_events alter {column} drop not null");
        await _verified.TamperAsync($"update events.mt_events set {column} = null where seq_id in (333, 334)");
        (await _verified.VerifyAsync()).Findings.Where(f => f.Subject == Finding.Event).Select(f => (f.Kind, f.Position)).ShouldBe([(FindingKind.Changed, 333), (FindingKind.Changed, 334)], ignoreOrder: true);
    }

    [Fact]
    public async Task A_page_that_cannot_be_read_is_a_finding_and_the_others_are_looked_at()
    {
        await _ledger.FillAsync(17_000);
        await _ledger.BuildAsync();
        await _verified.SignAsync();
        // The roots above the first page stand in a column of another kind; the second page's are read from it as well, and told too.
        await _ledger.ExecuteAsync("alter table audit.node_tiles drop constraint node_tiles_hashes_check; alter table audit.node_tiles alter hashes drop default, alter hashes type integer using 1");
        await _verified.TamperAsync("update audit.checkpoints set note = 'words' where size = 450");
        var report = await _verified.VerifyAsync();
        report.Findings.ShouldContain(f => f.Kind == FindingKind.LogAltered && f.Subject == "tile 0/0");
        report.Findings.ShouldContain(f => f.Kind == FindingKind.CheckpointForged && f.Subject == "checkpoint 450");
    }

    [Theory]
    [InlineData("update audit.leaf_tiles set positions[20] = null where tile = 1", "tile 0/1")]
    [InlineData("update audit.leaf_tiles set positions[88] = null where tile = 2", "tile 0/2")]
    [InlineData("insert into audit.leaf_tiles values (10000000000000, 700, '{700}', decode(repeat('00', 32), 'hex'))", "tile 0/10000000000000")]
    [InlineData("insert into audit.leaf_tiles values (9223372036854775807, 700, '{700}', decode(repeat('00', 32), 'hex'))", "tile 0/9223372036854775807")]
    public async Task A_row_that_is_none_is_a_finding_and_stops_nobody(string sql, string subject)
    {
        await _verified.TamperAsync($"{sql}; update events.mt_events set user_name = 'staff:han' where seq_id = 33");
        var findings = (await _verified.VerifyAsync()).Findings;
        findings.ShouldContain(f => f.Kind == FindingKind.LogAltered && f.Subject == subject);
        findings.ShouldContain(f => f.Kind == FindingKind.Changed && f.Position == 33);
        findings.ShouldNotContain(f => f.Kind == FindingKind.Inserted || f.Kind == FindingKind.Removed);
    }
}
