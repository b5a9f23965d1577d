using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Npgsql;
using ServiceOrders.EventStore.Tests.Given;

namespace ServiceOrders.EventStore.Tests;

/// <summary>Each due stream is settled once, whatever happens around it.</summary>
public sealed class DueWorkersTests(TestDatabase database) : IClassFixture<TestDatabase>, IAsyncLifetime
{
    private readonly PostgresEventStore _store = new(database.Store);
    private readonly ManualTime _time = new(Appends.Noon);

    // Each test has the due rows to itself.
    public async ValueTask InitializeAsync() => await database.ExecuteAsync("delete from events.due");

    public ValueTask DisposeAsync() => _store.DisposeAsync();

    [Fact]
    public async Task A_stream_is_settled_strictly_after_its_due_time_and_its_row_is_gone()
    {
        var stream = await DueStreamAsync(Appends.Noon);
        await using var workers = Workers(Settle);

        (await workers.SettleDueAsync()).ShouldBe(0);
        _time.Now = Appends.Noon.AddMicroseconds(1);
        (await workers.SettleDueAsync()).ShouldBe(1);

        (await _store.ReadStreamAsync(stream)).Select(read => read.Type).ShouldBe(["thing_happened", "deadline_passed"]);
        (await CountDueAsync()).ShouldBe(0);
    }

    [Fact]
    public async Task Two_nodes_with_several_workers_settle_each_of_a_thousand_streams_once()
    {
        var streams = await DueStreamsAsync(1_000, Appends.Noon);
        _time.Now = Appends.Noon.AddSeconds(1);
        await using var second = new StoreDatabase(database.ConnectionString);
        await using var here = Workers(Settle);
        await using var there = new DueWorkers(second, Settle, new(), new() { BatchSize = 30 }, _time);

        await Task.WhenAll(Enumerable.Range(0, 6).Select(worker => (worker % 2 == 0 ? here : there).SettleDueAsync()));

        (await CountDueAsync()).ShouldBe(0);
        (await FiredAsync(streams)).ShouldBe(1_000);
        (await database.ScalarAsync<long>("select count(*) from events.mt_streams where id = any($1) and version = 2", streams)).ShouldBe(1_000);
    }

    [Fact]
    public async Task A_worker_whose_session_is_killed_between_claim_and_commit_leaves_the_stream_to_be_settled_once()
    {
        var stream = await DueStreamAsync(Appends.Noon);
        _time.Now = Appends.Noon.AddSeconds(1);
        var killed = false;
        Append? KillThenSettle(Guid id, IReadOnlyList<StoredEvent> events, DateTimeOffset now)
        {
            if (!killed)
            {
                killed = true;
                using var connection = database.Store.Dedicated.OpenConnection();
                using var kill = new NpgsqlCommand("select count(pg_terminate_backend(pid)) from pg_stat_activity where datname = current_database() and state = 'idle in transaction'", connection);
                ((long)kill.ExecuteScalar()!).ShouldBe(1);
            }
            return Settle(id, events, now);
        }
        await using var workers = Workers(KillThenSettle);

        await Should.ThrowAsync<NpgsqlException>(() => workers.SettleDueAsync());
        (await FiredAsync([stream])).ShouldBe(0);
        await workers.SettleDueAsync();

        (await FiredAsync([stream])).ShouldBe(1);
        (await CountDueAsync()).ShouldBe(0);
    }

    [Fact]
    public async Task A_stream_whose_handler_throws_is_put_off_with_growing_pauses_and_holds_up_nobody()
    {
        var streams = await DueStreamsAsync(50, Appends.Noon);
        _time.Now = Appends.Noon.AddSeconds(1);
        var poison = streams[20];
        await using var workers = Workers((id, events, now) => id == poison ? throw new InvalidOperationException("secret of a customer") : Settle(id, events, now));

        await workers.SettleDueAsync();
        (await FiredAsync(streams)).ShouldBe(49);
        var off = (await new DueTable(database.Store).ReadPutOffAsync(10)).ShouldHaveSingleItem();
        off.ShouldBe(new DueRow(poison, Appends.Noon, _time.Now.AddSeconds(5), 1, "InvalidOperationException"));

        (await workers.SettleDueAsync()).ShouldBe(0);
        _time.Now = _time.Now.AddSeconds(5).AddMicroseconds(1);
        await workers.SettleDueAsync();
        (await new DueTable(database.Store).ReadPutOffAsync(10)).Single().NextTryAt.ShouldBe(_time.Now.AddSeconds(10));

        await using var mended = Workers(Settle);
        (await new DueTable(database.Store).RetryNowAsync(poison)).ShouldBeTrue();
        await mended.SettleDueAsync();
        (await FiredAsync(streams)).ShouldBe(50);
    }

    [Fact]
    public async Task A_stream_whose_append_the_database_refuses_is_found_and_put_off_alone()
    {
        var streams = await DueStreamsAsync(33, Appends.Noon);
        _time.Now = Appends.Noon.AddSeconds(1);
        await using var workers = Workers((id, events, now) => id == streams[7] ? Settle(id, events, now)! with { Events = [Appends.Event(data: "{no json")] } : Settle(id, events, now));

        await workers.SettleDueAsync();

        (await FiredAsync(streams)).ShouldBe(32);
        var off = (await new DueTable(database.Store).ReadPutOffAsync(10)).ShouldHaveSingleItem();
        (off.StreamId, off.Attempts, off.LastError).ShouldBe((streams[7], 1, "22P02"));
    }

    [Fact]
    public async Task A_stream_whose_append_meets_a_taken_key_is_put_off_alone()
    {
        var streams = await DueStreamsAsync(5, Appends.Noon);
        await _store.AppendAsync(Appends.New() with { Keys = [Appends.Key("due-key")] });
        _time.Now = Appends.Noon.AddSeconds(1);
        await using var workers = Workers((id, events, now) => id == streams[2] ? Settle(id, events, now)! with { Keys = [Appends.Key("due-key")] } : Settle(id, events, now));

        await workers.SettleDueAsync();

        (await FiredAsync(streams)).ShouldBe(4);
        (await new DueTable(database.Store).ReadPutOffAsync(10)).ShouldHaveSingleItem().StreamId.ShouldBe(streams[2]);
    }

    [Fact]
    public async Task A_handler_that_leaves_its_stream_due_is_put_off_and_does_not_spin()
    {
        var stream = await DueStreamAsync(Appends.Noon);
        _time.Now = Appends.Noon.AddSeconds(1);
        await using var workers = Workers((id, events, now) => Settle(id, events, now)! with { Due = default });

        (await workers.SettleDueAsync()).ShouldBe(1);
        (await FiredAsync([stream])).ShouldBe(0);
        (await new DueTable(database.Store).ReadPutOffAsync(1)).Single().Attempts.ShouldBe(1);
    }

    [Fact]
    public async Task Without_events_only_the_due_row_is_recomputed()
    {
        var stream = await DueStreamAsync(Appends.Noon);
        var none = await DueStreamAsync(Appends.Noon);
        _time.Now = Appends.Noon.AddSeconds(1);
        await using var workers = Workers((id, events, now) => id == none ? null : Settle(id, events, now)! with { Events = [], Due = DueChange.To(Appends.Noon.AddHours(1)) });

        (await workers.SettleDueAsync()).ShouldBe(2);

        (await _store.ReadStreamAsync(stream)).Count.ShouldBe(1);
        var due = (await new DueTable(database.Store).ReadDueAsync(10)).ShouldHaveSingleItem();
        (due.StreamId, due.DueAt, due.NextTryAt).ShouldBe((stream, Appends.Noon.AddHours(1), Appends.Noon.AddHours(1)));
    }

    [Fact]
    public async Task A_running_worker_is_woken_by_an_append_long_before_its_poll()
    {
        var signals = new StoreSignals();
        await using var store = new PostgresEventStore(database.Store, signals);
        var fired = new TaskCompletionSource();
        await using var workers = new DueWorkers(database.Store, (id, events, now) => { fired.TrySetResult(); return Settle(id, events, now); }, signals, new() { Poll = TimeSpan.FromHours(1) });
        workers.Start();

        await store.AppendAsync(Appends.New() with { Now = DateTimeOffset.UtcNow, Due = DueChange.To(DateTimeOffset.UtcNow.AddMilliseconds(50)) });

        await fired.Task.WaitAsync(TimeSpan.FromSeconds(20));
    }

    [Fact]
    public async Task A_lost_signal_costs_no_more_than_the_poll()
    {
        var fired = new ConcurrentBag<Guid>();
        var done = new TaskCompletionSource();
        await using var workers = new DueWorkers(database.Store, (id, events, now) => { fired.Add(id); done.TrySetResult(); return Settle(id, events, now); }, new(), new() { Poll = TimeSpan.FromMilliseconds(100) });
        workers.Start();

        // Appended by a store that shares no signals with the workers: another node.
        var stream = await DueStreamAsync(DateTimeOffset.UtcNow.AddMilliseconds(-1));

        await done.Task.WaitAsync(TimeSpan.FromSeconds(20));
        fired.ShouldContain(stream);
    }

    [Fact]
    public async Task A_deadline_and_a_reschedule_that_race_leave_one_of_two_stories()
    {
        for (var round = 0; round < 40; round++)
        {
            _time.Now = Appends.Noon.AddSeconds(1);
            var stream = await DueStreamAsync(Appends.Noon);
            await using var workers = Workers(Settle);
            var moved = _store.AppendAsync(Appends.To(stream, 1) with { Due = DueChange.To(Appends.Noon.AddDays(1)) }).AsTask();
            await Task.WhenAll(moved, workers.SettleDueAsync());

            var types = (await _store.ReadStreamAsync(stream)).Select(read => read.Type).ToList();
            var due = await database.ScalarAsync<long>("select count(*) from events.due where stream_id = $1", stream);
            if (await moved is Appended) (types.Count, types.Contains("deadline_passed"), due).ShouldBe((2, false, 1));
            else (types.Count, types.Contains("deadline_passed"), due).ShouldBe((2, true, 0));
        }
    }

    [Fact]
    public async Task The_claim_reads_only_what_is_due_among_200000_rows()
    {
        await database.ExecuteAsync("""
            with made as (insert into events.mt_streams (id, type, version) select gen_random_uuid(), 'thing', 1 from generate_series(1, 200000) returning id)
            insert into events.due (stream_id, due_at, next_try_at) select id, t, t from (select id, timestamptz '2026-03-03 12:00Z' + row_number() over () * interval '1 second' as t from made) m
            """);
        await database.ExecuteAsync("analyze events.due, events.mt_streams");
        var streams = await DueStreamsAsync(10, Appends.Noon);
        _time.Now = Appends.Noon.AddSeconds(1);
        await using var connection = await database.Sql.OpenConnectionAsync();
        await using var reset = new NpgsqlCommand("select pg_stat_reset()", connection);
        await reset.ExecuteNonQueryAsync();
        await using var workers = Workers(Settle);

        (await workers.SettleDueAsync()).ShouldBe(10);
        await using var explain = new NpgsqlCommand("""
            explain (format text) select s.id from events.due d join events.mt_streams s on s.id = d.stream_id
            where d.next_try_at < '2026-03-02 12:00:01Z' order by d.next_try_at limit 100 for update of s skip locked
            """, connection);
        List<string> plan = [];
        await using (var reader = await explain.ExecuteReaderAsync())
            while (await reader.ReadAsync()) plan.Add(reader.GetString(0));

        plan.ShouldContain(line => line.Contains("Index Scan using due_by_next_try"));
        plan.ShouldContain(line => line.Contains("Index Scan using pkey_mt_streams_id"));
        plan.ShouldNotContain(line => line.Contains("Seq Scan"));
        await using var function = new NpgsqlCommand("select prosrc from pg_proc where proname = 'claim'", connection);
        ((string)(await function.ExecuteScalarAsync())!).ShouldNotContain("clock_timestamp");
        await database.ExecuteAsync("delete from events.due where due_at > '2026-03-03'");
        (await FiredAsync(streams)).ShouldBe(10);
    }

    [Fact]
    public async Task What_is_late_is_told_with_what_was_put_off_the_oldest_first()
    {
        var table = new DueTable(database.Store);
        var (poison, next) = (await DueStreamAsync(Appends.Noon.AddSeconds(-10)), await DueStreamAsync(Appends.Noon.AddSeconds(30)));
        _time.Now = Appends.Noon;
        await using var broken = Workers((_, _, _) => throw new InvalidOperationException());
        await broken.SettleDueAsync();
        var waiting = await DueStreamAsync(Appends.Noon.AddSeconds(-20));
        var justDue = await DueStreamAsync(Appends.Noon);

        (await table.ReadLateAsync(Appends.Noon, 10)).Select(row => row.StreamId).ShouldBe([waiting, poison]);
        (await table.ReadLateAsync(Appends.Noon, 1)).Select(row => row.StreamId).ShouldBe([waiting]);
        (await table.ReadBacklogAsync(Appends.Noon)).ShouldBe(new DueBacklog(2, 1, Appends.Noon.AddSeconds(-20)));
        (await table.ReadLateAsync(Appends.Noon.AddMinutes(1), 10)).Select(row => row.StreamId).ShouldBe([waiting, poison, justDue, next]);
        (await table.ReadBacklogAsync(Appends.Noon.AddMinutes(-1))).ShouldBe(new DueBacklog(0, 1, null));
    }

    [Fact]
    public async Task The_gauges_tell_what_is_late_to_whoever_listens()
    {
        await DueStreamAsync(Appends.Noon.AddSeconds(-3));
        await DueStreamAsync(Appends.Noon.AddSeconds(-2));
        await using var watch = new DueWatch(new DueTable(database.Store), _time);
        var told = new ConcurrentDictionary<string, double>();
        using (var listener = new MeterListener { InstrumentPublished = (instrument, self) => { if (instrument.Name is "store.due.late" or "store.due.failing" or "store.due.oldest") self.EnableMeasurementEvents(instrument); } })
        {
            listener.SetMeasurementEventCallback<long>((instrument, value, _, _) => told[instrument.Name] = value);
            listener.SetMeasurementEventCallback<double>((instrument, value, _, _) => told[instrument.Name] = value);
            listener.Start();
            await watch.MeasureAsync();
        }
        told.ShouldBe(new Dictionary<string, double> { ["store.due.late"] = 2, ["store.due.failing"] = 0, ["store.due.oldest"] = 3_000 }, ignoreOrder: true);
    }

    [Fact]
    public async Task Workers_count_how_late_they_were()
    {
        await DueStreamsAsync(20, Appends.Noon);
        await using var workers = Workers(Settle);
        _time.Now = Appends.Noon.AddSeconds(3);
        await workers.SettleDueAsync();

        var figures = workers.Lateness.Read();
        (figures.Since, figures.Count, figures.P50, figures.Longest).ShouldBe((Appends.Noon, 20, TimeSpan.FromSeconds(3), TimeSpan.FromSeconds(3)));
        figures.Buckets.Single(bucket => bucket.Count > 0).ShouldBe(new LatenessBucket(TimeSpan.FromSeconds(5), 20));
    }

    [Fact]
    public async Task A_due_row_that_nothing_came_of_was_not_late()
    {
        await DueStreamsAsync(3, Appends.Noon);
        var moved = await DueStreamAsync(Appends.Noon);
        await using var workers = Workers((id, events, now) => id == moved ? Settle(id, events, now)! with { Events = [], Due = DueChange.To(now.AddDays(1)) } : null);
        _time.Now = Appends.Noon.AddSeconds(3);

        (await workers.SettleDueAsync()).ShouldBe(4);

        (await CountDueAsync()).ShouldBe(1);
        workers.Lateness.Read().Count.ShouldBe(0);
    }

    private DueWorkers Workers(DueHandler handler) => new(database.Store, handler, new(), null, _time);

    private async Task<Guid> DueStreamAsync(DateTimeOffset at) => (await DueStreamsAsync(1, at))[0];

    private async Task<Guid[]> DueStreamsAsync(int count, DateTimeOffset at)
    {
        var appends = Enumerable.Range(0, count).Select(_ => Appends.New() with { Due = DueChange.To(at) }).ToList();
        await Task.WhenAll(appends.Select(append => _store.AppendAsync(append).AsTask()));
        return [.. appends.Select(append => append.StreamId)];
    }

    private static Append? Settle(Guid stream, IReadOnlyList<StoredEvent> events, DateTimeOffset now) => new()
    {
        StreamId = stream,
        StreamType = "thing",
        ExpectedVersion = events[^1].Version,
        Events = [Appends.Event("deadline_passed")],
        Now = now,
        Due = DueChange.To(null),
    };

    private Task<long> CountDueAsync() => database.ScalarAsync<long>("select count(*) from events.due");

    private Task<long> FiredAsync(Guid[] streams) =>
        database.ScalarAsync<long>("select count(*) from events.mt_events where stream_id = any($1) and type = 'deadline_passed'", streams);
}
