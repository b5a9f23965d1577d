using Npgsql;
using ServiceOrders.EventStore.Tests.Given;

namespace ServiceOrders.EventStore.Tests;

/// <summary>Each event counts once for each subscription; a bad one stops its own subscription only.</summary>
public sealed class SubscriptionTests(TestDatabase database) : IClassFixture<TestDatabase>, IAsyncLifetime
{
    private readonly PostgresEventStore _store = new(database.Store);
    private readonly StoreSignals _signals = new();

    public async ValueTask InitializeAsync() => await database.ExecuteAsync("create table if not exists public.seen (name text, position bigint, stream_id uuid)");

    public ValueTask DisposeAsync() => _store.DisposeAsync();

    [Fact]
    public async Task Two_nodes_that_run_one_subscription_apply_each_event_once_and_in_order()
    {
        await using var second = new StoreDatabase(database.ConnectionString);
        await using var here = new SubscriptionRunner(database.Store, new Seen("twice"), _signals);
        await using var there = new SubscriptionRunner(second, new Seen("twice"), _signals);
        var writing = Task.WhenAll(Enumerable.Range(0, 300).Select(_ => _store.AppendAsync(Appends.New(5)).AsTask()));
        while (!writing.IsCompleted) await Task.WhenAll(here.CatchUpAsync(), there.CatchUpAsync());
        await writing;
        await Task.WhenAll(here.CatchUpAsync(), there.CatchUpAsync());

        (await database.ScalarAsync<long>("select count(*) - count(distinct position) from public.seen where name = 'twice'")).ShouldBe(0);
        (await database.ScalarAsync<long>("select count(*) from events.mt_events e where not exists (select from public.seen s where s.name = 'twice' and s.position = e.seq_id)")).ShouldBe(0);
        var status = await new SubscriptionState(database.Store).ReadAsync("twice");
        (status.Behind, status.OldestMissing, status.Stopped).ShouldBe((0L, null, false));
    }

    [Fact]
    public async Task An_event_that_cannot_be_applied_stops_its_subscription_there_and_no_other()
    {
        await using var poisoned = new SubscriptionRunner(database.Store, new Seen("poisoned", "poison"), _signals);
        await using var healthy = new SubscriptionRunner(database.Store, new Seen("healthy"), _signals);
        await Task.WhenAll(Enumerable.Range(0, 40).Select(_ => _store.AppendAsync(Appends.New(3)).AsTask()));
        var poison = Appends.New() with { Events = [Appends.Event("poison")] };
        await _store.AppendAsync(poison);
        await _store.AppendAsync(Appends.New());
        var position = (await _store.ReadStreamAsync(poison.StreamId))[0].Position;

        await poisoned.CatchUpAsync();
        await healthy.CatchUpAsync();

        var status = await new SubscriptionState(database.Store).ReadAsync("poisoned");
        (status.Stopped, status.StoppedPosition, status.Error).ShouldBe((true, position, "InvalidOperationException"));
        status.Behind.ShouldBeGreaterThan(0);
        (await database.ScalarAsync<long>("select max(position) from public.seen where name = 'poisoned'")).ShouldBeLessThan(position);
        (await database.ScalarAsync<long>("select count(*) from events.mt_events e where seq_id < $1 and not exists (select from public.seen s where s.name = 'poisoned' and s.position = e.seq_id)", position)).ShouldBe(0);
        (await database.ScalarAsync<long>("select max(position) from public.seen where name = 'healthy'")).ShouldBeGreaterThan(position);

        await using var mended = new SubscriptionRunner(database.Store, new Seen("poisoned"), _signals);
        (await new SubscriptionState(database.Store).ResumeAsync("poisoned")).ShouldBeTrue();
        await mended.CatchUpAsync();
        (await new SubscriptionState(database.Store).ReadAsync("poisoned")).Behind.ShouldBe(0);
        (await database.ScalarAsync<long>("select count(*) - count(distinct position) from public.seen where name = 'poisoned'")).ShouldBe(0);
    }

    [Fact]
    public async Task One_that_reads_its_events_itself_gets_ranges_without_gap_and_stops_where_it_cannot_go_on()
    {
        await using var runner = new SubscriptionRunner(database.Store, new Ranges("ranges"), _signals);
        await Task.WhenAll(Enumerable.Range(0, 40).Select(_ => _store.AppendAsync(Appends.New(3)).AsTask()));
        var poison = Appends.New() with { Events = [Appends.Event("raw_poison")] };
        await _store.AppendAsync(poison);
        await _store.AppendAsync(Appends.New());
        var position = (await _store.ReadStreamAsync(poison.StreamId))[0].Position;

        await runner.CatchUpAsync();

        var status = await new SubscriptionState(database.Store).ReadAsync("ranges");
        (status.Stopped, status.StoppedPosition, status.Error).ShouldBe((true, position, "InvalidOperationException"));
        (await database.ScalarAsync<long>("select count(*) from events.mt_events e where (seq_id < $1) <> exists (select from public.seen s where s.name = 'ranges' and s.position = e.seq_id)", position)).ShouldBe(0);
        (await database.ScalarAsync<long>("select count(*) - count(distinct position) from public.seen where name = 'ranges'")).ShouldBe(0);
    }

    [Fact]
    public async Task One_that_wants_some_types_is_given_those_alone_and_comes_past_all_others()
    {
        // More than a page of what it does not want, on both sides of what it wants.
        await Task.WhenAll(Enumerable.Range(0, 500).Select(_ => _store.AppendAsync(Appends.New(5)).AsTask()));
        var wanted = Appends.New() with { Events = [Appends.Event("wanted"), Appends.Event("unwanted"), Appends.Event("wanted")] };
        await _store.AppendAsync(wanted);
        await Task.WhenAll(Enumerable.Range(0, 500).Select(_ => _store.AppendAsync(Appends.New(5)).AsTask()));
        await using var runner = new SubscriptionRunner(database.Store, new Seen("choosy", types: ["wanted"]), _signals);

        await runner.CatchUpAsync();

        (await database.ScalarAsync<long[]>("select array_agg(position order by position) from public.seen where name = 'choosy'"))
            .ShouldBe((await _store.ReadStreamAsync(wanted.StreamId)).Where(e => e.Type == "wanted").Select(e => e.Position));
        (await new SubscriptionState(database.Store).ReadAsync("choosy")).Behind.ShouldBe(0);
    }

    [Fact]
    public async Task Martens_high_water_mark_is_not_ours_to_write()
    {
        await using var runner = new SubscriptionRunner(database.Store, new Seen("HighWaterMark"), _signals);
        await Should.ThrowAsync<ArgumentException>(() => runner.CatchUpAsync());
        (await database.ScalarAsync<long>("select count(*) from events.mt_event_progression where name = 'HighWaterMark'")).ShouldBe(0);
    }

    private sealed class Ranges(string name) : IRawSubscription
    {
        public string Name => name;

        public async Task HandleAsync(EventRange range, NpgsqlConnection connection, NpgsqlTransaction transaction, CancellationToken cancellation)
        {
            await using var insert = new NpgsqlCommand("insert into public.seen select $1, seq_id, stream_id from events.mt_events where seq_id > $2 and seq_id <= $3", connection, transaction)
            {
                Parameters = { new() { Value = name }, new() { Value = range.After }, new() { Value = range.Last } },
            };
            (await insert.ExecuteNonQueryAsync(cancellation)).ShouldBe(range.Count);
            await using var look = new NpgsqlCommand("select exists (select from events.mt_events where seq_id > $1 and seq_id <= $2 and type = 'raw_poison')", connection, transaction)
            {
                Parameters = { new() { Value = range.After }, new() { Value = range.Last } },
            };
            if ((bool)(await look.ExecuteScalarAsync(cancellation))!) throw new InvalidOperationException("poison");
        }
    }

    private sealed class Seen(string name, string? poison = null, string[]? types = null) : ISubscription
    {
        public string Name => name;

        public IReadOnlyCollection<string>? Types => types;

        public async Task HandleAsync(IReadOnlyList<StoredEvent> events, NpgsqlConnection connection, NpgsqlTransaction transaction, CancellationToken cancellation)
        {
            await using var insert = new NpgsqlCommand("insert into public.seen select $1, * from unnest($2, $3)", connection, transaction)
            {
                Parameters = { new() { Value = name }, new() { Value = events.Select(read => read.Position).ToArray() }, new() { Value = events.Select(read => read.StreamId).ToArray() } },
            };
            await insert.ExecuteNonQueryAsync(cancellation);
            if (events.Any(read => read.Type == poison)) throw new InvalidOperationException("poison");
        }
    }
}
