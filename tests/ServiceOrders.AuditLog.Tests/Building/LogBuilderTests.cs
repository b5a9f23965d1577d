using Npgsql;
using ServiceOrders.Audit.Merkle;
using ServiceOrders.AuditLog.Building;
using ServiceOrders.AuditLog.Reading;
using ServiceOrders.AuditLog.Tests.Given;
using ServiceOrders.EventStore;

namespace ServiceOrders.AuditLog.Tests.Building;

/// <summary>Every event is one leaf, in the order of positions, whatever happens while the log is built.</summary>
public sealed class LogBuilderTests(Ledger ledger) : IClassFixture<Ledger>
{
    [Fact]
    public async Task Every_event_is_one_leaf_in_the_order_of_positions()
    {
        await ledger.AppendAsync(70, 10);
        await ledger.BuildAsync();
        await ledger.ShouldHoldEveryEventAsync();

        // And so it stays when events come one by one.
        for (var i = 0; i < 5; i++)
        {
            await ledger.AppendAsync(1);
            await ledger.BuildAsync();
        }
        await ledger.ShouldHoldEveryEventAsync();
    }

    [Fact]
    public async Task Two_nodes_that_build_while_others_append_leave_each_event_in_once()
    {
        await using var second = new StoreDatabase(ledger.ConnectionString);
        await using var here = ledger.Builder();
        await using var there = ledger.Builder(second);
        var appending = ledger.AppendAsync(400, 3);
        while (!appending.IsCompleted) await Task.WhenAll(here.CatchUpAsync(), there.CatchUpAsync());
        await appending;
        await Task.WhenAll(here.CatchUpAsync(), there.CatchUpAsync());
        await ledger.ShouldHoldEveryEventAsync();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(300)]
    public async Task A_builder_that_dies_before_its_commit_leaves_nothing_and_the_next_one_does_it_once(int events)
    {
        await ledger.AppendAsync(3);
        await ledger.BuildAsync();
        await ledger.AppendAsync(events);
        var before = await new LogReader(ledger.Database.Pooled).ExtentAsync();

        await using (var connection = await ledger.Database.Dedicated.OpenConnectionAsync())
        {
            var transaction = await connection.BeginTransactionAsync();
            var last = await ledger.ScalarAsync<long>("select max(seq_id) from events.mt_events");
            await new LogBuilder().HandleAsync(new EventRange(before.Position, last, events), connection, transaction, CancellationToken.None);
            await ledger.ExecuteAsync("select pg_terminate_backend($1)", connection.ProcessID);
            await Should.ThrowAsync<NpgsqlException>(() => transaction.CommitAsync());
        }

        (await new LogReader(ledger.Database.Pooled).ExtentAsync()).ShouldBe(before);
        await ledger.BuildAsync();
        await ledger.ShouldHoldEveryEventAsync();
    }

    [Fact]
    public async Task A_builder_whose_checkpoint_somebody_moved_leaves_no_event_out_and_takes_none_in_twice()
    {
        await ledger.AppendAsync(3);
        await ledger.BuildAsync();
        var before = await new LogReader(ledger.Database.Pooled).ExtentAsync();
        await ledger.AppendAsync(4);
        var last = await ledger.ScalarAsync<long>("select max(seq_id) from events.mt_events");
        await using (var connection = await ledger.Database.Dedicated.OpenConnectionAsync())
        await using (var transaction = await connection.BeginTransactionAsync())
        {
            foreach (var moved in new[] { before.Position + 2, before.Position - 1 })
                await Should.ThrowAsync<InvalidDataException>(() => new LogBuilder().HandleAsync(new EventRange(moved, last, (int)(last - moved)), connection, transaction, CancellationToken.None));
        }
        await ledger.BuildAsync();
        await ledger.ShouldHoldEveryEventAsync();
    }

    [Fact]
    public async Task Numbers_that_were_drawn_and_never_used_leave_no_gap_in_the_leaves()
    {
        await ledger.AppendAsync(2);
        await ledger.ScalarAsync<long>("select nextval('events.mt_events_sequence')");
        await using (var connection = await ledger.Sql.OpenConnectionAsync())
        {
            // An append that draws its numbers and rolls back.
            await using var transaction = await connection.BeginTransactionAsync();
            await using var command = new NpgsqlCommand("insert into events.mt_events (seq_id, id, version, data, type) values (nextval('events.mt_events_sequence'), gen_random_uuid(), 1, '{}', 'lost')", connection);
            await command.ExecuteNonQueryAsync();
            await transaction.RollbackAsync();
        }
        await ledger.AppendAsync(2);
        await ledger.BuildAsync();
        await ledger.ShouldHoldEveryEventAsync();
    }

    [Fact]
    public async Task Martens_own_rows_are_leaves_like_others()
    {
        await ledger.ExecuteAsync("""
            insert into events.mt_events (seq_id, id, stream_id, version, data, bdata, type, timestamp, tenant_id, headers)
            values (nextval('events.mt_events_sequence'), gen_random_uuid(), null, 1, '{}', null, 'tombstone', '1999-12-31T23:59:59.999999Z', null, null),
                   (nextval('events.mt_events_sequence'), gen_random_uuid(), null, 2, '[1, 2.50]', '\x0001ff', 'binary', now(), 'another', 'null')
            """);
        await ledger.BuildAsync();
        await ledger.ShouldHoldEveryEventAsync();
    }

    [Fact]
    public async Task Large_events_among_small_ones_are_leaves_like_others()
    {
        foreach (var size in (int[])[65_530, 1, 200_000, 2, 3_000_000, 65_536])
            await ledger.ExecuteAsync("insert into events.mt_events (seq_id, id, version, data, type) values (nextval('events.mt_events_sequence'), gen_random_uuid(), 1, jsonb_build_object('text', repeat('x', $1)), 'large')", size);
        await ledger.BuildAsync();
        await ledger.ShouldHoldEveryEventAsync();
    }

    [Fact]
    public async Task An_event_that_someone_puts_behind_the_log_s_back_is_not_taken_in()
    {
        await ledger.AppendAsync(1);
        var free = await ledger.ScalarAsync<long>("select nextval('events.mt_events_sequence')");
        await ledger.AppendAsync(1);
        await ledger.BuildAsync();
        var before = await new LogReader(ledger.Database.Pooled).ExtentAsync();
        await ledger.ExecuteAsync("insert into events.mt_events (seq_id, id, version, data, type) values ($1, gen_random_uuid(), 1, '{}', 'forged')", free);
        try
        {
            await ledger.BuildAsync();
            (await new LogReader(ledger.Database.Pooled).ExtentAsync()).ShouldBe(before);
            (await new LogReader(ledger.Database.Pooled).LeavesOfAsync([free])).ShouldBeEmpty();
        }
        finally
        {
            // As superuser, so that the class's other tests find an honest store.
            await ledger.ExecuteAsync($"alter table events.mt_events disable trigger user; delete from events.mt_events where seq_id = {free}; alter table events.mt_events enable trigger user");
        }
    }

    [Fact]
    public async Task The_leaf_of_an_event_is_found_by_its_position()
    {
        await ledger.AppendAsync(300);
        await ledger.BuildAsync();
        var positions = new List<long>();
        await using (var command = ledger.Sql.CreateCommand("select seq_id from events.mt_events order by seq_id"))
        await using (var rows = await command.ExecuteReaderAsync())
            while (await rows.ReadAsync()) positions.Add(rows.GetInt64(0));

        var leaves = await new LogReader(ledger.Database.Pooled).LeavesOfAsync([.. positions, 0, positions[^1] + 1]);

        leaves.Count.ShouldBe(positions.Count);
        for (var i = 0; i < positions.Count; i++) leaves[positions[i]].ShouldBe(i);
    }
}

/// <summary>A tree of three levels of tiles.</summary>
public sealed class LargeLogTests(Ledger ledger) : IClassFixture<Ledger>
{
    [Fact]
    public async Task Seventy_thousand_events_make_tiles_of_three_levels_and_every_part_of_the_tree_is_found_in_them()
    {
        await ledger.FillAsync(70_000);
        await ledger.BuildAsync();
        await ledger.ShouldHoldEveryEventAsync();

        (await ledger.ScalarAsync<long>("select count(*) from audit.node_tiles where level = 2")).ShouldBe(1);
        var expected = await ledger.ExpectedTreeAsync();
        foreach (var size in (long[])[1, 255, 256, 257, 65_535, 65_536, 65_537, 69_999])
        {
            (await ProofBuilder.RootAsync(ledger.Nodes, size)).ShouldBe(await ProofBuilder.RootAsync(expected, size));
            (await ProofBuilder.InclusionAsync(ledger.Nodes, size - 1, 70_000)).ShouldBe(await ProofBuilder.InclusionAsync(expected, size - 1, 70_000));
            (await ProofBuilder.ConsistencyAsync(ledger.Nodes, size, 70_000)).ShouldBe(await ProofBuilder.ConsistencyAsync(expected, size, 70_000));
        }
    }
}
