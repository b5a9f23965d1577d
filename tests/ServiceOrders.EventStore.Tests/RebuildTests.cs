using Npgsql;
using ServiceOrders.EventStore.Tests.Given;

namespace ServiceOrders.EventStore.Tests;

/// <summary>A rebuild under load loses nothing, and nothing of it is seen before it is whole.</summary>
public sealed class RebuildTests(TestDatabase database) : IClassFixture<TestDatabase>, IAsyncLifetime
{
    private readonly PostgresEventStore _store = new(database.Store);
    private readonly Things _things = new();

    public async ValueTask InitializeAsync() => await Things.SetUpAsync(database);

    public ValueTask DisposeAsync() => _store.DisposeAsync();

    [Fact]
    public async Task The_inline_read_models_are_rebuilt_while_appends_go_on_and_end_up_exact()
    {
        await Task.WhenAll(Enumerable.Range(0, 500).Select(_ => AppendAsync(Guid.CreateVersion7(), 0)));
        await database.ExecuteAsync("update read.things set version = 999");
        using var stop = new CancellationTokenSource();
        var writing = Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested)
            {
                var stream = Guid.CreateVersion7();
                for (var version = 0; version < 4; version++) await AppendAsync(stream, version);
            }
        })));
        var before = await database.ScalarAsync<int>("select current from events.generations where name = 'inline'");

        var generation = await new InlineRebuild(database.Store, [_things]).RunAsync();
        var after = Guid.CreateVersion7();
        await AppendAsync(after, 0);
        await stop.CancelAsync();
        await writing;

        generation.ShouldBe(before + 1);
        (await database.ScalarAsync<long>("select count(*) from events.mt_streams s full join read.things t on t.id = s.id where t.version is distinct from s.version")).ShouldBe(0);
        (await database.ScalarAsync<long>("select count(*) from read.things where id = $1", after)).ShouldBe(1);
        (await database.ScalarAsync<bool>($"select to_regclass('read.things_{before}') is null")).ShouldBeTrue();
    }

    [Fact]
    public async Task An_interrupted_rebuild_goes_on_where_it_was_and_an_abandoned_one_leaves_nothing()
    {
        await Task.WhenAll(Enumerable.Range(0, 200).Select(_ => AppendAsync(Guid.CreateVersion7(), 0)));
        var before = await database.ScalarAsync<int>("select current from events.generations where name = 'inline'");
        using var stop = new CancellationTokenSource();
        var interrupted = new InlineRebuild(database.Store, [_things]);
        await Should.ThrowAsync<OperationCanceledException>(() => interrupted.RunAsync(new Now(progress => { if (progress.Phase == RebuildPhase.CatchingUp) stop.Cancel(); }), stop.Token));
        (await database.ScalarAsync<long>("select streams from events.rebuilds where name = 'inline'")).ShouldBeGreaterThanOrEqualTo(200);

        await interrupted.AbandonAsync();
        (await database.ScalarAsync<bool>($"select to_regclass('read.things_{before + 1}') is null")).ShouldBeTrue();
        (await database.ScalarAsync<long>("select count(*) from events.rebuilds")).ShouldBe(0);

        using var again = new CancellationTokenSource();
        await Should.ThrowAsync<OperationCanceledException>(() => interrupted.RunAsync(new Now(progress => { if (progress.Phase == RebuildPhase.CatchingUp) again.Cancel(); }), again.Token));
        List<RebuildPhase> phases = [];
        (await interrupted.RunAsync(new Now(progress => phases.Add(progress.Phase)))).ShouldBe(before + 1);
        phases.ShouldNotContain(RebuildPhase.FirstPass);
        (await database.ScalarAsync<long>("select count(*) from events.mt_streams s full join read.things t on t.id = s.id where t.version is distinct from s.version")).ShouldBe(0);
    }

    [Fact]
    public async Task Only_one_rebuild_runs_at_a_time_and_the_lock_ends_with_its_session()
    {
        await using (var other = await database.Store.Dedicated.OpenConnectionAsync())
        {
            await using var hold = new NpgsqlCommand("select pg_advisory_lock(21327, 4)", other);
            await hold.ExecuteNonQueryAsync();
            await Should.ThrowAsync<RebuildRunningException>(() => new InlineRebuild(database.Store, [_things]).RunAsync());
            await using var release = new NpgsqlCommand("select pg_advisory_unlock(21327, 4)", other);
            await release.ExecuteNonQueryAsync();
        }
        (await new InlineRebuild(database.Store, [_things]).RunAsync()).ShouldBeGreaterThan(1);
    }

    [Fact]
    public async Task A_projection_is_rebuilt_while_the_old_one_serves_and_follows()
    {
        var counts = await Counts.SetUpAsync(database, "counts");
        var signals = new StoreSignals();
        await using var store = new PostgresEventStore(database.Store, signals);
        await using var runner = new SubscriptionRunner(database.Store, new GenerationalSubscription(counts), signals);
        runner.Start();
        using var stop = new CancellationTokenSource();
        var writing = Task.Run(async () => { while (!stop.IsCancellationRequested) await store.AppendAsync(Appends.New(2)); });
        await Task.WhenAll(Enumerable.Range(0, 200).Select(_ => store.AppendAsync(Appends.New(3)).AsTask()));

        (await new ProjectionRebuild(database.Store, counts).RunAsync()).ShouldBe(2);
        await stop.CancelAsync();
        await writing;
        await runner.DisposeAsync();
        await using var last = new SubscriptionRunner(database.Store, new GenerationalSubscription(counts), signals);
        await last.CatchUpAsync();

        (await database.ScalarAsync<long>("select count(*) - count(distinct position) from read.counts")).ShouldBe(0);
        (await database.ScalarAsync<long>("select count(*) from events.mt_events e full join read.counts c on c.position = e.seq_id where e.seq_id is null or c.position is null")).ShouldBe(0);
        (await database.ScalarAsync<long>("select count(*) from events.mt_event_progression where name = 'counts:2'")).ShouldBe(0);
    }

    private async Task AppendAsync(Guid stream, long version) =>
        (await _store.AppendAsync(Appends.To(stream, version) with { Rows = [new InlineRow(_things, new ThingRow(stream, version + 1))] })).ShouldBeOfType<Appended>();

    private sealed class Now(Action<RebuildProgress> report) : IProgress<RebuildProgress>
    {
        public void Report(RebuildProgress value) => report(value);
    }
}
