using System.Collections.Concurrent;
using Npgsql;
using ServiceOrders.EventStore.Tests.Given;

namespace ServiceOrders.EventStore.Tests;

/// <summary>When the connection breaks, every caller is told what really happened to its append.</summary>
public sealed class BrokenConnectionTests(TestDatabase database) : IClassFixture<TestDatabase>
{
    [Fact]
    public async Task A_commit_whose_answer_is_lost_is_reported_as_what_it_was_and_not_repeated()
    {
        await using var proxy = new CuttingProxy(database.ConnectionString);
        await using var connections = new StoreDatabase(proxy.ConnectionString);
        await using var store = new PostgresEventStore(connections);
        await store.AppendAsync(Appends.New());

        for (var round = 0; round < 10; round++)
        {
            proxy.CutAnswers = 1;
            var append = Appends.New(3) with { Keys = [Appends.Key($"cut-{round}")] };
            (await store.AppendAsync(append)).ShouldBe(new Appended(3, Appends.Noon));
            proxy.CutAnswers.ShouldBeLessThan(1);
            (await store.ReadStreamAsync(append.StreamId)).Select(read => read.Id).ShouldBe(append.Events.Select(given => given.Id));
        }
    }

    [Fact]
    public async Task A_writer_whose_session_is_killed_again_and_again_tells_every_caller_the_truth()
    {
        await using var store = new PostgresEventStore(database.Store);
        using var stop = new CancellationTokenSource(TimeSpan.FromSeconds(5));
        var (acknowledged, refused) = (new ConcurrentBag<(Guid Stream, int Version)>(), new ConcurrentBag<(Guid Stream, int Version)>());
        var (kills, unknown) = (0, 0);

        async Task AppendAsync()
        {
            while (!stop.IsCancellationRequested)
            {
                var stream = Guid.CreateVersion7();
                for (var version = 0; version < 5; version++)
                {
                    try
                    {
                        // Nobody else writes this stream: whatever is not stored must be said so, and what is said to be stale would be a commit that was repeated.
                        (await store.AppendAsync(Appends.To(stream, version) with { Keys = [Appends.Key($"{stream}-{version}")] })).ShouldBe(new Appended(version + 1, Appends.Noon));
                        acknowledged.Add((stream, version + 1));
                    }
                    catch (StoreUnavailableException) { refused.Add((stream, version + 1)); break; }
                    catch (OutcomeUnknownException) { Interlocked.Increment(ref unknown); break; }
                }
            }
        }

        async Task KillAsync()
        {
            await using var connection = await database.Store.Dedicated.OpenConnectionAsync();
            using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(40));
            while (!stop.IsCancellationRequested && await timer.WaitForNextTickAsync())
            {
                await using var kill = new NpgsqlCommand("""
                    select count(pg_terminate_backend(a.pid)) from pg_stat_activity a
                    where a.datname = current_database() and a.pid <> pg_backend_pid() and exists (select from pg_locks l where l.pid = a.pid and l.locktype = 'advisory')
                    """, connection);
                kills += (int)(long)(await kill.ExecuteScalarAsync())!;
            }
        }

        await Task.WhenAll([.. Enumerable.Range(0, 16).Select(_ => AppendAsync()), KillAsync()]);

        // How many of each depends on the machine; that there were both is what the test is about.
        kills.ShouldBeGreaterThan(3);
        acknowledged.ShouldNotBeEmpty();
        unknown.ShouldBe(0);
        var stored = await StoredAsync();
        acknowledged.Where(event_ => !stored.Contains(event_)).ShouldBeEmpty();
        refused.Where(stored.Contains).ShouldBeEmpty();
        (await database.ScalarAsync<long>("select count(*) from events.mt_streams s where version <> (select count(*) from events.mt_events e where e.stream_id = s.id)")).ShouldBe(0);
        (await database.ScalarAsync<long>("select count(*) from events.unique_keys k where not exists (select from events.mt_events e where e.stream_id = k.stream_id and e.version = k.version)")).ShouldBe(0);
    }

    [Fact]
    public async Task While_the_database_is_away_appends_are_refused_and_once_it_is_back_they_go_on()
    {
        var proxy = new CuttingProxy(database.ConnectionString);
        var port = new NpgsqlConnectionStringBuilder(proxy.ConnectionString).Port;
        await proxy.DisposeAsync();
        await using var connections = new StoreDatabase(proxy.ConnectionString);
        await using var store = new PostgresEventStore(connections);

        await Should.ThrowAsync<StoreUnavailableException>(async () => await store.AppendAsync(Appends.New()));
        await Should.ThrowAsync<StoreUnavailableException>(() => store.ReadAllAsync(0, 1));
        await using var back = new CuttingProxy(database.ConnectionString, port);
        (await store.AppendAsync(Appends.New())).ShouldBeOfType<Appended>();
    }

    [Fact]
    public async Task A_full_queue_answers_busy_and_what_waits_goes_when_the_lock_is_free()
    {
        await using var store = new PostgresEventStore(database.Store, queueCapacity: 10);
        await using var connection = await database.Sql.OpenConnectionAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        await using var hold = new NpgsqlCommand("select pg_advisory_xact_lock(21327, 1)", connection);
        await hold.ExecuteNonQueryAsync();

        var waiting = Enumerable.Range(0, 10).Select(_ => store.AppendAsync(Appends.New()).AsTask()).ToList();
        await Should.ThrowAsync<StoreBusyException>(async () => await store.AppendAsync(Appends.New()));
        await transaction.RollbackAsync();

        (await Task.WhenAll(waiting)).ShouldAllBe(outcome => outcome is Appended);
        (await store.AppendAsync(Appends.New())).ShouldBeOfType<Appended>();
    }

    [Fact]
    public async Task A_database_too_slow_to_answer_in_time_is_answered_as_busy_and_nothing_is_written()
    {
        await using var connections = new StoreDatabase(database.ConnectionString, TimeSpan.FromMilliseconds(600));
        await using var store = new PostgresEventStore(connections);
        await using var connection = await database.Sql.OpenConnectionAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        await using var hold = new NpgsqlCommand("select pg_advisory_xact_lock(21327, 1)", connection);
        await hold.ExecuteNonQueryAsync();
        var append = Appends.New();

        await Should.ThrowAsync<StoreBusyException>(async () => await store.AppendAsync(append));

        await transaction.RollbackAsync();
        (await store.ReadStreamAsync(append.StreamId)).ShouldBeEmpty();
        (await store.AppendAsync(append)).ShouldBeOfType<Appended>();
    }

    [Fact]
    public async Task A_caller_who_goes_away_does_not_take_the_batch_along()
    {
        await using var store = new PostgresEventStore(database.Store);
        await using var connection = await database.Sql.OpenConnectionAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        await using var hold = new NpgsqlCommand("select pg_advisory_xact_lock(21327, 1)", connection);
        await hold.ExecuteNonQueryAsync();
        using var gone = new CancellationTokenSource();

        var first = store.AppendAsync(Appends.New()).AsTask();
        var left = store.AppendAsync(Appends.New(), gone.Token).AsTask();
        var last = store.AppendAsync(Appends.New()).AsTask();
        await gone.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => left);
        await transaction.RollbackAsync();

        (await first).ShouldBeOfType<Appended>();
        (await last).ShouldBeOfType<Appended>();
    }

    [Fact]
    public async Task Closing_the_store_commits_what_waits()
    {
        var store = new PostgresEventStore(database.Store);
        var waiting = Enumerable.Range(0, 300).Select(_ => store.AppendAsync(Appends.New()).AsTask()).ToList();
        await store.DisposeAsync();

        (await Task.WhenAll(waiting)).ShouldAllBe(outcome => outcome is Appended);
        await Should.ThrowAsync<StoreBusyException>(async () => await store.AppendAsync(Appends.New()));
    }

    private async Task<HashSet<(Guid, int)>> StoredAsync()
    {
        HashSet<(Guid, int)> stored = [];
        await using var command = database.Sql.CreateCommand("select stream_id, version::int from events.mt_events");
        await using var reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync()) stored.Add((reader.GetGuid(0), reader.GetInt32(1)));
        return stored;
    }
}
