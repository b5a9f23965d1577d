using Npgsql;
using ServiceOrders.EventStore.Tests.Given;

namespace ServiceOrders.EventStore.Tests;

/// <summary>Streams are archived and brought back, and deleted only as a whole and with a record of it: the database holds it, also against the owner.</summary>
public sealed class RetiringTests(TestDatabase database) : IClassFixture<TestDatabase>
{
    [Fact]
    public async Task Nothing_is_appended_to_an_archived_stream_until_an_append_brings_it_back()
    {
        await using var store = new PostgresEventStore(database.Store);
        var stream = await ArchivedAsync(store, 2);

        (await store.AppendAsync(Appends.To(stream, 2))).ShouldBe(new StreamArchived());
        (await store.ReadStreamAsync(stream)).Count.ShouldBe(2, "it is still read");
        (await store.RestoreAsync(Appends.To(stream, 2))).ShouldBeOfType<Appended>().Version.ShouldBe(3);
        (await store.AppendAsync(Appends.To(stream, 3))).ShouldBeOfType<Appended>();
        (await database.ScalarAsync<long>("select count(*) from events.mt_events where stream_id = $1 and is_archived", stream)).ShouldBe(0);
    }

    [Fact]
    public async Task An_append_that_does_not_fit_leaves_the_stream_in_the_archive()
    {
        await using var store = new PostgresEventStore(database.Store);
        var stream = await ArchivedAsync(store, 2);
        (await store.RestoreAsync(Appends.To(stream, 1))).ShouldBe(new StaleVersion(2));
        (await store.AppendAsync(Appends.To(stream, 2))).ShouldBe(new StreamArchived());
        (await store.RestoreAsync(Appends.To(Guid.CreateVersion7(), 1))).ShouldBe(new StaleVersion(0), "there is no such stream");
    }

    [Fact]
    public async Task What_is_not_archived_is_appended_to_as_ever()
    {
        await using var store = new PostgresEventStore(database.Store);
        var append = Appends.New();
        await store.AppendAsync(append);
        (await store.RestoreAsync(Appends.To(append.StreamId, 1))).ShouldBeOfType<Appended>().Version.ShouldBe(2);
    }

    [Fact]
    public async Task A_stream_that_someone_else_holds_is_answered_as_busy_and_not_waited_for()
    {
        await using var store = new PostgresEventStore(database.Store);
        var stream = await ArchivedAsync(store, 1);
        await using var holder = await database.Sql.OpenConnectionAsync();
        await using var transaction = await holder.BeginTransactionAsync();
        await RunAsync(holder, "select from events.mt_streams where id = $1 for update", stream);
        await Should.ThrowAsync<StoreBusyException>(() => store.RestoreAsync(Appends.To(stream, 1)).AsTask());
        (await StreamArchive.LockAsync(await database.Sql.OpenConnectionAsync(), [stream], default)).ShouldBeEmpty();
    }

    [Fact]
    public async Task Work_that_fails_or_wants_no_append_leaves_nothing()
    {
        await using var store = new PostgresEventStore(database.Store);
        var append = Appends.New();
        await store.AppendAsync(append);
        var work = new RecordedWork(database.Store, new StoreSignals());
        (await work.RunAsync(async (transaction, stop) =>
        {
            await StreamArchive.ArchiveAsync(transaction.Connection, [append.StreamId], stop);
            return null;
        })).ShouldBeNull();
        await Should.ThrowAsync<InvalidOperationException>(() => work.RunAsync(async (transaction, stop) =>
        {
            await StreamArchive.ArchiveAsync(transaction.Connection, [append.StreamId], stop);
            throw new InvalidOperationException("no");
        }));
        (await work.RunAsync(async (transaction, stop) =>
        {
            await StreamArchive.ArchiveAsync(transaction.Connection, [append.StreamId], stop);
            return Appends.To(Guid.CreateVersion7(), 5);
        })).ShouldBe(new StaleVersion(0));
        (await store.AppendAsync(Appends.To(append.StreamId, 1))).ShouldBeOfType<Appended>("it was never archived");
    }

    [Fact]
    public async Task While_a_rebuild_runs_no_stream_is_retired_and_while_one_is_no_rebuild_begins()
    {
        await Things.SetUpAsync(database);
        await using var first = await database.Sql.OpenConnectionAsync();
        await using (await first.BeginTransactionAsync())
        {
            (await StreamArchive.TryKeepRebuildsAwayAsync(first, default)).ShouldBeTrue();
            await using var second = await database.Sql.OpenConnectionAsync();
            await using var other = await second.BeginTransactionAsync();
            (await StreamArchive.TryKeepRebuildsAwayAsync(second, default)).ShouldBeTrue("two pages are not in each other's way");
            await Should.ThrowAsync<RebuildRunningException>(() => new InlineRebuild(database.Store, [new Things()]).RunAsync());
        }
        await RunAsync(first, "select pg_advisory_lock(21327, 4)");
        await using var late = await database.Sql.OpenConnectionAsync();
        await using var waiting = await late.BeginTransactionAsync();
        (await StreamArchive.TryKeepRebuildsAwayAsync(late, default)).ShouldBeFalse();
        await RunAsync(first, "select pg_advisory_unlock(21327, 4)");
    }

    [Theory]
    [InlineData("no record at all", null)]
    [InlineData("another stream's record", """{"streams":[{"streamId":"01990000-0000-7000-8000-000000000001","events":2,"positions":[1,2]}]}""")]
    [InlineData("fewer events than there were", """{"streams":[{"streamId":"ID","events":1,"positions":[1]}]}""")]
    [InlineData("a position missing", """{"streams":[{"streamId":"ID","events":2,"positions":[FIRST]}]}""")]
    [InlineData("a position that was none of its", """{"streams":[{"streamId":"ID","events":2,"positions":[FIRST,9000000]}]}""")]
    [InlineData("a position twice", """{"streams":[{"streamId":"ID","events":2,"positions":[FIRST,FIRST]}]}""")]
    [InlineData("made-up positions", """{"streams":[{"streamId":"ID","events":2,"positions":[9000000,9000001]}]}""")]
    [InlineData("a record of what was archived", """{"streams":[{"streamId":"ID","events":2,"positions":[FIRST,LAST]}]}""", "records_archived")]
    public async Task The_owner_cannot_delete_a_stream_without_a_true_record_of_it(string what, string? record, string type = "records_deleted")
    {
        await using var store = new PostgresEventStore(database.Store);
        var append = Appends.New(2);
        await store.AppendAsync(append);
        var positions = await PositionsAsync(append.StreamId);
        var told = record?.Replace("ID", append.StreamId.ToString(), StringComparison.Ordinal).Replace("FIRST", $"{positions[0]}", StringComparison.Ordinal).Replace("LAST", $"{positions[1]}", StringComparison.Ordinal);
        var refused = await Should.ThrowAsync<PostgresException>(() => DeleteAsync(append.StreamId, told, type));
        refused.SqlState.ShouldBe("SO002", what);
        (await store.ReadStreamAsync(append.StreamId)).Count.ShouldBe(2);
    }

    [Fact]
    public async Task A_record_of_an_earlier_transaction_is_no_record_of_this_one()
    {
        await using var store = new PostgresEventStore(database.Store);
        var append = Appends.New(2);
        await store.AppendAsync(append);
        await store.AppendAsync(RecordOf(await TrueRecordAsync(append.StreamId)));
        (await Should.ThrowAsync<PostgresException>(() => DeleteAsync(append.StreamId, null))).SqlState.ShouldBe("SO002");
        (await store.ReadStreamAsync(append.StreamId)).Count.ShouldBe(2);
    }

    [Fact]
    public async Task With_its_record_a_stream_goes_as_a_whole()
    {
        await using var store = new PostgresEventStore(database.Store);
        var append = Appends.New(2);
        await store.AppendAsync(append);
        await DeleteAsync(append.StreamId, await TrueRecordAsync(append.StreamId));
        (await store.ReadStreamAsync(append.StreamId)).ShouldBeEmpty();
        (await database.ScalarAsync<bool>("select exists (select from events.mt_streams where id = $1)", append.StreamId)).ShouldBeFalse();
    }

    [Fact]
    public async Task A_stream_of_which_events_are_missing_already_is_not_deleted_so_that_no_record_can_name_others_for_them()
    {
        await using var store = new PostgresEventStore(database.Store);
        var append = Appends.New(2);
        await store.AppendAsync(append);
        var record = await TrueRecordAsync(append.StreamId);
        await using var connection = await database.Sql.OpenConnectionAsync();
        await RunAsync(connection, "set session_replication_role = replica");
        await RunAsync(connection, "delete from events.mt_events where stream_id = $1 and version = 2", append.StreamId);
        await RunAsync(connection, "set session_replication_role = origin");
        (await Should.ThrowAsync<PostgresException>(() => DeleteAsync(append.StreamId, record))).SqlState.ShouldBe("SO002");
        (await store.ReadStreamAsync(append.StreamId)).Count.ShouldBe(1);
    }

    [Fact]
    public async Task Everyone_else_who_appends_waits_for_one_look_at_the_record_for_each_stream_and_not_for_each_event()
    {
        await using var store = new PostgresEventStore(database.Store);
        var streams = Enumerable.Range(0, 5).Select(_ => Appends.New(40)).ToArray();
        foreach (var append in streams) await store.AppendAsync(append);
        var positions = new Dictionary<Guid, long[]>();
        foreach (var append in streams) positions[append.StreamId] = await PositionsAsync(append.StreamId);
        await using var connection = await database.Sql.OpenConnectionAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        await RunAsync(connection, "set local track_functions = 'all'");
        foreach (var (stream, _) in positions) await GoAsync(connection, stream);
        await RecordAsync(connection, positions);
        var before = await CallsAsync(connection);
        await RunAsync(connection, "set constraints all immediate");
        (await CallsAsync(connection) - before).ShouldBe(streams.Length);
        await transaction.CommitAsync();
        foreach (var append in streams) (await store.ReadStreamAsync(append.StreamId)).ShouldBeEmpty();
    }

    [Fact]
    public async Task An_event_whose_stream_somebody_removed_with_the_triggers_off_is_not_deleted_with_them_on()
    {
        await using var store = new PostgresEventStore(database.Store);
        var append = Appends.New(2);
        await store.AppendAsync(append);
        await using var connection = await database.Sql.OpenConnectionAsync();
        await RunAsync(connection, "set session_replication_role = replica");
        await RunAsync(connection, "delete from events.mt_streams where id = $1", append.StreamId);
        await RunAsync(connection, "set session_replication_role = origin");
        (await Should.ThrowAsync<PostgresException>(() => RunAsync(connection, "delete from events.mt_events where stream_id = $1", append.StreamId))).SqlState.ShouldBe("SO002");
        await using (var transaction = await connection.BeginTransactionAsync())
        {
            // Nor by saying that it goes, and recording nothing.
            await RunAsync(connection, "insert into events.deleted_streams (stream_id) values ($1)", append.StreamId);
            await RunAsync(connection, "delete from events.mt_events where stream_id = $1", append.StreamId);
            (await Should.ThrowAsync<PostgresException>(() => transaction.CommitAsync())).SqlState.ShouldBe("SO002");
        }
        await using (var transaction = await connection.BeginTransactionAsync())
        {
            // Nor by saying that one event of it goes, and recording that.
            var positions = await PositionsAsync(append.StreamId);
            await RunAsync(connection, "insert into events.deleted_streams values ($1, pg_current_xact_id(), array[$2::bigint])", append.StreamId, positions[0]);
            await RunAsync(connection, "delete from events.mt_events where stream_id = $1", append.StreamId);
            await RecordAsync(connection, new Dictionary<Guid, long[]> { [append.StreamId] = [positions[0]] });
            (await Should.ThrowAsync<PostgresException>(() => transaction.CommitAsync())).SqlState.ShouldBe("SO002");
        }
        (await PositionsAsync(append.StreamId)).Length.ShouldBe(2);
    }

    [Theory]
    [InlineData("before", "insert into events.deleted_streams values ($1, pg_current_xact_id(), '{9000000,9000001}')", "23505")]
    [InlineData("after", "update events.deleted_streams set positions = '{9000000,9000001}' where stream_id = $1", "SO002")]
    [InlineData("after", "delete from events.deleted_streams where stream_id = $1", "SO002")]
    [InlineData("after", "truncate events.deleted_streams", "55006")]
    public async Task The_positions_that_were_taken_down_are_those_that_went_whoever_would_have_others(string when, string sql, string error)
    {
        await using var store = new PostgresEventStore(database.Store);
        var append = Appends.New(2);
        await store.AppendAsync(append);
        await using var connection = await database.Sql.OpenConnectionAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        (await Should.ThrowAsync<PostgresException>(async () =>
        {
            if (when == "before") await ByHandAsync();
            await GoAsync(connection, append.StreamId);
            if (when == "after") await ByHandAsync();
        })).SqlState.ShouldBe(error);

        Task ByHandAsync() => sql.Contains('$', StringComparison.Ordinal) ? RunAsync(connection, sql, append.StreamId) : RunAsync(connection, sql);
    }

    [Fact]
    public async Task No_trigger_of_the_store_finds_anything_by_its_callers_search_path() =>
        (await database.ScalarAsync<long>("""
            select count(*) from pg_proc p where p.pronamespace = 'events'::regnamespace and p.prorettype = 'trigger'::regtype
                and not coalesce(p.proconfig, '{}') @> array['search_path=pg_catalog, pg_temp']
            """)).ShouldBe(0);

    [Theory]
    [InlineData("delete from events.mt_events where stream_id = $1")]
    [InlineData("delete from events.mt_events where stream_id = $1 and version = 2")]
    public async Task Events_alone_are_never_deleted_whatever_is_set(string sql)
    {
        await using var store = new PostgresEventStore(database.Store);
        var append = Appends.New(2);
        await store.AppendAsync(append);
        await using var connection = await database.Sql.OpenConnectionAsync();
        await RunAsync(connection, "select set_config('events.deleting', $1, false)", append.StreamId.ToString());
        (await Should.ThrowAsync<PostgresException>(() => RunAsync(connection, sql, append.StreamId))).SqlState.ShouldBe("SO002");
        await RunAsync(connection, "select set_config('events.deleting', '', false)");
        (await Should.ThrowAsync<PostgresException>(() => RunAsync(connection, "delete from events.mt_streams where id = $1", append.StreamId))).SqlState.ShouldBe("SO002");
    }

    private static Append RecordOf(string record, string type = "records_deleted") => Appends.New() with { Events = [Appends.Event(type, record)] };

    private Task<long[]> PositionsAsync(Guid stream) => database.ScalarAsync<long[]>("select array_agg(seq_id order by version) from events.mt_events where stream_id = $1", stream);

    private async Task<string> TrueRecordAsync(Guid stream) => $$"""{"streams":[{"streamId":"{{stream}}","events":2,"positions":[{{string.Join(',', await PositionsAsync(stream))}}]}]}""";

    /// <summary>What an owner can do by hand: say that a stream is being deleted, delete it, and append whatever is meant for its record.</summary>
    private Task<AppendOutcome?> DeleteAsync(Guid stream, string? record, string type = "records_deleted") => new RecordedWork(database.Store, new StoreSignals()).RunAsync(async (transaction, stop) =>
    {
        await GoAsync(transaction.Connection, stream);
        return record is null ? Appends.New() : RecordOf(record, type);
    });

    /// <summary>Deletes a stream by hand.</summary>
    private static async Task GoAsync(NpgsqlConnection connection, Guid stream)
    {
        await RunAsync(connection, "select set_config('events.deleting', $1, true)", stream.ToString());
        await RunAsync(connection, "delete from events.mt_streams where id = $1", stream);
    }

    /// <summary>Writes a record of deletions by hand.</summary>
    private static async Task RecordAsync(NpgsqlConnection connection, IReadOnlyDictionary<Guid, long[]> deleted)
    {
        var streams = string.Join(',', deleted.Select(d => $$"""{"streamId":"{{d.Key}}","events":{{d.Value.Length}},"positions":[{{string.Join(',', d.Value)}}]}"""));
        var record = Guid.CreateVersion7();
        await RunAsync(connection, "insert into events.mt_streams (id, version) values ($1, 1)", record);
        await RunAsync(connection, """
            insert into events.mt_events (seq_id, id, stream_id, version, data, type) values (nextval('events.mt_events_sequence'), $1, $1, 1, $2::jsonb, 'records_deleted')
            """, record, $$"""{"streams":[{{streams}}]}""");
    }

    /// <summary>How often this transaction looked for records.</summary>
    private static async Task<long> CallsAsync(NpgsqlConnection connection)
    {
        await using var command = new NpgsqlCommand("select coalesce(sum(calls), 0)::bigint from pg_stat_xact_user_functions where schemaname = 'events' and funcname like 'demand%'", connection);
        return (long)(await command.ExecuteScalarAsync())!;
    }

    private async Task<Guid> ArchivedAsync(PostgresEventStore store, int events)
    {
        var append = Appends.New(events);
        await store.AppendAsync(append);
        await using var connection = await database.Sql.OpenConnectionAsync();
        await StreamArchive.ArchiveAsync(connection, [append.StreamId], default);
        return append.StreamId;
    }

    private static async Task RunAsync(NpgsqlConnection connection, string sql, params object[] values)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        foreach (var value in values) command.Parameters.Add(new() { Value = value });
        await command.ExecuteNonQueryAsync();
    }
}
