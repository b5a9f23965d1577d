using Npgsql;
using ServiceOrders.Audit.Leaves;
using ServiceOrders.Audit.Merkle;
using ServiceOrders.AuditLog.Building;
using ServiceOrders.AuditLog.Reading;
using ServiceOrders.EventStore;
using ServiceOrders.Testing;

namespace ServiceOrders.AuditLog.Tests.Given;

/// <summary>A store with its audit log on a real PostgreSQL. One per test class, or one per test where it is made by hand.</summary>
public sealed class Ledger(TestServer server) : IAsyncLifetime
{
    /// <summary>On a database that is there already.</summary>
    internal Ledger(TestServer server, string connectionString) : this(server) => ConnectionString = connectionString;

    private readonly List<IAsyncDisposable> _opened = [];

    /// <summary>A superuser's connection string.</summary>
    public string ConnectionString { get; private set; } = "";

    public StoreDatabase Database { get; private set; } = null!;

    public PostgresEventStore Store { get; private set; } = null!;

    /// <summary>A superuser's own connections: whoever tampers uses these.</summary>
    public NpgsqlDataSource Sql { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        if (ConnectionString.Length == 0) ConnectionString = await server.CreateDatabaseAsync();
        _opened.Add(Sql = NpgsqlDataSource.Create(ConnectionString));
        _opened.Add(Database = new StoreDatabase(ConnectionString));
        await Migrator.ApplyAsync(Database, typeof(PostgresEventStore).Assembly, typeof(AuditLogMetrics).Assembly);
        _opened.Add(Store = new PostgresEventStore(Database));
    }

    /// <summary>All of it as it stands now, in a database of its own: what a restored backup is. Whoever is connected is cut off.</summary>
    public async Task<Ledger> CopyAsync()
    {
        var copy = new Ledger(server, await server.CreateDatabaseAsync());
        var (original, name) = (new NpgsqlConnectionStringBuilder(ConnectionString).Database, new NpgsqlConnectionStringBuilder(copy.ConnectionString).Database);
        await using (var elsewhere = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(ConnectionString) { Database = "postgres", Pooling = false }.ConnectionString))
        {
            foreach (var sql in new[]
            {
                $"drop database \"{name}\"", $"alter database \"{original}\" with allow_connections false", $"select pg_terminate_backend(pid, 10000) from pg_stat_activity where datname = '{original}'",
                $"create database \"{name}\" template \"{original}\"", $"alter database \"{original}\" with allow_connections true", $"alter database \"{name}\" with allow_connections true",
            })
            {
                await using var command = elsewhere.CreateCommand(sql);
                await command.ExecuteNonQueryAsync();
            }
        }
        foreach (var source in new[] { Sql, Database.Pooled, Database.Background }) source.Clear();
        await copy.InitializeAsync();
        return copy;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var opened in Enumerable.Reverse(_opened)) await opened.DisposeAsync();
        await server.DropDatabaseAsync(ConnectionString);
    }

    /// <summary>Brings all that is there into the log.</summary>
    public async Task BuildAsync()
    {
        await using var runner = Builder();
        await runner.CatchUpAsync();
        (await new SubscriptionState(Database).ReadAsync(LogBuilder.SubscriptionName)).ShouldSatisfyAllConditions(status => status.Error.ShouldBeNull(), status => status.Behind.ShouldBe(0));
    }

    /// <summary>What builds the log on a node.</summary>
    public SubscriptionRunner Builder(StoreDatabase? node = null) => new(node ?? Database, new LogBuilder(), new StoreSignals());

    /// <summary>The nodes of the tree as the tiles have them.</summary>
    public INodeSource Nodes => new TileNodes(new LogTiles(Database.Pooled));

    /// <summary>The tree as it must be: of each event's values, read one by one and encoded anew.</summary>
    public async Task<MemoryTree> ExpectedTreeAsync()
    {
        await using var command = Sql.CreateCommand($"select {EventEncoding.Columns} from events.mt_events order by seq_id");
        await using var row = await command.ExecuteReaderAsync();
        var tree = new MemoryTree();
        while (await row.ReadAsync())
        {
            string? Text(int column) => row.IsDBNull(column) ? null : row.GetString(column);
            tree.Append(EventEncoding.HashOf(new EventRecord(row.GetInt64(0), row.GetGuid(1), row.IsDBNull(2) ? null : row.GetGuid(2), row.GetInt64(3), row.GetString(4),
                row.IsDBNull(5) ? null : row.GetFieldValue<byte[]>(5), row.GetString(6), row.GetFieldValue<DateTimeOffset>(7), Text(8), Text(9), Text(10), Text(11), Text(12), Text(13))));
        }
        return tree;
    }

    /// <summary>The log holds exactly the events that the store holds.</summary>
    public async Task ShouldHoldEveryEventAsync()
    {
        var expected = await ExpectedTreeAsync();
        var extent = await new LogReader(Database.Pooled).ExtentAsync();
        extent.ShouldBe(new LogExtent(expected.Size, await ScalarAsync<long>("select coalesce(max(seq_id), 0) from events.mt_events")));
        (await ProofBuilder.RootAsync(Nodes, extent.Size)).ShouldBe(expected.Root);
        (await ScalarAsync<long>("""
            select count(*) from (select seq_id, row_number() over (order by seq_id) - 1 as leaf from events.mt_events) e
            full join (select position, t.tile * 256 + place - 1 as leaf from audit.leaf_tiles t, unnest(t.positions) with ordinality as p (position, place)) l on l.position = e.seq_id and l.leaf = e.leaf
            where l.position is null or e.seq_id is null
            """)).ShouldBe(0);
    }

    /// <summary>Events by the thousand, past the store, as fast as the database takes them.</summary>
    public Task FillAsync(int events) => ExecuteAsync("""
        with stream as (insert into events.mt_streams (id, type, version) values (gen_random_uuid(), 'thing', $1) returning id)
        insert into events.mt_events (seq_id, id, stream_id, version, data, type, timestamp, mt_dotnet_type, correlation_id, headers, user_name)
        select nextval('events.mt_events_sequence'), gen_random_uuid(), stream.id, n, jsonb_build_object('number', n, 'text', repeat('做完了', 20)), 'thing_done', now(), 'Things.Done, Things', 'r' || n, '{"by": "li"}', 'staff:li'
        from stream, generate_series(1, $1) as n
        """, events);

    /// <summary>Appends streams of some events each.</summary>
    /// <returns>The streams.</returns>
    public async Task<Guid[]> AppendAsync(int streams, int events = 1)
    {
        var appends = Enumerable.Range(0, streams).Select(_ => new Append
        {
            StreamId = Guid.CreateVersion7(), StreamType = "thing", ExpectedVersion = 0, Now = new DateTimeOffset(2026, 3, 2, 1, 0, 0, TimeSpan.Zero),
            Events = [.. Enumerable.Range(0, events).Select(i => Event(i))],
        }).ToArray();
        foreach (var outcome in await Task.WhenAll(appends.Select(append => Store.AppendAsync(append).AsTask()))) outcome.ShouldBeOfType<Appended>();
        return [.. appends.Select(append => append.StreamId)];
    }

    public static NewEvent Event(int number) =>
        new(Guid.CreateVersion7(), "thing_done", "Things.Done, Things", $$"""{ "number": {{number}}, "text": "做完了" }""", """{ "by": "li" }""", $"request-{number}", null, "staff:li");

    public async Task<T> ScalarAsync<T>(string sql, params object[] values)
    {
        await using var command = Sql.CreateCommand(sql);
        foreach (var value in values) command.Parameters.Add(new() { Value = value });
        return (T)(await command.ExecuteScalarAsync())!;
    }

    public async Task<int> ExecuteAsync(string sql, params object[] values)
    {
        await using var command = Sql.CreateCommand(sql);
        foreach (var value in values) command.Parameters.Add(new() { Value = value });
        return await command.ExecuteNonQueryAsync();
    }
}
