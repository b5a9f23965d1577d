using ServiceOrders.EventStore;
using ServiceOrders.ReadModels.Auditing;
using ServiceOrders.ReadModels.Tests.Given;
using ServiceOrders.Testing;

namespace ServiceOrders.ReadModels.Tests.Auditing;

/// <summary>
/// 60,000 events of 6,000 tickets, written past the service for speed, and indexed by following. Every event is a second after the one before, but for every thousandth, which a node wrote whose
/// clock was an hour behind, and for the seventh: that clock was five years ahead. The clock wrote all but those of a few; one is of a type that nothing else has.
/// </summary>
public sealed class ManyEvents(TestServer server) : IAsyncLifetime
{
    public const int Count = 60_000;
    public static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public Board Board { get; } = new(server);

    public AuditSearch Search => new(Board.Database.Pooled);

    public async ValueTask InitializeAsync()
    {
        await Board.InitializeAsync();
        await Board.Execute("""
            insert into events.mt_streams (id, type, version) select ('00000000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, 'ticket', 10 from generate_series(1, 6000) n;
            insert into events.mt_events (seq_id, id, stream_id, version, data, type, timestamp, headers, user_name)
            select nextval('events.mt_events_sequence'), gen_random_uuid(), ('00000000-0000-7000-8000-' || lpad(to_hex((n - 1) % 6000 + 1), 12, '0'))::uuid, (n - 1) / 6000 + 1, '{}',
                   case when n = 50000 then 'audit_marker' when n % 2 = 0 then 'milestone_warned' else 'milestone_met' end,
                   timestamptz '2026-01-01T00:00:00Z' + n * interval '1 second' - case when n % 1000 = 0 then interval '1 hour' when n = 7 then interval '-5 years' else interval '0' end,
                   jsonb_build_object('occurredAt', '2026-01-01T00:00:00Z', 'actor', jsonb_build_object('kind', 'Clock', 'id', 'deadlines')),
                   case when n % 20000 = 0 then 'staff:wu' else 'clock:deadlines' end
            from generate_series(1, 60000) n;
            """);
        await using var runner = new SubscriptionRunner(Board.Database, new GenerationalSubscription(new AuditIndex()), new StoreSignals());
        await runner.CatchUpAsync();
        await Board.Execute("analyze read.audit_events_g1; analyze events.mt_events");
    }

    public ValueTask DisposeAsync() => Board.DisposeAsync();

    /// <summary>All that a filter finds, page after page.</summary>
    public async Task<(long[] Positions, int Pages)> AllAsync(AuditFilter filter, int limit)
    {
        List<long> positions = [];
        var pages = 0;
        for (long? after = 0; after is { } from; pages++)
        {
            var page = await Search.PageAsync(filter, from, long.MaxValue, limit);
            page.Events.Count.ShouldBeLessThanOrEqualTo(limit);
            positions.AddRange(page.Events.Select(e => e.Event.Position));
            if (page.Passed is { } passed) passed.ShouldBeGreaterThan(from, "a page gets on");
            after = page.Passed;
        }
        return ([.. positions], pages);
    }
}
