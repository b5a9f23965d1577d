using ServiceOrders.EventStore.Tests.Given;
using ServiceOrders.Postgres;

[assembly: AssemblyFixture(typeof(TestServer))]

namespace ServiceOrders.EventStore.Tests.Given;

/// <summary>The PostgreSQL of the tests: <c>SERVICEORDERS_TEST_DATABASE</c>, a superuser's connection string, or else a private server that this test assembly shares.</summary>
public sealed class TestServer : IAsyncLifetime
{
    private PrivatePostgres? _private;

    public string ConnectionString { get; private set; } = "";

    public async ValueTask InitializeAsync()
    {
        if (Environment.GetEnvironmentVariable("SERVICEORDERS_TEST_DATABASE") is { Length: > 0 } given)
        {
            ConnectionString = given;
            return;
        }
        _private = await PrivatePostgres.StartAsync();
        ConnectionString = _private.ConnectionString;
    }

    public async ValueTask DisposeAsync()
    {
        if (_private is not null) await _private.DisposeAsync();
    }
}
