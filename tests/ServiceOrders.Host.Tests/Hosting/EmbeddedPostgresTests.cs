using System.Diagnostics;
using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Logging;
using Npgsql;
using ServiceOrders.Host.Hosting;

namespace ServiceOrders.Host.Tests.Hosting;

/// <summary>The PostgreSQL that the service brings along.</summary>
public sealed class EmbeddedPostgresTests : IDisposable
{
    private readonly string _data = Directory.CreateTempSubdirectory("service-orders-test-").FullName;

    public EmbeddedPostgresTests()
    {
        // The server's user must be let through to its folder.
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(_data, File.GetUnixFileMode(_data) | UnixFileMode.OtherExecute | UnixFileMode.OtherRead);
    }

    public void Dispose() => Directory.Delete(_data, recursive: true);

    [Fact]
    public async Task Without_a_connection_string_a_server_is_started_and_its_own_is_configured()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Configuration["ServiceOrders:DataDirectory"] = _data;

        await using var embedded = await builder.StartEmbeddedPostgresAsync(TimeProvider.System, TestContext.Current.CancellationToken);

        var options = ServiceOrdersOptions.Of(builder.Configuration);
        options.ConnectionString.ShouldBe(embedded!.ConnectionString);
        (await ScalarAsync(options.ConnectionString!, "select current_database()::text")).ShouldBe("service_orders");
        Directory.Exists(Path.Combine(_data, "postgres")).ShouldBeTrue();
    }

    [Fact]
    public async Task With_a_connection_string_none_is_started()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Configuration["ConnectionStrings:ServiceOrders"] = "Host=elsewhere";
        builder.Configuration["ServiceOrders:DataDirectory"] = _data;

        (await builder.StartEmbeddedPostgresAsync(TimeProvider.System, TestContext.Current.CancellationToken)).ShouldBeNull();

        Directory.EnumerateFileSystemEntries(_data).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_server_that_dies_is_started_again_where_it_was_with_everything_committed()
    {
        await using var embedded = await EmbeddedPostgres.StartAsync(_data, TimeProvider.System, TestContext.Current.CancellationToken);
        await ScalarAsync(embedded.ConnectionString, "create table kept (n int); insert into kept values (1); select 'made'");
        var log = new Signal("runs again");
        embedded.Watch(log);

        var postmaster = int.Parse((await File.ReadAllLinesAsync(Path.Combine(_data, "postgres", "cluster", "postmaster.pid")))[0], CultureInfo.InvariantCulture);
        using (var process = Process.GetProcessById(postmaster)) process.Kill();
        await log.Seen.WaitAsync(TimeSpan.FromMinutes(2));

        (await ScalarAsync(embedded.ConnectionString, "select n::text from kept")).ShouldBe("1");
    }

    private static async Task<string> ScalarAsync(string connectionString, string sql)
    {
        await using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false }.ConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        return (string)(await command.ExecuteScalarAsync())!;
    }

    /// <summary>A log that tells when it was told something.</summary>
    private sealed class Signal(string wanted) : ILogger<EmbeddedPostgres>
    {
        private readonly TaskCompletionSource _seen = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Seen => _seen.Task;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (formatter(state, exception).Contains(wanted, StringComparison.Ordinal)) _seen.TrySetResult();
        }
    }
}
