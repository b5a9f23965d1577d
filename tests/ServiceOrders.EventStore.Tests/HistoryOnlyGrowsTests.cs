using Npgsql;
using ServiceOrders.EventStore.Tests.Given;

namespace ServiceOrders.EventStore.Tests;

/// <summary>The database itself keeps history from being changed, also by the role that the service runs under, and even by the owner.</summary>
public sealed class HistoryOnlyGrowsTests(TestDatabase database) : IClassFixture<TestDatabase>
{
    [Theory]
    [InlineData("update events.mt_events set data = '{}'")]
    [InlineData("update events.mt_events set is_archived = true, type = 'another'")]
    [InlineData("update events.mt_events set timestamp = now()")]
    [InlineData("update events.mt_events set type = type")]
    [InlineData("delete from events.mt_events")]
    [InlineData("truncate events.mt_events")]
    [InlineData("truncate events.mt_streams cascade")]
    [InlineData("delete from events.mt_streams")]
    public async Task The_owner_is_refused(string sql)
    {
        await using var store = new PostgresEventStore(database.Store);
        var append = Appends.New();
        await store.AppendAsync(append);

        (await Should.ThrowAsync<PostgresException>(() => database.ExecuteAsync(sql))).SqlState.ShouldBe("SO002");
        (await store.ReadStreamAsync(append.StreamId)).ShouldHaveSingleItem().Type.ShouldBe("thing_happened");
    }

    [Fact]
    public async Task Archiving_is_the_one_change_an_event_knows()
    {
        await using var store = new PostgresEventStore(database.Store);
        var append = Appends.New(2);
        await store.AppendAsync(append);

        (await database.ExecuteAsync("update events.mt_events set is_archived = true where stream_id = $1", append.StreamId)).ShouldBe(2);
    }

    [Fact]
    public async Task The_services_role_appends_and_reads_and_changes_nothing()
    {
        await using var connections = new StoreDatabase(new NpgsqlConnectionStringBuilder(database.ConnectionString) { Options = "-c role=service_orders_app" }.ConnectionString);
        await using var store = new PostgresEventStore(connections);
        var append = Appends.New() with { Keys = [Appends.Key("role")], Due = DueChange.To(Appends.Noon) };

        (await store.AppendAsync(append)).ShouldBeOfType<Appended>();
        (await store.ReadStreamAsync(append.StreamId)).Count.ShouldBe(1);
        await using var workers = new DueWorkers(connections, (id, events, now) => Appends.To(id, events[^1].Version, now: now) with { Due = DueChange.To(null) }, new());
        (await workers.SettleDueAsync()).ShouldBe(1);
        foreach (var sql in new[] { "update events.mt_events set data = '{}'", "delete from events.mt_events", "truncate events.mt_events", "delete from events.mt_streams", "drop trigger events_unchanged on events.mt_events", "alter table events.mt_events disable trigger all" })
        {
            await using var command = connections.Pooled.CreateCommand(sql);
            (await Should.ThrowAsync<PostgresException>(() => command.ExecuteNonQueryAsync())).SqlState.ShouldBe(PostgresErrorCodes.InsufficientPrivilege);
        }
    }

    [Fact]
    public async Task Martens_own_rows_are_read_tombstones_and_null_headers_alike()
    {
        var stream = Guid.CreateVersion7();
        await database.ExecuteAsync("insert into events.mt_streams (id, type, version) values ($1, 'mt_tombstone', 2)", stream);
        await database.ExecuteAsync("""
            insert into events.mt_events (seq_id, id, stream_id, version, data, type, mt_dotnet_type, headers) values
            (nextval('events.mt_events_sequence'), gen_random_uuid(), $1, 1, '{}', 'tombstone', 'JasperFx.Events.Tombstone, JasperFx.Events', 'null'),
            (nextval('events.mt_events_sequence'), gen_random_uuid(), $1, 2, '{}', 'tombstone', 'JasperFx.Events.Tombstone, JasperFx.Events', null)
            """, stream);
        await using var store = new PostgresEventStore(database.Store);

        (await store.ReadStreamAsync(stream)).Select(read => read.Headers).ShouldBe([null, null]);
        (await store.AppendAsync(Appends.To(stream, 2))).ShouldBeOfType<Appended>();
    }

    [Fact]
    public async Task The_layout_is_Martens_column_by_column()
    {
        var columns = await database.ScalarAsync<string>("""
            select string_agg(format('%s.%s %s%s', table_name, column_name, case udt_name when 'varchar' then data_type || coalesce('(' || character_maximum_length || ')', '') else udt_name end, case is_nullable when 'NO' then ' not null' else '' end), E'\n' order by table_name, column_name)
            from information_schema.columns where table_schema = 'events' and table_name in ('mt_streams', 'mt_events', 'mt_event_progression', 'mt_high_water_skips')
            """);
        columns.ReplaceLineEndings("\n").ShouldBe("""
            mt_event_progression.last_seq_id int8
            mt_event_progression.last_updated timestamptz
            mt_event_progression.name character varying not null
            mt_events.bdata bytea
            mt_events.causation_id character varying
            mt_events.correlation_id character varying
            mt_events.data jsonb not null
            mt_events.headers jsonb
            mt_events.id uuid not null
            mt_events.is_archived bool
            mt_events.mt_dotnet_type character varying
            mt_events.seq_id int8 not null
            mt_events.stream_id uuid
            mt_events.tenant_id character varying
            mt_events.timestamp timestamptz not null
            mt_events.type character varying(500) not null
            mt_events.user_name character varying
            mt_events.version int8 not null
            mt_high_water_skips.ending_sequence int8 not null
            mt_high_water_skips.starting_sequence int8 not null
            mt_high_water_skips.timestamp timestamptz
            mt_streams.created timestamptz not null
            mt_streams.id uuid not null
            mt_streams.is_archived bool
            mt_streams.tenant_id character varying
            mt_streams.timestamp timestamptz not null
            mt_streams.type character varying
            mt_streams.version int8
            """.ReplaceLineEndings("\n"));
        var keys = await database.ScalarAsync<string>("select string_agg(conname, ' ' order by conname) from pg_constraint c join pg_class t on t.oid = c.conrelid where connamespace = 'events'::regnamespace and t.relname like 'mt_%' and c.contype <> 't'");
        keys.ShouldBe("fkey_mt_events_stream_id pk_mt_event_progression pkey_mt_events_seq_id pkey_mt_high_water_skips_ending_sequence pkey_mt_streams_id");
    }
}
