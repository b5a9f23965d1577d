using Npgsql;
using ServiceOrders.Domain.Deadlines;
using ServiceOrders.Domain.Tickets;
using ServiceOrders.EventStore;
using ServiceOrders.ReadModels.Events;
using ServiceOrders.ReadModels.Tickets;

namespace ServiceOrders.Crash.Tests;

/// <summary>What must hold in the database whatever crashed, looked at from outside once everything has come to rest.</summary>
internal static class Inspection
{
    /// <summary>Everything that must hold of the streams, rows and keys by themselves, whoever wrote them.</summary>
    public static async Task TheStoreIsWholeAsync(Site site)
    {
        await NothingAsync(site, "streams whose versions are not 1 to n, or whose stream row says another version, or that have no events, or events without a stream", """
            select coalesce(s.id, e.stream_id)::text from events.mt_streams s
            full join (select stream_id, count(*) as events, min(version) as lowest, max(version) as highest from events.mt_events group by 1) e on e.stream_id = s.id
            where s.version is distinct from e.highest or e.events is distinct from e.highest or e.lowest is distinct from 1
            """);
        await NothingAsync(site, "milestones breached more than once in a cycle", """
            select stream_id::text || (data ->> 'name') from events.mt_events where type = 'milestone_breached' group by stream_id, data ->> 'name', data ->> 'cycle' having count(*) > 1
            """);
        await NothingAsync(site, "warnings given more than once", """
            select stream_id::text || (data ->> 'name') from events.mt_events where type = 'milestone_warned'
            group by stream_id, data ->> 'name', data ->> 'cycle', data ->> 'percent' having count(*) > 1
            """);
        await NothingAsync(site, "keys without their stream, or of a version that it does not have", """
            select k.scope from events.unique_keys k left join events.mt_streams s on s.id = k.stream_id where s.id is null or s.version < k.version
            """);
        await NothingAsync(site, "due rows of streams that do not exist", "select d.stream_id::text from events.due d where not exists (select from events.mt_streams s where s.id = d.stream_id)");
        await NothingAsync(site, "events out of time: recorded before their predecessor", """
            select stream_id::text from (select stream_id, timestamp, lag(timestamp) over (partition by stream_id order by version) as before from events.mt_events) e where before > timestamp
            """);
        await NothingAsync(site, "tickets without their subject's key", """
            select t.id::text from read.tickets t left join privacy.subject_keys k on k.subject_id = t.subject_id where k.wrapped_key is null
            """);
        (await site.ScalarAsync<long>("select count(*) from read.tickets")).ShouldBe(await site.ScalarAsync<long>("select count(*) from events.mt_streams where type = 'ticket'"), "one row per ticket in read.tickets");
        (await site.ScalarAsync<long>("select count(*) from read.queue")).ShouldBe(await site.ScalarAsync<long>("select count(*) from events.mt_streams where type = 'ticket'"), "one row per ticket in read.queue");
        await EveryRowIsItsStreamAsync(site);
        await TheRowsAreThoseOfARebuildAsync(site);
    }

    /// <summary>All tickets by their ids, folded from their streams.</summary>
    public static async Task<Dictionary<Guid, (Ticket Ticket, IReadOnlyList<StoredEvent> Events)>> TicketsAsync(Site site)
    {
        await using var database = new StoreDatabase(site.ConnectionString);
        await using var store = new PostgresEventStore(database);
        Dictionary<Guid, List<StoredEvent>> streams = [];
        for (long position = 0; await store.ReadAllAsync(position, 5_000) is { Count: > 0 } page; position = page[^1].Position)
        {
            foreach (var stored in page)
            {
                if (!streams.TryGetValue(stored.StreamId, out var events)) streams.Add(stored.StreamId, events = []);
                events.Add(stored);
            }
        }
        return streams.Select(s => (Id: s.Key, Ticket: Ticket.Unopened.Fold(s.Value), Events: (IReadOnlyList<StoredEvent>)s.Value))
            .Where(s => s.Ticket.IsOpened).ToDictionary(s => s.Id, s => (s.Ticket, s.Events));
    }

    /// <summary>Every clock of the tickets that ran out has fired, and none that was stopped in time.</summary>
    public static void EveryDeadlineFiredOnce(IEnumerable<(Ticket Ticket, IReadOnlyList<StoredEvent> Events)> tickets, DateTimeOffset until)
    {
        foreach (var (ticket, events) in tickets)
        {
            ticket.Milestones.Length.ShouldBeGreaterThan(0, $"{ticket.Id} runs under a policy");
            foreach (var cycle in ticket.Milestones)
            {
                var breaches = events.Count(e => e.Type == "milestone_breached" && EventSerializer.Data(e) is MilestoneBreached b && b.Name == cycle.Name && b.Cycle == cycle.Cycle);
                var ended = cycle.MetAt ?? until;
                breaches.ShouldBe(ended > cycle.DueAt ? 1 : 0, $"{ticket.Id} {cycle.Name}: due {cycle.DueAt:O}, met {cycle.MetAt:O}, {cycle.State}");
                if (ended > cycle.DueAt) cycle.State.ShouldBe(cycle.MetAt is null ? MilestoneState.Breached : MilestoneState.MetLate);
                foreach (var warning in cycle.Warnings) (warning.WarnedAt is not null).ShouldBe(warning.At < ended, $"{ticket.Id} {cycle.Name}: warned at half time");
            }
        }
    }

    private static async Task EveryRowIsItsStreamAsync(Site site)
    {
        var folded = await TicketsAsync(site);
        await using var command = site.Database.CreateCommand("""
            select t.id, t.version, t.act_version, t.number, t.doc, d.due_at, t.updated_at from read.tickets t left join events.due d on d.stream_id = t.id
            """);
        await using var reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync())
        {
            var id = reader.GetGuid(0);
            folded.Remove(id, out var stream).ShouldBeTrue($"the row {id} has a stream");
            var ticket = stream.Ticket;
            (reader.GetInt64(1), reader.GetInt64(2), reader.GetString(3), reader.GetFieldValue<DateTimeOffset>(6)).ShouldBe((ticket.Version, ticket.ActVersion, ticket.Number, ticket.UpdatedAt));
            reader.GetString(4).ShouldBe(TicketDocument.Write(ticket));
            (reader.IsDBNull(5) ? null : (DateTimeOffset?)reader.GetFieldValue<DateTimeOffset>(5)).ShouldBe(ticket.NextDue, $"the due row of {id} is the next instant of its stream");
        }
        folded.Keys.ShouldBeEmpty("every ticket has its row");
    }

    /// <summary>Both inline read models, row by row: what the appends wrote is what a rebuild from the events makes.</summary>
    private static async Task TheRowsAreThoseOfARebuildAsync(Site site)
    {
        const string Rows = "select (select string_agg(t::text, '' order by id) from read.tickets t) || (select string_agg(q::text, '' order by id) from read.queue q)";
        var live = await site.ScalarAsync<string>(Rows);
        await using var database = new StoreDatabase(site.ConnectionString);
        await new InlineRebuild(database, [new TicketReadModels()]).RunAsync();
        (await site.ScalarAsync<string>(Rows) == live).ShouldBeTrue("a rebuild makes the same rows");
    }

    /// <summary>Demands that a query finds nothing.</summary>
    private static async Task NothingAsync(Site site, string what, string sql)
    {
        await using var command = site.Database.CreateCommand(sql + " limit 10");
        List<string> found = [];
        await using var reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync()) found.Add(reader.GetString(0));
        found.ShouldBeEmpty(what);
    }
}
