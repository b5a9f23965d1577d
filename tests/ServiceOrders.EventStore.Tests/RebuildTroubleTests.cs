using Npgsql;
using ServiceOrders.EventStore.Tests.Given;

namespace ServiceOrders.EventStore.Tests;

/// <summary>What stands in a rebuild's way ends it clearly, or not at all: readers of the old generation, appends that never rest, a checkpoint that is held.</summary>
public sealed class RebuildTroubleTests(TestDatabase database) : IClassFixture<TestDatabase>, IAsyncLifetime
{
    private readonly PostgresEventStore _store = new(database.Store);

    public async ValueTask InitializeAsync() => await Things.SetUpAsync(database);

    public ValueTask DisposeAsync() => _store.DisposeAsync();

    [Fact]
    public async Task A_projection_s_old_generation_that_someone_reads_is_left_and_dropped_by_the_next_rebuild()
    {
        var counts = await Counts.SetUpAsync(database, "read_on");
        await using var impatient = new StoreDatabase(database.ConnectionString, TimeSpan.FromSeconds(1));
        await using (var reader = await database.Sql.OpenConnectionAsync())
        {
            await using var reading = await reader.BeginTransactionAsync();
            await using (var read = new NpgsqlCommand("select count(*) from read.read_on_1", reader)) await read.ExecuteScalarAsync();
            (await new ProjectionRebuild(impatient, counts).RunAsync()).ShouldBe(2);
        }
        (await Exists("read.read_on_1")).ShouldBeTrue();

        (await new ProjectionRebuild(impatient, counts).RunAsync()).ShouldBe(3);
        (await Exists("read.read_on_1")).ShouldBeFalse();
        (await Exists("read.read_on_2")).ShouldBeFalse();
        (await Exists("read.read_on_3")).ShouldBeTrue();
    }

    [Fact]
    public async Task The_inline_rebuild_switches_though_every_pass_finds_hundreds_of_changed_streams()
    {
        await Task.WhenAll(Enumerable.Range(0, 600).Select(_ => _store.AppendAsync(Appends.New()).AsTask()));
        using var enough = new CancellationTokenSource();
        var busy = new BusyThings(database, enough);

        (await new InlineRebuild(database.Store, [busy]).RunAsync(cancellation: enough.Token)).ShouldBeGreaterThan(1);
    }

    [Fact]
    public async Task A_projection_whose_checkpoint_stays_held_is_tried_with_pauses_given_up_clearly_and_gone_on_with_later()
    {
        var (counts, time) = (await Counts.SetUpAsync(database, "held"), new HastyTime());
        await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => _store.AppendAsync(Appends.New()).AsTask()));
        await database.ExecuteAsync("insert into events.mt_event_progression (name, last_seq_id) values ('held', 0)");
        await using (var other = await database.Sql.OpenConnectionAsync())
        {
            await using var holding = await other.BeginTransactionAsync();
            await using (var hold = new NpgsqlCommand("select from events.mt_event_progression where name = 'held' for update", other)) await hold.ExecuteNonQueryAsync();
            await Should.ThrowAsync<StoreBusyException>(() => new ProjectionRebuild(database.Store, counts, time).RunAsync());
        }
        time.Timers.ShouldBeInRange(20, 100);
        (await database.ScalarAsync<long>("select count(*) from read.held")).ShouldBe(0);

        List<RebuildProgress> told = [];
        (await new ProjectionRebuild(database.Store, counts, time).RunAsync(new Now(told.Add))).ShouldBe(2);
        told.ShouldNotContain(at => at.Phase == RebuildPhase.FirstPass);
        (await database.ScalarAsync<long>("select count(*) from events.mt_events e full join read.held c on c.position = e.seq_id where e.seq_id is null or c.position is null")).ShouldBe(0);
    }

    [Fact]
    public async Task A_projection_is_switched_though_there_is_always_one_event_more()
    {
        var counts = await Counts.SetUpAsync(database, "restless");
        await _store.AppendAsync(Appends.New());
        using var enough = new CancellationTokenSource();
        var pages = 0;
        // Reported between two pages: whenever the rebuild looks for more, there is more.
        var always = new Now(progress =>
        {
            if (progress.Phase != RebuildPhase.FirstPass) return;
            if (++pages > 50) enough.Cancel();
            _store.AppendAsync(Appends.New()).AsTask().GetAwaiter().GetResult();
        });

        (await new ProjectionRebuild(database.Store, counts).RunAsync(always, enough.Token)).ShouldBe(2);
    }

    private Task<bool> Exists(string table) => database.ScalarAsync<bool>("select to_regclass($1) is not null", table);

    private sealed class Now(Action<RebuildProgress> report) : IProgress<RebuildProgress>
    {
        public void Report(RebuildProgress value) => report(value);
    }

    /// <summary>Things whose six hundred streams all change during every pass; after fifty passes the test has seen enough.</summary>
    private sealed class BusyThings(TestDatabase database, CancellationTokenSource enough) : IInlineReadModel
    {
        private readonly Things _things = new();
        private int _passes;

        public string Name => _things.Name;

        public Task CreateAsync(int generation, NpgsqlConnection connection, CancellationToken cancellation) => _things.CreateAsync(generation, connection, cancellation);

        public WriteRows Fold(IReadOnlyList<StreamHistory> streams, CancellationToken cancellation) =>
            (generation, replace, connection, stop) => WriteAsync(_things.Fold(streams, stop), generation, replace, connection, stop);

        private async Task WriteAsync(WriteRows write, int generation, bool replace, NpgsqlConnection connection, CancellationToken cancellation)
        {
            await write(generation, replace, connection, cancellation);
            if (++_passes > 50) await enough.CancelAsync();
            // Not during the switch: then appends stand still.
            await database.ExecuteAsync("""
                with changed as (update events.mt_streams set version = version + 1
                    where not exists (select from pg_locks where locktype = 'advisory' and classid = 21327 and objid = 2 and mode = 'ExclusiveLock' and granted) returning id, version)
                insert into events.mt_events (seq_id, id, stream_id, version, data, type, mt_dotnet_type)
                select nextval('events.mt_events_sequence'), gen_random_uuid(), id, version, '{}', 'thing_happened', 'Things' from changed
                """);
        }

        public Task CompleteAsync(int generation, NpgsqlConnection connection, CancellationToken cancellation) => _things.CompleteAsync(generation, connection, cancellation);

        public Task SwitchAsync(int generation, NpgsqlConnection connection, CancellationToken cancellation) => _things.SwitchAsync(generation, connection, cancellation);

        public Task DropAsync(int generation, NpgsqlConnection connection, CancellationToken cancellation) => _things.DropAsync(generation, connection, cancellation);
    }
}
