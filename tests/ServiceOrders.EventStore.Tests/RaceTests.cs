using System.Collections.Concurrent;
using Npgsql;
using ServiceOrders.EventStore.Tests.Given;

namespace ServiceOrders.EventStore.Tests;

/// <summary>Several nodes on one database: nothing is lost, nothing is passed over, nothing locks up. <c>SO_SOAK=1</c> runs ten times as long.</summary>
public sealed class RaceTests(TestDatabase database) : IClassFixture<TestDatabase>, IAsyncLifetime
{
    private static readonly int Soak = Environment.GetEnvironmentVariable("SO_SOAK") == "1" ? 10 : 1;
    private readonly List<(StoreDatabase Database, PostgresEventStore Store)> _nodes = [];

    public ValueTask InitializeAsync()
    {
        for (var node = 0; node < 4; node++)
        {
            var connections = new StoreDatabase(database.ConnectionString);
            _nodes.Add((connections, new PostgresEventStore(connections)));
        }
        return default;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var (connections, store) in _nodes)
        {
            await store.DisposeAsync();
            await connections.DisposeAsync();
        }
    }

    [Fact]
    public async Task Of_twenty_four_appends_at_one_version_on_four_nodes_one_wins_each_time()
    {
        var stream = Guid.CreateVersion7();
        for (var version = 0; version < 30 * Soak; version++)
        {
            var outcomes = await Task.WhenAll(Enumerable.Range(0, 24).Select(caller => _nodes[caller % 4].Store.AppendAsync(Appends.To(stream, version)).AsTask()));

            outcomes.OfType<Appended>().ShouldHaveSingleItem().Version.ShouldBe(version + 1);
            outcomes.OfType<StaleVersion>().Count().ShouldBe(23);
            outcomes.OfType<StaleVersion>().ShouldAllBe(stale => stale.ActualVersion == version + 1);
        }
        (await _nodes[0].Store.ReadStreamAsync(stream)).Select(read => read.Version).ShouldBe(Enumerable.Range(1, 30 * Soak).Select(version => (long)version));
    }

    [Fact]
    public async Task Of_many_appends_with_one_key_on_four_nodes_one_wins_and_the_others_learn_whose_it_is()
    {
        for (var round = 0; round < 20 * Soak; round++)
        {
            var key = Appends.Key($"same-{round}");
            var outcomes = await Task.WhenAll(Enumerable.Range(0, 16).Select(async caller =>
            {
                var append = Appends.New() with { Keys = [key] };
                return (append.StreamId, Outcome: await _nodes[caller % 4].Store.AppendAsync(append));
            }));

            var winner = outcomes.Single(outcome => outcome.Outcome is Appended).StreamId;
            outcomes.Select(outcome => outcome.Outcome).OfType<KeyTaken>().Count(taken => taken.Holder.StreamId == winner).ShouldBe(15);
        }
    }

    [Fact]
    public async Task A_cursor_that_reads_against_sixteen_writers_on_four_nodes_misses_no_event()
    {
        var start = await HeadAsync();
        var (writers, perWriter) = (16, 60 * Soak);
        var written = new ConcurrentBag<Guid>();
        var writing = Task.WhenAll(Enumerable.Range(0, writers).Select(async writer =>
        {
            for (var i = 0; i < perWriter; i++)
            {
                var append = Appends.New(1 + (i % 3));
                (await _nodes[writer % 4].Store.AppendAsync(append)).ShouldBeOfType<Appended>();
                foreach (var added in append.Events) written.Add(added.Id);
            }
        }));

        List<StoredEvent> seen = [];
        var cursor = start;
        for (var done = false; ;)
        {
            var page = await _nodes[0].Store.ReadAllAsync(cursor, 100);
            seen.AddRange(page);
            if (page.Count > 0) cursor = page[^1].Position;
            else if (done) break;
            else done = writing.IsCompleted;
        }
        await writing;

        seen.Select(read => read.Id).Where(written.Contains).Count().ShouldBe(written.Count);
        seen.Select(read => read.Position).ShouldBeInOrder(SortDirection.Ascending);
        seen.Select(read => read.Position).ShouldBeUnique();
    }

    [Fact]
    public async Task A_stream_that_someone_else_holds_does_not_stall_the_group()
    {
        var (held, free) = (Appends.New(), Appends.New());
        var store = _nodes[0].Store;
        await Task.WhenAll(store.AppendAsync(held).AsTask(), store.AppendAsync(free).AsTask());
        await using var connection = await database.Sql.OpenConnectionAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        await using var hold = new NpgsqlCommand("select from events.mt_streams where id = $1 for update", connection) { Parameters = { new() { Value = held.StreamId } } };
        await hold.ExecuteNonQueryAsync();

        var waiting = store.AppendAsync(Appends.To(held.StreamId, 1)).AsTask();
        (await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => store.AppendAsync(Appends.New()).AsTask()))).ShouldAllBe(outcome => outcome is Appended);
        (await store.AppendAsync(Appends.To(free.StreamId, 1))).ShouldBeOfType<Appended>();
        waiting.IsCompleted.ShouldBeFalse();

        await transaction.RollbackAsync();
        (await waiting).ShouldBe(new Appended(2, Appends.Noon));
    }

    [Fact]
    public async Task A_stream_that_stays_held_is_answered_as_busy_in_the_end()
    {
        var held = Appends.New();
        await _nodes[0].Store.AppendAsync(held);
        await using var connection = await database.Sql.OpenConnectionAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        await using var hold = new NpgsqlCommand("select from events.mt_streams where id = $1 for update", connection) { Parameters = { new() { Value = held.StreamId } } };
        await hold.ExecuteNonQueryAsync();

        await Should.ThrowAsync<StreamHeldException>(async () => await _nodes[0].Store.AppendAsync(Appends.To(held.StreamId, 1)));
    }

    [Fact]
    public async Task Colliding_keys_and_streams_due_workers_and_rebuilds_on_four_nodes_never_deadlock()
    {
        await Things.SetUpAsync(database);
        var things = new Things();
        var deadlocks = await DeadlocksAsync();
        using var stop = new CancellationTokenSource(TimeSpan.FromSeconds(6 * Soak));
        var streams = Enumerable.Range(0, 40).Select(_ => Guid.CreateVersion7()).ToArray();
        var (appended, versions) = (0, new ConcurrentDictionary<Guid, long>());
        var signals = new StoreSignals();
        await using var here = new DueWorkers(_nodes[0].Database, Settle, signals, new() { BatchSize = 10, Poll = TimeSpan.FromMilliseconds(20) });
        await using var there = new DueWorkers(_nodes[1].Database, Settle, signals, new() { BatchSize = 7, Poll = TimeSpan.FromMilliseconds(20) });
        here.Start();
        there.Start();

        async Task WriteAsync(int writer)
        {
            var random = new Random(writer);
            while (!stop.IsCancellationRequested)
            {
                var stream = streams[random.Next(streams.Length)];
                var version = versions.GetValueOrDefault(stream);
                var now = DateTimeOffset.UtcNow;
                var append = Appends.To(stream, version, now: now) with
                {
                    Keys = [.. Enumerable.Range(0, 3).Select(_ => Appends.Key($"k{random.Next(60)}", now.AddMilliseconds(20))).DistinctBy(key => Convert.ToHexString(key.Value))],
                    Due = DueChange.To(now.AddMilliseconds(random.Next(30))),
                    Rows = [new InlineRow(things, new ThingRow(stream, version + 1))],
                };
                try
                {
                    switch (await _nodes[writer % 4].Store.AppendAsync(append))
                    {
                        case Appended done: versions[stream] = done.Version; Interlocked.Increment(ref appended); break;
                        case StaleVersion stale: versions[stream] = stale.ActualVersion; break;
                    }
                }
                catch (StoreBusyException) { }
            }
        }

        Append? Settle(Guid stream, IReadOnlyList<StoredEvent> events, DateTimeOffset now) => Appends.To(stream, events[^1].Version, now: now) with
        {
            Due = DueChange.To(null),
            Rows = [new InlineRow(things, new ThingRow(stream, events[^1].Version + 1))],
        };

        var rebuilds = 0;
        async Task RebuildAsync()
        {
            while (!stop.IsCancellationRequested)
            {
                await new InlineRebuild(_nodes[2].Database, [things]).RunAsync();
                rebuilds++;
            }
        }

        await Task.WhenAll([.. Enumerable.Range(0, 24).Select(WriteAsync), RebuildAsync()]);
        await here.DisposeAsync();
        await there.DisposeAsync();

        (await DeadlocksAsync() - deadlocks).ShouldBe(0);
        appended.ShouldBeGreaterThan(100);
        rebuilds.ShouldBeGreaterThan(2);
        (await database.ScalarAsync<long>("select count(*) from (select stream_id, count(*) as n, max(version) as v from events.mt_events group by 1) e where n <> v")).ShouldBe(0);
        (await database.ScalarAsync<long>("select count(*) from events.mt_streams s where version <> (select count(*) from events.mt_events e where e.stream_id = s.id)")).ShouldBe(0);
        (await database.ScalarAsync<long>("select count(*) from events.mt_streams s left join read.things t on t.id = s.id where s.id = any($1) and t.version is distinct from s.version", streams)).ShouldBe(0);
        (await new DueTable(database.Store).ReadPutOffAsync(10)).ShouldBeEmpty();
    }

    private Task<long> HeadAsync() => database.ScalarAsync<long>("select coalesce(max(seq_id), 0) from events.mt_events");

    private async Task<long> DeadlocksAsync()
    {
        await database.ExecuteAsync("select pg_stat_force_next_flush()");
        return await database.ScalarAsync<long>("select deadlocks from pg_stat_database where datname = current_database()");
    }
}
