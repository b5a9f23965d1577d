using Npgsql;
using ServiceOrders.Postgres;
using ServiceOrders.Testing.Service;

namespace ServiceOrders.Crash.Tests;

/// <summary>
/// Where it crashes: a PostgreSQL of its own, durable, and one or more nodes of the service as processes on one database. Its channel's tickets have a deadline after one second,
/// one after two, each with a warning at half time, and one a long way off.
/// </summary>
internal sealed class Site : IAsyncDisposable
{
    public const string Channel = "crash";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120), Look = TimeSpan.FromMilliseconds(50);

    private readonly List<ServiceProcess> _nodes = [];
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("service-orders-crash-");
    private NpgsqlDataSource? _database;
    private string _administratorKey = "";

    private Site(PrivatePostgres postgres) => Postgres = postgres;

    public PrivatePostgres Postgres { get; }

    /// <summary>The nodes, running or killed.</summary>
    public IReadOnlyList<ServiceProcess> Nodes => _nodes;

    /// <summary>The channel's key.</summary>
    public string ChannelKey { get; private set; } = "";

    /// <summary>To look at the database from outside.</summary>
    public NpgsqlDataSource Database => _database!;

    /// <summary>A superuser's connection string, without a pool: a killed server leaves no dead connections behind.</summary>
    public string ConnectionString => new NpgsqlConnectionStringBuilder(Postgres.ConnectionTo("service")) { Pooling = false }.ConnectionString;

    /// <summary>How many rounds: so many, or ten times as many when <c>SO_SOAK=1</c> asks for it.</summary>
    public static int Rounds(int rounds) => Environment.GetEnvironmentVariable("SO_SOAK") == "1" ? rounds * 10 : rounds;

    public static async Task<Site> OpenAsync(int nodes = 1)
    {
        var site = new Site(await PrivatePostgres.StartAsync());
        try
        {
            await site.StartAsync(nodes);
            return site;
        }
        catch
        {
            await site.DisposeAsync();
            throw;
        }
    }

    /// <summary>The administrator, at a node.</summary>
    public ServiceApi Administrator(int node = 0) => new(_nodes[node].Address, _administratorKey);

    /// <summary>The channel, at a node.</summary>
    public ServiceApi ChannelAt(int node = 0) => new(_nodes[node].Address, ChannelKey);

    /// <summary>Waits until something has come about, looking again and again.</summary>
    /// <exception cref="TimeoutException">It has not, after two minutes.</exception>
    public static async Task UntilAsync(string what, Func<Task<bool>> condition)
    {
        var started = TimeProvider.System.GetTimestamp();
        using var looking = new PeriodicTimer(Look);
        while (!await condition())
        {
            if (TimeProvider.System.GetElapsedTime(started) > Patience) throw new TimeoutException($"After {Patience}, it has not come about: {what}.");
            await looking.WaitForNextTickAsync();
        }
    }

    /// <summary>Waits until every deadline that comes within the hour has fired: what is left is a long way off.</summary>
    public Task UntilNothingIsDueAsync() =>
        UntilAsync("that every deadline has fired", async () => await ScalarAsync<long>("select count(*) from events.due where due_at < now() + interval '1 hour'") == 0);

    /// <summary>A value from the database.</summary>
    public async Task<T> ScalarAsync<T>(string sql)
    {
        await using var command = Database.CreateCommand(sql);
        return (T)(await command.ExecuteScalarAsync())!;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var node in _nodes) await node.DisposeAsync();
        if (_database is not null) await _database.DisposeAsync();
        await Postgres.DisposeAsync();
        _folder.Delete(recursive: true);
    }

    private async Task StartAsync(int nodes)
    {
        await Postgres.CreateDatabaseAsync("service");
        _database = NpgsqlDataSource.Create(ConnectionString);
        var settings = new ServiceSettings(Postgres.ConnectionTo("service"), _folder.FullName);
        _administratorKey = settings.AdministratorKey;
        for (var i = 0; i < nodes; i++) _nodes.Add(await ServiceProcess.StartAsync(settings));
        using var administrator = Administrator();
        ChannelKey = await administrator.RegisterChannelAsync(Channel, "web");
        var binds = await administrator.PublishPolicyAsync(Channel, [("acknowledge", "PT1S"), ("firstResponse", "PT2S"), ("resolution", "PT72H")], [50]);
        await UntilAsync("that the policy binds", () => Task.FromResult(DateTimeOffset.UtcNow > binds));
    }
}
