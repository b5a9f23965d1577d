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
    [InlineData("a position missing", """{"streams":[{"streamId":"ID","events":2,"positions":[1]}]}""")]
    public async Task The_owner_cannot_delete_a_stream_without_a_true_record_of_it(string what, string? record)
    {
        await using var store = new PostgresEventStore(database.Store);
        var append = Appends.New(2);
        await store.AppendAsync(append);
        var refused = await Should.ThrowAsync<PostgresException>(() => DeleteAsync(append.StreamId, record?.Replace("ID", append.StreamId.ToString(), StringComparison.Ordinal)));
        refused.SqlState.ShouldBe("SO002", what);
        (await store.ReadStreamAsync(append.StreamId)).Count.ShouldBe(2);
    }

    [Fact]
    public async Task A_record_of_an_earlier_transaction_is_no_record_of_this_one()
    {
        await using var store = new PostgresEventStore(database.Store);
        var append = Appends.New(2);
        await store.AppendAsync(append);
        await store.AppendAsync(RecordOf(append.StreamId));
        (await Should.ThrowAsync<PostgresException>(() => DeleteAsync(append.StreamId, null))).SqlState.ShouldBe("SO002");
        (await store.ReadStreamAsync(append.StreamId)).Count.ShouldBe(2);
    }

    [Fact]
    public async Task With_its_record_a_stream_goes_as_a_whole()
    {
        await using var store = new PostgresEventStore(database.Store);
        var append = Appends.New(2);
        await store.AppendAsync(append);
        await DeleteAsync(append.StreamId, $$"""{"streams":[{"streamId":"{{append.StreamId}}","events":2,"positions":[1,2]}]}""");
        (await store.ReadStreamAsync(append.StreamId)).ShouldBeEmpty();
        (await database.ScalarAsync<bool>("select exists (select from events.mt_streams where id = $1)", append.StreamId)).ShouldBeFalse();
    }

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

    private static Append RecordOf(Guid stream, string? record = null) => Appends.New() with
    {
        Events = [Appends.Event("records_deleted", record ?? $$"""{"streams":[{"streamId":"{{stream}}","events":2,"positions":[1,2]}]}""")],
    };

    /// <summary>What an owner can do by hand: say that a stream is being deleted, delete it, and append whatever is meant for its record.</summary>
    private Task<AppendOutcome?> DeleteAsync(Guid stream, string? record) => new RecordedWork(database.Store, new StoreSignals()).RunAsync(async (transaction, stop) =>
    {
        await RunAsync(transaction.Connection, "select set_config('events.deleting', $1, true)", stream.ToString());
        await RunAsync(transaction.Connection, "delete from events.mt_streams where id = $1", stream);
        return record is null ? Appends.New() : RecordOf(stream, record);
    });

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
