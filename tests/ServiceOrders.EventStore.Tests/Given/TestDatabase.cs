using Npgsql;

namespace ServiceOrders.EventStore.Tests.Given;

/// <summary>A fresh, migrated database on a real PostgreSQL: one per test class.</summary>
public sealed class TestDatabase(TestServer server) : IAsyncLifetime
{
    private string _name = "";
    private readonly string _server = server.ConnectionString;

    public string ConnectionString { get; private set; } = "";
    public StoreDatabase Store { get; private set; } = null!;
    /// <summary>The test's own connections, without the store's time-outs.</summary>
    public NpgsqlDataSource Sql { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        _name = "t_" + Guid.NewGuid().ToString("N")[..12];
        await ExecuteAsync(_server, $"create database {_name}");
        ConnectionString = new NpgsqlConnectionStringBuilder(_server) { Database = _name, MaxPoolSize = 60 }.ConnectionString;
        Sql = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(ConnectionString) { CommandTimeout = 120, MaxPoolSize = 20 });
        Store = new StoreDatabase(ConnectionString);
        await Migrator.ApplyAsync(Store, typeof(PostgresEventStore).Assembly);
    }

    public async ValueTask DisposeAsync()
    {
        await Store.DisposeAsync();
        await Sql.DisposeAsync();
        await ExecuteAsync(_server, $"drop database if exists {_name} with (force)");
    }

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

    private static async Task ExecuteAsync(string server, string sql)
    {
        await using var connection = new NpgsqlConnection(server);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 120 };
        await command.ExecuteNonQueryAsync();
    }
}
