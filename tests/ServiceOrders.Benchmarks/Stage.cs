using System.Diagnostics;
using System.Xml;
using Npgsql;
using ServiceOrders.Benchmarks.Loading;
using ServiceOrders.Benchmarks.Plain;
using ServiceOrders.Postgres;
using ServiceOrders.Testing.Service;

namespace ServiceOrders.Benchmarks;

/// <summary>
/// Everything that is measured: a private PostgreSQL with fsync on, the service on one of its databases as a process of its own, and beside it an empty copy of that database for
/// the yardstick.
/// </summary>
internal sealed class Stage : IAsyncDisposable
{
    /// <summary>The channel of ordinary tickets.</summary>
    public const string Channel = "bench";
    /// <summary>The channel of tickets whose only deadline is a minute after their opening.</summary>
    public const string DeadlineChannel = "bench-deadlines";
    /// <summary>The policy of the imported past: two milestones, so that a closed ticket has eight events.</summary>
    public const string PastPolicy = "bench-past";
    /// <summary>That deadline's name.</summary>
    public const string Milestone = "benchDeadline";
    /// <summary>Its target.</summary>
    public static readonly TimeSpan Target = TimeSpan.FromSeconds(60);

    /// <summary>What differs from PostgreSQL's defaults, for both sides alike.</summary>
    private static readonly Dictionary<string, string> Settings = new()
    {
        ["shared_buffers"] = "1GB", ["max_wal_size"] = "4GB", ["checkpoint_timeout"] = "15min", ["wal_buffers"] = "64MB", ["random_page_cost"] = "1.1",
    };

    private const string Following = """
        select coalesce(bool_and(p.last_seq_id >= (select coalesce(max(e.seq_id), 0) from events.mt_events e)), true) from events.mt_event_progression p where p.name <> 'HighWaterMark'
        """;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60), Look = TimeSpan.FromMilliseconds(20);

    private readonly PrivatePostgres _postgres;
    private readonly DirectoryInfo _folder;
    private ServiceSettings _node = null!;

    private Stage(PrivatePostgres postgres, DirectoryInfo folder) => (_postgres, _folder) = (postgres, folder);

    /// <summary>The service.</summary>
    public ServiceProcess Service { get; private set; } = null!;
    /// <summary>A superuser's connection string for the service's database.</summary>
    public string ConnectionString { get; private set; } = "";
    /// <summary>The service's database.</summary>
    public NpgsqlDataSource Database { get; private set; } = null!;
    /// <summary>The yardstick's.</summary>
    public NpgsqlDataSource PlainDatabase { get; private set; } = null!;
    /// <summary>The administrator.</summary>
    public ServiceApi Administrator { get; private set; } = null!;
    /// <summary>Key of <see cref="Channel"/>.</summary>
    public string Key { get; private set; } = "";
    /// <summary>Key of <see cref="DeadlineChannel"/>.</summary>
    public string DeadlineKey { get; private set; } = "";
    /// <summary>From when the deadline channel's policy binds.</summary>
    public DateTimeOffset DeadlinesFrom { get; private set; }
    /// <summary>Tells who uses the processors.</summary>
    public ProcessorClock Clock => new(Service);

    /// <summary>Sets the stage.</summary>
    public static async Task<Stage> SetAsync(Options options)
    {
        var settings = new Dictionary<string, string>(Settings);
        if (options.Statements) settings["shared_preload_libraries"] = "pg_stat_statements";
        var postgres = await PrivatePostgres.StartAsync(new PrivatePostgresOptions { Settings = settings, MaxConnections = 300 });
        var stage = new Stage(postgres, Directory.CreateTempSubdirectory("service-orders-bench-"));
        try
        {
            await stage.PrepareAsync(options.Statements);
            return stage;
        }
        catch
        {
            await stage.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts a further node on the service's database.</summary>
    public Task<ServiceProcess> StartNodeAsync() => ServiceProcess.StartAsync(_node);

    /// <summary>Copies the service's database, which has to be left by everybody for that: the service is stopped and started again.</summary>
    /// <returns>A superuser's connection string for the copy.</returns>
    public async Task<string> CopyAsync(string name)
    {
        await QuietAsync();
        await Service.StopAsync();
        Database.Clear();
        await using (var server = NpgsqlDataSource.Create(_postgres.ConnectionString))
        {
            await using var copy = server.CreateCommand($"create database {name} template service");
            copy.CommandTimeout = 0;
            await copy.ExecuteNonQueryAsync();
        }
        await Service.StartAsync();
        return _postgres.ConnectionTo(name);
    }

    /// <summary>Tickets in the service's store.</summary>
    public async Task<long> CountAsync() => await ScalarAsync<long>(Database, "select count(*) from read.tickets");

    /// <summary>
    /// Waits until the service has nothing left to do: its reporting follows the events a little later, and would else run beside the yardstick.
    /// </summary>
    /// <returns>How long that took.</returns>
    public async Task<TimeSpan> QuietAsync()
    {
        var started = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(started) < Patience)
        {
            if (await ScalarAsync<bool>(Database, Following)) break;
            await Task.Delay(Look);
        }
        return Stopwatch.GetElapsedTime(started);
    }

    /// <summary>What it all runs on, in a line.</summary>
    public async Task<string> MachineAsync() =>
        $"{Environment.ProcessorCount} processors, {GC.GetGCMemoryInfo().TotalAvailableMemoryBytes >> 30} GB, .NET {Environment.Version}, PostgreSQL {await ScalarAsync<string>(Database, "show server_version")}, "
        + $"fsync {await ScalarAsync<string>(Database, "show fsync")}, synchronous_commit {await ScalarAsync<string>(Database, "show synchronous_commit")}, shared_buffers {await ScalarAsync<string>(Database, "show shared_buffers")}; "
        + "service, load generator and PostgreSQL share the processors";

    /// <summary>A value from a database.</summary>
    public static async Task<T> ScalarAsync<T>(NpgsqlDataSource database, string sql)
    {
#pragma warning disable CA2100 // the program's own texts
        await using var command = database.CreateCommand(sql);
#pragma warning restore CA2100
        command.CommandTimeout = 0;
        return (T)(await command.ExecuteScalarAsync())!;
    }

    public async ValueTask DisposeAsync()
    {
        Administrator?.Dispose();
        if (Service is not null) await Service.DisposeAsync();
        if (Database is not null) await Database.DisposeAsync();
        if (PlainDatabase is not null) await PlainDatabase.DisposeAsync();
        await _postgres.DisposeAsync();
        _folder.Delete(recursive: true);
    }

    private async Task PrepareAsync(bool statements)
    {
        var connection = await _postgres.CreateDatabaseAsync("service");
        var settings = new ServiceSettings(connection, _folder.FullName)
        {
            // What is measured is the service, not its rate limit.
            Environment = new Dictionary<string, string> { ["ServiceOrders__Web__RequestsPerSecond"] = "1000000", ["ServiceOrders__Web__Burst"] = "1000000" },
        };
        _node = settings;
        Service = await ServiceProcess.StartAsync(settings);
        // Copied while nobody is connected: the same migrations, the same tables and indexes.
        Database = NpgsqlDataSource.Create(connection);
        await CopyAsync("yardstick");
        ConnectionString = connection;
        if (statements) await StatementsLog.StartAsync(Database);
        PlainDatabase = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(_postgres.ConnectionTo("yardstick")) { MaxPoolSize = 100 });
        Administrator = new ServiceApi(Service.Address, settings.AdministratorKey);
        Key = await Administrator.RegisterChannelAsync(Channel, "web");
        DeadlineKey = await Administrator.RegisterChannelAsync(DeadlineChannel, "web");
        await Administrator.PublishPolicyAsync(PastPolicy, [("acknowledge", "PT2H"), ("firstResponse", "PT4H")], []);
        DeadlinesFrom = await Administrator.PublishPolicyAsync(DeadlineChannel, [(Milestone, XmlConvert.ToString(Target))], []);
    }

    /// <summary>A ticket opened just now, as a pattern for the yardstick.</summary>
    public async Task<TicketRows> PatternAsync()
    {
        using var connection = new HttpConnection(Service.Endpoint);
        var status = await connection.SendAsync(new TicketRequests(Service.Endpoint.ToString(), Key).Next());
        if (status != 201) throw new InvalidOperationException($"Opening a ticket was answered {status}: {System.Text.Encoding.UTF8.GetString(connection.Body.Span)}");
        var id = System.Text.Json.Nodes.JsonNode.Parse(connection.Body.Span)!["id"]!.GetValue<Guid>();
        return await TicketRows.ReadAsync(Database, id);
    }
}
