using ServiceOrders.Postgres;

namespace ServiceOrders.EventStore.Tests.Given;

/// <summary>The PostgreSQL of the tests: <c>SERVICEORDERS_TEST_DATABASE</c>, a superuser's connection string, or else a private server that this test assembly shares.</summary>
public static class TestServer
{
    private static readonly Lazy<Task<string>> Started = new(async () =>
    {
        if (Environment.GetEnvironmentVariable("SERVICEORDERS_TEST_DATABASE") is { Length: > 0 } given) return given;
        var server = await PrivatePostgres.StartAsync();
        AppDomain.CurrentDomain.ProcessExit += (_, _) => server.DisposeAsync().AsTask().GetAwaiter().GetResult();
        return server.ConnectionString;
    });

    public static Task<string> ConnectionStringAsync() => Started.Value;
}
