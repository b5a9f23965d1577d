using System.Globalization;
using Npgsql;
using ServiceOrders.Postgres;

namespace ServiceOrders.Testing;

/// <summary>
/// The PostgreSQL server that all tests of an assembly share: the one that <c>SERVICEORDERS_TEST_DATABASE</c> names (a superuser's connection string), else a private
/// one, started when the first test asks for a database. It forgets on a power cut; tests that kill the server start one of their own with
/// <see cref="PrivatePostgres.StartAsync"/>, which is durable. An assembly uses it by <c>[assembly: AssemblyFixture(typeof(TestServer))]</c>.
/// </summary>
public sealed class TestServer : IAsyncDisposable
{
    /// <summary>The variable that names an existing server.</summary>
    public const string Variable = "SERVICEORDERS_TEST_DATABASE";

    private static int _databases;
    private readonly SemaphoreSlim _starting = new(1);
    private PrivatePostgres? _private;

    /// <summary>Makes a fresh, empty database.</summary>
    /// <returns>A superuser's connection string for it.</returns>
    public async Task<string> CreateDatabaseAsync()
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"test_{Environment.ProcessId}_{Interlocked.Increment(ref _databases)}_{Guid.NewGuid():N}");
        var administrator = await AdministratorAsync();
        await ExecuteAsync(administrator, $"create database \"{name}\"");
        return new NpgsqlConnectionStringBuilder(administrator) { Database = name, IncludeErrorDetail = true }.ConnectionString;
    }

    /// <summary>Drops a database that <see cref="CreateDatabaseAsync"/> made, whoever is still connected.</summary>
    public async Task DropDatabaseAsync(string connectionString)
    {
        await using (var own = new NpgsqlConnection(connectionString)) NpgsqlConnection.ClearPool(own);
        await ExecuteAsync(await AdministratorAsync(), $"drop database if exists \"{new NpgsqlConnectionStringBuilder(connectionString).Database}\" with (force)");
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_private is not null) await _private.DisposeAsync();
        _starting.Dispose();
    }

    private async Task<string> AdministratorAsync()
    {
        if (Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } given) return given;
        await _starting.WaitAsync();
        try
        {
            _private ??= await PrivatePostgres.StartAsync(new PrivatePostgresOptions { Durable = false, MaxConnections = 400 });
            return _private.ConnectionString;
        }
        finally
        {
            _starting.Release();
        }
    }

    private static async Task ExecuteAsync(string connectionString, string sql)
    {
        await using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false }.ConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }
}
