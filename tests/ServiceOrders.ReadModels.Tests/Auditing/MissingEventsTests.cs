using ServiceOrders.EventStore;
using ServiceOrders.ReadModels.Auditing;
using ServiceOrders.ReadModels.Tests.Given;
using ServiceOrders.Testing;

namespace ServiceOrders.ReadModels.Tests.Auditing;

/// <summary>Events that somebody removed behind the service are still in the index: a search loses nothing else by it, and says how many there are.</summary>
public sealed class MissingEventsTests(TestServer server) : IAsyncLifetime
{
    private const int Count = 1_000;

    private readonly Board _board = new(server);

    public async ValueTask InitializeAsync()
    {
        await _board.InitializeAsync();
        await _board.Execute("""
            insert into events.mt_streams (id, type, version) values ('00000000-0000-7000-8000-000000000001', 'ticket', 1000);
            insert into events.mt_events (seq_id, id, stream_id, version, data, type, timestamp, headers, user_name)
            select nextval('events.mt_events_sequence'), gen_random_uuid(), '00000000-0000-7000-8000-000000000001', n, '{}', case when n % 2 = 0 then 'milestone_warned' else 'milestone_met' end,
                   timestamptz '2026-01-01T00:00:00Z' + n * interval '1 second',
                   jsonb_build_object('occurredAt', '2026-01-01T00:00:00Z', 'actor', jsonb_build_object('kind', 'Clock', 'id', 'deadlines')), 'clock:deadlines'
            from generate_series(1, 1000) n;
            """);
        await using var runner = new SubscriptionRunner(_board.Database, new GenerationalSubscription(new AuditIndex()), new StoreSignals());
        await runner.CatchUpAsync();
    }

    public ValueTask DisposeAsync() => _board.DisposeAsync();

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(50)]
    [InlineData(500)]
    public async Task A_search_finds_all_that_is_there_and_counts_what_is_not(int limit)
    {
        // One by one, in a row longer than any page, and at the end.
        await RemoveAsync("seq_id in (3, 10, 11, 999, 1000) or seq_id between 101 and 800");
        var there = Enumerable.Range(1, Count).Where(n => n is not (3 or 10 or 11 or 999 or 1000 or (>= 101 and <= 800))).Select(n => (long)n).ToArray();
        await ShouldFindAsync(new AuditFilter(), limit, there, 705);
        await ShouldFindAsync(new AuditFilter { Types = ["milestone_warned"] }, limit, there.Where(n => n % 2 == 0).ToArray(), 352);
        await ShouldFindAsync(new AuditFilter { Actors = ["clock:deadlines"], Types = ["milestone_met"] }, limit, there.Where(n => n % 2 == 1).ToArray(), 353);
    }

    [Fact]
    public async Task A_page_ends_where_its_events_are_too_large_to_hold_many_and_the_next_goes_on_there()
    {
        // Fifty events of a million characters each; one of them is missing.
        await _board.Execute("""
            insert into events.mt_streams (id, type, version) values ('00000000-0000-7000-8000-000000000002', 'sample', 50);
            insert into events.mt_events (seq_id, id, stream_id, version, data, type, timestamp, headers, user_name)
            select nextval('events.mt_events_sequence'), gen_random_uuid(), '00000000-0000-7000-8000-000000000002', n, jsonb_build_object('padding', repeat('x', 1000000)), 'padding_added', now(), null, 'system:test'
            from generate_series(1, 50) n;
            """);
        await using var runner = new SubscriptionRunner(_board.Database, new GenerationalSubscription(new AuditIndex()), new StoreSignals());
        await runner.CatchUpAsync();
        await RemoveAsync("seq_id = 1005");
        List<int> sizes = [];
        List<long> positions = [];
        var missing = 0L;
        for (long? after = Count; after is { } from;)
        {
            var page = await new AuditSearch(_board.Database.Pooled).PageAsync(new AuditFilter { Types = ["padding_added"] }, from, long.MaxValue, 500);
            sizes.Add(page.Events.Count);
            positions.AddRange(page.Events.Select(e => e.Event.Position));
            (after, missing) = (page.Passed, missing + page.Missing);
        }
        sizes.Max().ShouldBe(8);
        positions.ShouldBe(Enumerable.Range(1, 50).Select(n => (long)Count + n).Where(n => n != 1005));
        missing.ShouldBe(1);
    }

    [Fact]
    public Task Where_nothing_is_missing_none_is_counted() => ShouldFindAsync(new AuditFilter(), 50, [.. Enumerable.Range(1, Count).Select(n => (long)n)], 0);

    private Task RemoveAsync(string which) => _board.Execute($"set session_replication_role = replica; delete from events.mt_events where {which}; set session_replication_role = origin");

    private async Task ShouldFindAsync(AuditFilter filter, int limit, long[] there, long gone)
    {
        List<long> positions = [];
        var (missing, search) = (0L, new AuditSearch(_board.Database.Pooled));
        for (long? after = 0; after is { } from;)
        {
            var page = await search.PageAsync(filter, from, long.MaxValue, limit);
            page.Events.Count.ShouldBeLessThanOrEqualTo(limit);
            positions.AddRange(page.Events.Select(e => e.Event.Position));
            (after, missing) = (page.Passed, missing + page.Missing);
        }
        positions.ShouldBe(there);
        missing.ShouldBe(gone);
    }
}
