using System.Globalization;

namespace ServiceOrders.Postgres;

/// <summary>
/// The processes of one cluster, found by what their command lines say: the postmaster's names the data folder, and every other one's title holds the cluster's
/// name (setting <c>cluster_name</c>). Unlike a process id in a file, that cannot mean a stranger; and it needs no right to look into other users' processes.
/// </summary>
internal sealed class ClusterProcesses(string clusterName, string clusterFolder)
{
    private const int KillRounds = 2_400; // a minute: on a busy machine a killed process takes its time to go
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(25);

    /// <summary>The ids of all that live; a zombie has no command line and does not count.</summary>
    public IReadOnlyList<int> All() => [.. Matching(line => IsPostmaster(line) || line.StartsWith($"postgres: {clusterName}: ", StringComparison.Ordinal))];

    /// <summary>The postmasters: normally one or none.</summary>
    public IReadOnlyList<int> Postmasters() => [.. Matching(IsPostmaster)];

    /// <summary>Shuts the server down fast (sessions are cut off, data are written out); kills it when that takes longer than allowed.</summary>
    public async Task StopAsync(TimeSpan allowed, TimeProvider time)
    {
        var started = time.GetTimestamp();
        foreach (var postmaster in Postmasters()) LibC.Signal(postmaster, LibC.SigInt);
        while (Postmasters().Count > 0 && time.GetElapsedTime(started) < allowed) await Task.Delay(Look, time);
        await KillAsync(time);
    }

    /// <summary>Kills every process of the cluster, the postmaster first, and returns when none is left.</summary>
    /// <exception cref="PrivatePostgresException">Some survive.</exception>
    public async Task KillAsync(TimeProvider time)
    {
        foreach (var postmaster in Postmasters()) LibC.Signal(postmaster, LibC.SigKill);
        for (var round = 0; round < KillRounds; round++)
        {
            var left = All();
            if (left.Count == 0) return;
            foreach (var process in left) LibC.Signal(process, LibC.SigKill);
            await Task.Delay(Look, time);
        }
        throw new PrivatePostgresException($"Processes {string.Join(", ", All())} of the cluster in {clusterFolder} cannot be killed.");
    }

    private bool IsPostmaster(string commandLine)
    {
        var words = commandLine.Split('\0');
        var data = Array.IndexOf(words, "-D");
        return Path.GetFileName(words[0]) is "postgres" && data > 0 && data + 1 < words.Length && words[data + 1] == clusterFolder;
    }

    private static IEnumerable<int> Matching(Func<string, bool> matches)
    {
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            if (!int.TryParse(Path.GetFileName(folder.AsSpan()), CultureInfo.InvariantCulture, out var id)) continue;
            if (matches(CommandLine(id))) yield return id;
        }
    }

    private static string CommandLine(int id)
    {
        try
        {
            return File.ReadAllText($"/proc/{id}/cmdline");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return ""; // It ended while we looked, or it is hidden from us, and so not ours.
        }
    }
}
