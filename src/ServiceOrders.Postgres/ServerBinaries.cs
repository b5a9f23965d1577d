using System.Globalization;
using System.Text.RegularExpressions;

namespace ServiceOrders.Postgres;

/// <summary>An installed PostgreSQL: where its programs are, and which major version they are.</summary>
internal sealed partial record ServerBinaries(string Directory, int Major)
{
    /// <summary>The oldest version that the service runs on.</summary>
    public const int OldestMajor = 15;

    private const string DebianRoot = "/usr/lib/postgresql";

    public string InitDb => Path.Combine(Directory, "initdb");
    public string Postgres => Path.Combine(Directory, "postgres");

    /// <summary>
    /// The programs to use: of the folder that is named (option, else <c>PGBIN</c>); else the newest of the distribution's and of the search path. A data folder
    /// that exists already decides its major version.
    /// </summary>
    /// <exception cref="PrivatePostgresException">There are none that fit.</exception>
    public static async Task<ServerBinaries> FindAsync(string? named, int? required, CancellationToken cancellation)
    {
        var found = new List<ServerBinaries>();
        foreach (var directory in Candidates(named))
        {
            if (await ProbeAsync(directory, cancellation) is { } binaries) found.Add(binaries);
        }
        var fitting = found.Where(b => b.Major >= OldestMajor && (required is null || b.Major == required));
        return fitting.MaxBy(b => b.Major) ?? throw new PrivatePostgresException(Missing(named, required, found));
    }

    private static IEnumerable<string> Candidates(string? named)
    {
        if ((named ?? Environment.GetEnvironmentVariable("PGBIN")) is { Length: > 0 } only) return [only];
        var installed = System.IO.Directory.Exists(DebianRoot)
            ? System.IO.Directory.EnumerateDirectories(DebianRoot).Select(version => Path.Combine(version, "bin"))
            : [];
        var path = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries);
        return installed.Concat(path).Distinct();
    }

    private static async Task<ServerBinaries?> ProbeAsync(string directory, CancellationToken cancellation)
    {
        var postgres = Path.Combine(directory, "postgres");
        if (!File.Exists(postgres) || !File.Exists(Path.Combine(directory, "initdb"))) return null;
        var answer = await Commands.RunAsync([postgres, "--version"], "/", cancellation);
        var version = Version().Match(answer.Output);
        return version.Success ? new ServerBinaries(directory, int.Parse(version.Groups[1].ValueSpan, CultureInfo.InvariantCulture)) : null;
    }

    private static string Missing(string? named, int? required, List<ServerBinaries> found)
    {
        var where = named ?? Environment.GetEnvironmentVariable("PGBIN");
        var place = string.IsNullOrEmpty(where) ? $"under {DebianRoot} or on PATH" : $"in {where}";
        var wanted = required is null ? $"PostgreSQL {OldestMajor} or newer" : $"PostgreSQL {required} (which made the data folder)";
        var seen = found.Count == 0 ? "" : $" Found only: {string.Join(", ", found.Select(b => $"{b.Major} in {b.Directory}"))}.";
        return $"No server programs (initdb, postgres) of {wanted} {place}.{seen} Install them (Debian: apt-get install postgresql), "
            + "name their folder in PGBIN, or give a server's address in ConnectionStrings__ServiceOrders.";
    }

    [GeneratedRegex(@"\(PostgreSQL\) (\d+)")]
    private static partial Regex Version();
}
