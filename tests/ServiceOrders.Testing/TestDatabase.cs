using Npgsql;
using Xunit;

namespace ServiceOrders.Testing;

/// <summary>
/// A fresh, empty database for one test class, dropped after it: <c>class MyTests(TestDatabase database) : IClassFixture&lt;TestDatabase&gt;</c>.
/// What a class needs in it (migrations, rules), it makes itself, or by a fixture of its own that takes this one in its constructor.
/// </summary>
/// <param name="server">The assembly's server.</param>
public sealed class TestDatabase(TestServer server) : IAsyncLifetime
{
    private NpgsqlDataSource? _dataSource;

    /// <summary>A superuser's connection string.</summary>
    public string ConnectionString { get; private set; } = "";

    /// <summary>A source of superuser's connections.</summary>
    public NpgsqlDataSource DataSource => _dataSource ??= NpgsqlDataSource.Create(ConnectionString);

    /// <inheritdoc/>
    public async ValueTask InitializeAsync() => ConnectionString = await server.CreateDatabaseAsync();

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_dataSource is not null) await _dataSource.DisposeAsync();
        if (ConnectionString.Length > 0) await server.DropDatabaseAsync(ConnectionString);
    }
}
