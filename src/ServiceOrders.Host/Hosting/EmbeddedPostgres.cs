using ServiceOrders.Postgres;

namespace ServiceOrders.Host.Hosting;

/// <summary>
/// The PostgreSQL that the service brings along where <c>ConnectionStrings__ServiceOrders</c> is not set: started before everything else, stopped after everything else,
/// and started again should it die in between.
/// </summary>
public sealed partial class EmbeddedPostgres : IAsyncDisposable
{
    private const string Database = "service_orders";
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(30);

    private readonly PrivatePostgres _server;
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _stopping = new();
    private Task _watch = Task.CompletedTask;

    private EmbeddedPostgres(PrivatePostgres server, string connectionString, TimeProvider time)
    {
        _server = server;
        ConnectionString = connectionString;
        _time = time;
    }

    /// <summary>The connection string of the service's database.</summary>
    public string ConnectionString { get; }

    /// <summary>Starts the server in <c>postgres/</c> of the data directory, and makes the service's database.</summary>
    /// <exception cref="PrivatePostgresException">It cannot run; the message says why and what to do.</exception>
    public static async Task<EmbeddedPostgres> StartAsync(string dataDirectory, TimeProvider time, CancellationToken cancellation = default)
    {
        var server = await PrivatePostgres.StartAsync(new PrivatePostgresOptions { DataDirectory = Path.Combine(dataDirectory, "postgres"), Time = time }, cancellation);
        try
        {
            return new EmbeddedPostgres(server, await server.CreateDatabaseAsync(Database, cancellation), time);
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>From now on a server that dies is started again, on its old port, so that the service's connections find it.</summary>
    public void Watch(ILogger<EmbeddedPostgres> log) => _watch = WatchAsync(log, _stopping.Token);

    /// <summary>Stops watching, then the server.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _watch.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _server.DisposeAsync();
        _stopping.Dispose();
    }

    private async Task WatchAsync(ILogger log, CancellationToken stopping)
    {
        var pause = FirstPause;
        while (true)
        {
            await _server.WaitForExitAsync(stopping);
            LogDied(log);
            await Task.Delay(pause, _time, stopping);
            try
            {
                await _server.RestartAsync(stopping);
                LogRestarted(log);
                pause = FirstPause;
            }
#pragma warning disable CA1031 // the watch must outlive every error: while it lasts the service has no database
            catch (Exception e) when (!stopping.IsCancellationRequested)
#pragma warning restore CA1031
            {
                LogNotRestarted(log, e);
                pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "The embedded PostgreSQL died; starting it again")]
    private static partial void LogDied(ILogger log);

    [LoggerMessage(Level = LogLevel.Information, Message = "The embedded PostgreSQL runs again")]
    private static partial void LogRestarted(ILogger log);

    [LoggerMessage(Level = LogLevel.Error, Message = "The embedded PostgreSQL could not be started again")]
    private static partial void LogNotRestarted(ILogger log, Exception reason);
}

/// <summary>The embedded PostgreSQL in the composition.</summary>
public static class EmbeddedPostgresComposition
{
    /// <summary>
    /// Starts the embedded PostgreSQL unless a connection string is configured, and configures its own, so that whatever reads the connection string later finds it.
    /// To be disposed after the application, by <c>await using</c> before it is built.
    /// </summary>
    /// <returns>Null: a server is configured.</returns>
    /// <exception cref="PrivatePostgresException">It cannot run; the message says why and what to do.</exception>
    public static async Task<EmbeddedPostgres?> StartEmbeddedPostgresAsync(this WebApplicationBuilder builder, TimeProvider time, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(builder);
        var options = ServiceOrdersOptions.Of(builder.Configuration);
        if (!options.IsEmbedded) return null;
        var embedded = await EmbeddedPostgres.StartAsync(options.DataDirectory, time, cancellation);
        builder.Configuration[$"ConnectionStrings:{ServiceOrdersOptions.ConnectionName}"] = embedded.ConnectionString;
        return embedded;
    }
}
