using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Npgsql;

namespace ServiceOrders.Postgres;

/// <summary>
/// A PostgreSQL server of our own: for the embedded mode, for tests and for measurements. It listens on 127.0.0.1 alone, on a free port, with a generated password.
/// It outlives neither its owner's orderly end nor the owner's next start: see <see cref="DataFolder"/> for what happens after a crash.
/// </summary>
public sealed class PrivatePostgres : IAsyncDisposable
{
    private const int PortAttempts = 5;
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(50);

    private readonly PrivatePostgresOptions _options;
    private readonly DataFolder _folder;
    private readonly ServerBinaries _binaries;
    private readonly ServerUser _user;
    private Process? _postmaster;
    private bool _disposed;

    private PrivatePostgres(PrivatePostgresOptions options, DataFolder folder, ServerBinaries binaries, ServerUser user)
    {
        _options = options;
        _folder = folder;
        _binaries = binaries;
        _user = user;
    }

    /// <summary>The folder that keeps the server's data.</summary>
    public string DataDirectory => _folder.Path;

    /// <summary>The folder itself: what a test of crashes needs.</summary>
    internal DataFolder Folder => _folder;

    /// <summary>The TCP port on 127.0.0.1. A restart keeps it, unless somebody else took it meanwhile.</summary>
    public int Port { get; private set; }

    /// <summary>The major version of the server.</summary>
    public int MajorVersion => _binaries.Major;

    /// <summary>The superuser's connection string, for database <c>postgres</c>.</summary>
    public string ConnectionString => ConnectionTo("postgres");

    /// <summary>Starts a server and returns when it accepts connections.</summary>
    /// <exception cref="PrivatePostgresException">It cannot run; the message says why.</exception>
    public static async Task<PrivatePostgres> StartAsync(PrivatePostgresOptions? options = null, CancellationToken cancellation = default)
    {
        options ??= new PrivatePostgresOptions();
        if (!OperatingSystem.IsLinux()) throw new PrivatePostgresException("A private server needs Linux; elsewhere give a server's address in ConnectionStrings__ServiceOrders.");
        var user = ServerUser.Current();
        var folder = options.DataDirectory is { } path ? DataFolder.Open(path) : await TemporaryFolder.CreateAsync(options.Time);
        PrivatePostgres? server = null;
        try
        {
            var binaries = await ServerBinaries.FindAsync(options.BinDirectory, folder.Major, cancellation);
            await folder.InitializeAsync(binaries, user, options.Durable, cancellation);
            await folder.ClearFormerServerAsync(options.StopTimeout, options.Time);
            server = new PrivatePostgres(options, folder, binaries, user);
            await server.LaunchAsync(null, cancellation);
            return server;
        }
        catch
        {
            if (server is not null) await server.DisposeAsync();
            else Discard(folder, options);
            throw;
        }
    }

    /// <summary>The superuser's connection string for a database of this server.</summary>
    public string ConnectionTo(string database) => new NpgsqlConnectionStringBuilder
    {
        Host = IPAddress.Loopback.ToString(),
        Port = Port,
        Username = "postgres",
        Password = _folder.Password,
        Database = database,
    }.ConnectionString;

    /// <summary>Makes a database unless it is there.</summary>
    /// <returns>The superuser's connection string for it.</returns>
    public async Task<string> CreateDatabaseAsync(string name, CancellationToken cancellation = default)
    {
        await using var connection = new NpgsqlConnection(Unpooled(ConnectionString));
        await connection.OpenAsync(cancellation);
        await using var exists = new NpgsqlCommand("select 1 from pg_database where datname = $1", connection) { Parameters = { new() { Value = name } } };
        if (await exists.ExecuteScalarAsync(cancellation) is null)
        {
            var quoted = $"\"{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
            // A database's name cannot be a parameter.
            await using var create = new NpgsqlCommand($"create database {quoted}", connection);
            await create.ExecuteNonQueryAsync(cancellation);
        }
        return ConnectionTo(name);
    }

    /// <summary>Stops the server: sessions are cut off, data are written out.</summary>
    public async Task StopAsync()
    {
        await _folder.Processes.StopAsync(_options.StopTimeout, _options.Time);
        await ReapAsync();
    }

    /// <summary>Kills every process of the server with SIGKILL, as a crash would, and returns when none is left.</summary>
    public async Task KillAsync()
    {
        await _folder.Processes.KillAsync(_options.Time);
        await ReapAsync();
    }

    /// <summary>Waits until the server ends, by whomever: at once when it does not run.</summary>
    public Task WaitForExitAsync(CancellationToken cancellation = default) => _postmaster?.WaitForExitAsync(cancellation) ?? Task.CompletedTask;

    /// <summary>Stops what still runs and starts again on the same port, recovering where there was a crash; returns when connections are accepted.</summary>
    /// <exception cref="PrivatePostgresException">It cannot run; the message says why.</exception>
    public async Task RestartAsync(CancellationToken cancellation = default)
    {
        await StopAsync();
        await _folder.ClearFormerServerAsync(_options.StopTimeout, _options.Time);
        // Whoever has the connection string finds it again: another port would be as bad as none.
        await LaunchAsync(Port, cancellation);
    }

    /// <summary>Stops the server; a temporary one's folder is deleted.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_disposed) return;
        _disposed = true;
        if (_options.DataDirectory is null) await KillAsync();
        else await StopAsync();
        Discard(_folder, _options);
    }

    /// <param name="wanted">The port that it must be; null: any.</param>
    /// <param name="cancellation">Cancels.</param>
    private async Task LaunchAsync(int? wanted, CancellationToken cancellation)
    {
        for (var attempt = 1; ; attempt++)
        {
            Port = wanted ?? ChoosePort(_folder.LastPort);
            _postmaster = Commands.Start(CommandLine(), _folder.Path);
            if (await AcceptsAsync(cancellation)) break;
            await ReapAsync();
            if (wanted is null) _folder.LastPort = null;
            if (wanted is not null || attempt == PortAttempts || !_folder.LogTail().Contains("could not create any TCP/IP sockets", StringComparison.Ordinal))
            {
                throw new PrivatePostgresException($"PostgreSQL ended at its start in {_folder.Path}: {_folder.LogTail()}");
            }
        }
        _folder.LastPort = Port;
    }

    /// <summary>Of its own session, so that a Ctrl-C at the terminal reaches our process alone, which then stops the server last.</summary>
    private string[] CommandLine()
    {
        var durable = _options.Durable ? "on" : "off";
        var settings = new Dictionary<string, string>
        {
            ["listen_addresses"] = IPAddress.Loopback.ToString(),
            ["unix_socket_directories"] = "",
            ["max_connections"] = $"{_options.MaxConnections}",
            ["fsync"] = durable,
            ["synchronous_commit"] = durable,
            ["full_page_writes"] = durable,
            // Errors reach the client, who logs them; here they would only fill a disk, with texts of statements.
            ["log_min_messages"] = "fatal",
            ["log_checkpoints"] = "off",
        };
        foreach (var (name, value) in _options.Settings) settings[name] = value;
        var postgres = _user.Command([_binaries.Postgres, "-D", _folder.Cluster, "-p", $"{Port}", .. settings.SelectMany(s => new[] { "-c", $"{s.Key}={s.Value}" })]);
        return ["setsid", "sh", "-c", "exec \"$@\" </dev/null >\"$0\" 2>&1", _folder.Log, .. postgres];
    }

    /// <summary>Waits until the server accepts a connection.</summary>
    /// <returns>False: the server ended instead.</returns>
    private async Task<bool> AcceptsAsync(CancellationToken cancellation)
    {
        var started = _options.Time.GetTimestamp();
        while (true)
        {
            if (_postmaster!.HasExited) return false;
            try
            {
                await using var connection = new NpgsqlConnection(Unpooled(ConnectionString));
                await connection.OpenAsync(cancellation);
                return true;
            }
            catch (NpgsqlException e) when (e is not PostgresException { SqlState: not PostgresErrorCodes.CannotConnectNow })
            {
                if (_options.Time.GetElapsedTime(started) < _options.StartTimeout) await Task.Delay(Look, _options.Time, cancellation);
                else throw new PrivatePostgresException($"PostgreSQL in {_folder.Path} does not accept connections after {_options.StartTimeout}: {_folder.LogTail()}", e);
            }
        }
    }

    /// <summary>Takes note of the end of our child, so that it leaves no zombie.</summary>
    private async Task ReapAsync()
    {
        if (_postmaster is null) return;
        await _postmaster.WaitForExitAsync();
        _postmaster.Dispose();
        _postmaster = null;
    }

    private static void Discard(DataFolder folder, PrivatePostgresOptions options)
    {
        if (options.DataDirectory is null) folder.Delete();
        folder.Dispose();
    }

    /// <summary>A former port, when it is free still, else any free one.</summary>
    private static int ChoosePort(int? former)
    {
        foreach (var port in new[] { former ?? 0, 0 })
        {
            using var listener = new TcpListener(IPAddress.Loopback, port);
            try
            {
                listener.Start();
                return ((IPEndPoint)listener.LocalEndpoint).Port;
            }
            catch (SocketException) when (port != 0)
            {
                // Taken meanwhile.
            }
        }
        throw new PrivatePostgresException("There is no free TCP port on 127.0.0.1.");
    }

    private static string Unpooled(string connectionString) => new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false, Timeout = 5 }.ConnectionString;
}
