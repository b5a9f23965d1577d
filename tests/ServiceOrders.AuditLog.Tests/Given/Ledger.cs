using Npgsql;
using ServiceOrders.EventStore;
using ServiceOrders.Testing;

namespace ServiceOrders.AuditLog.Tests.Given;

/// <summary>A fresh store with its audit log on a real PostgreSQL. One per test class, or one per test where it is made by hand.</summary>
public sealed class Ledger(TestServer server) : IAsyncLifetime
{
    private readonly List<IAsyncDisposable> _opened = [];

    /// <summary>A superuser's connection string.</summary>
    public string ConnectionString { get; private set; } = "";

    public StoreDatabase Database { get; private set; } = null!;

    public PostgresEventStore Store { get; private set; } = null!;

    /// <summary>A superuser's own connections: whoever tampers uses these.</summary>
    public NpgsqlDataSource Sql { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        ConnectionString = await server.CreateDatabaseAsync();
        _opened.Add(Sql = NpgsqlDataSource.Create(ConnectionString));
        _opened.Add(Database = new StoreDatabase(ConnectionString));
        await Migrator.ApplyAsync(Database, typeof(PostgresEventStore).Assembly, typeof(AuditLogMetrics).Assembly);
        _opened.Add(Store = new PostgresEventStore(Database));
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var opened in Enumerable.Reverse(_opened)) await opened.DisposeAsync();
        await server.DropDatabaseAsync(ConnectionString);
    }

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
