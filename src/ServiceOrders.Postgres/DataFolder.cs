using System.Globalization;
using System.Security.Cryptography;

namespace ServiceOrders.Postgres;

/// <summary>
/// A private server's folder: <c>cluster/</c> (PostgreSQL's own), <c>password</c> (the superuser's, readable by the server's user alone), <c>name</c> (the cluster's name in
/// process titles), <c>port</c> (the last one used), <c>server.log</c> and <c>lock</c>. The lock is held while a process uses the folder and vanishes with the process,
/// however that ends; whoever holds it may therefore stop a server that is still running there: its owner is gone.
/// </summary>
internal sealed class DataFolder : IDisposable
{
    private readonly FileStream _lock;

    private DataFolder(string path, FileStream @lock)
    {
        Path = path;
        _lock = @lock;
    }

    public string Path { get; }
    public string Cluster => In("cluster");
    public string Log => In("server.log");
    public string Password => File.ReadAllText(In("password"));
    public string ClusterName => File.ReadAllText(In("name"));
    public ClusterProcesses Processes => new(ClusterName, Cluster);

    /// <summary>The major version that made the cluster; null: there is none yet.</summary>
    public int? Major => File.Exists(InCluster("PG_VERSION")) ? int.Parse(File.ReadAllText(InCluster("PG_VERSION")), CultureInfo.InvariantCulture) : null;

    /// <summary>The port to prefer, so that a restart is found where it was.</summary>
    public int? LastPort
    {
        get => File.Exists(In("port")) && int.TryParse(File.ReadAllText(In("port")), CultureInfo.InvariantCulture, out var port) ? port : null;
        set => File.WriteAllText(In("port"), value?.ToString(CultureInfo.InvariantCulture));
    }

    /// <summary>Opens a folder, made when missing, for this process alone.</summary>
    /// <exception cref="PrivatePostgresException">Another one uses it.</exception>
    public static DataFolder Open(string path)
    {
        path = System.IO.Path.GetFullPath(path);
        try
        {
            Directory.CreateDirectory(path);
            return new DataFolder(path, new FileStream(System.IO.Path.Combine(path, "lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
        }
        catch (UnauthorizedAccessException e)
        {
            throw new PrivatePostgresException($"This user may not use the data folder {path}: {e.Message}", e);
        }
        catch (IOException e)
        {
            throw new PrivatePostgresException($"The data folder {path} is in use by another process, which must end first ({e.Message})", e);
        }
    }

    /// <summary>Makes the cluster unless it is there: UTF-8, sorted by code point, passwords by SCRAM for everyone.</summary>
    /// <remarks>A half-made cluster (a crash during <c>initdb</c>) is made anew: it becomes <c>cluster</c> only when it is whole.</remarks>
    public async Task InitializeAsync(ServerBinaries binaries, ServerUser user, bool durable, CancellationToken cancellation)
    {
        if (Major is null)
        {
            RefuseForeignFiles();
            Remove(In("unfinished"));
            WriteSecret(In("password"), Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32)));
            File.WriteAllText(In("name"), $"service-orders-{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(6))}");
        }
        await user.OwnAsync(Path, cancellation);
        if (Major is not null) return;

        // Character types of C.UTF-8 know all letters; a system without that locale knows ASCII's.
        var made = await InitDbAsync(binaries, user, durable, "C.UTF-8", cancellation);
        if (made.ExitCode != 0)
        {
            Remove(In("unfinished"));
            made = await InitDbAsync(binaries, user, durable, "C", cancellation);
        }
        if (made.ExitCode != 0) throw new PrivatePostgresException($"initdb failed in {Path}: {made.Output.Trim()}");
        // A server that somebody starts here by hand must be recognised too.
        await File.AppendAllTextAsync(In("unfinished/postgresql.conf"), $"\ncluster_name = '{ClusterName}'\n", cancellation);
        Directory.Move(In("unfinished"), Cluster);
    }

    /// <summary>
    /// Ends what is left of a former owner: its server, if that still runs, and the mark of it, which may name a process id that by now is somebody else's.
    /// </summary>
    public async Task ClearFormerServerAsync(TimeSpan allowed, TimeProvider time)
    {
        if (Major is null) return;
        await Processes.StopAsync(allowed, time);
        File.Delete(InCluster("postmaster.pid"));
    }

    /// <summary>The end of the server's log, for messages.</summary>
    public string LogTail() => File.Exists(Log) ? string.Join('\n', File.ReadLines(Log).TakeLast(10)) : "";

    /// <summary>Deletes the folder and all in it.</summary>
    public void Delete() => Remove(Path);

    public void Dispose() => _lock.Dispose();

    private Task<Commands.Outcome> InitDbAsync(ServerBinaries binaries, ServerUser user, bool durable, string characterTypes, CancellationToken cancellation) =>
        Commands.RunAsync(user.Command([binaries.InitDb, "-D", In("unfinished"), "-U", "postgres", "-E", "UTF8", "--no-locale", $"--lc-ctype={characterTypes}",
            "--auth=scram-sha-256", $"--pwfile={In("password")}", "--data-checksums", .. durable ? Array.Empty<string>() : ["--no-sync"]]), Path, cancellation);

    private string In(string name) => System.IO.Path.Combine(Path, name);

    private string InCluster(string name) => System.IO.Path.Combine(Cluster, name);

    /// <summary>The folder is about to be given away to the server's user: nothing else may be in it.</summary>
    private void RefuseForeignFiles()
    {
        var foreign = Directory.EnumerateFileSystemEntries(Path).Select(System.IO.Path.GetFileName)
            .FirstOrDefault(name => name is not ("lock" or "password" or "name" or "port" or "server.log" or "unfinished"));
        if (foreign is not null) throw new PrivatePostgresException($"The data folder {Path} holds {foreign}, which is no part of a private server: choose another folder.");
    }

    private static void WriteSecret(string path, string secret)
    {
        File.Delete(path);
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        using var stream = new FileStream(path, options);
        using var writer = new StreamWriter(stream);
        writer.Write(secret);
    }

    private static void Remove(string folder)
    {
        while (Directory.Exists(folder))
        {
            try
            {
                Directory.Delete(folder, recursive: true);
            }
            catch (DirectoryNotFoundException)
            {
                // Another process clears away what it takes to be abandoned: whoever is faster, in the end it is gone.
            }
        }
    }
}
