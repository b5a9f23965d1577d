namespace ServiceOrders.EventStore.Tests.Given;

/// <summary>The PostgreSQL of the tests: <c>SERVICEORDERS_TEST_DATABASE</c>, a superuser's connection string.</summary>
public static class TestServer
{
    public static Task<string> ConnectionStringAsync() =>
        Task.FromResult(Environment.GetEnvironmentVariable("SERVICEORDERS_TEST_DATABASE") ?? throw new InvalidOperationException("SERVICEORDERS_TEST_DATABASE is not set."));
}
