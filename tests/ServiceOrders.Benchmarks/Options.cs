using System.Globalization;

namespace ServiceOrders.Benchmarks;

/// <summary>How long and how much is measured.</summary>
internal sealed record Options
{
    /// <summary>How the program is called.</summary>
    public const string Usage = """
        Measures the service over HTTP beside a plain insert of the same rows, on one private PostgreSQL with fsync on.
          --quick        short rounds, 30,000 tickets in the filled store (about three minutes)
          --full         more rounds, 1,000,000 tickets in the filled store (less than half an hour)
          --tickets N    how many tickets the filled store has, at least 10,000 of them imported (default 100,000; 0: only the empty store)
          --running N    how many running tickets are retargeted (default 100,000)
          --callers A,B  only these numbers of concurrent callers in creation, at most 64 (default 1,8,64)
          --only A,B     only these parts: calculator, creation, reading, burst, steady, storm, accesses, audit, verify, simulate, rebuild, retarget
          --json FILE    writes the JSON lines to a file as well
          --statements   tells which statements PostgreSQL spent its time on (costs a little)
        """;

    /// <summary>With more tickets in the filled store, rebuilds are measured before it is filled.</summary>
    public const int MostRebuilt = 200_000;

    /// <summary>The most concurrent callers that are measured, and those that the aims are for.</summary>
    public const int MostCallers = 64;

    /// <summary>Tickets in the filled store.</summary>
    public int Tickets { get; init; } = 100_000;
    /// <summary>Running tickets that are retargeted.</summary>
    public int Running { get; init; } = 100_000;
    /// <summary>Length of a round.</summary>
    public TimeSpan Round { get; init; } = TimeSpan.FromSeconds(2.5);
    /// <summary>Rounds of each kind, interleaved; the median counts.</summary>
    public int Rounds { get; init; } = 3;
    /// <summary>Deadlines that fall due at one instant.</summary>
    public int Burst { get; init; } = 10_000;
    /// <summary>Deadlines a second.</summary>
    public int SteadyPerSecond { get; init; } = 1_000;
    /// <summary>For how long.</summary>
    public int SteadySeconds { get; init; } = 20;
    /// <summary>Parts to be measured; empty: all.</summary>
    public IReadOnlyList<string> Only { get; init; } = [];
    /// <summary>How many callers open tickets at the same time, one measurement each.</summary>
    public IReadOnlyList<int> Callers { get; init; } = [1, 8, 64];
    /// <summary>Whether to tell which statements PostgreSQL spent its time on.</summary>
    public bool Statements { get; init; }
    /// <summary>Where the JSON lines go as well.</summary>
    public string? JsonFile { get; init; }

    /// <summary>Whether a part is to be measured.</summary>
    public bool Includes(string part) => Only.Count == 0 || Only.Contains(part);

    /// <summary>Reads the command line; null: it is wrong.</summary>
    public static Options? Parse(string[] arguments)
    {
        var options = new Options();
        for (var i = 0; i < arguments.Length; i++)
        {
            var value = i + 1 < arguments.Length ? arguments[i + 1] : null;
            switch (arguments[i])
            {
                case "--quick":
                    options = options with { Tickets = 30_000, Running = 10_000, Round = TimeSpan.FromSeconds(1), Burst = 2_000, SteadySeconds = 8 };
                    break;
                case "--full":
                    options = options with { Tickets = 1_000_000, Round = TimeSpan.FromSeconds(3), Rounds = 5, SteadySeconds = 30 };
                    break;
                case "--statements":
                    options = options with { Statements = true };
                    break;
                case "--tickets" when int.TryParse(value, CultureInfo.InvariantCulture, out var tickets) && tickets >= 0:
                    options = options with { Tickets = tickets };
                    i++;
                    break;
                case "--running" when int.TryParse(value, CultureInfo.InvariantCulture, out var running) && running > 0:
                    options = options with { Running = running };
                    i++;
                    break;
                case "--callers" when value?.Split(',') is { } texts && texts.All(t => int.TryParse(t, CultureInfo.InvariantCulture, out var n) && n is > 0 and <= MostCallers):
                    options = options with { Callers = [.. texts.Select(t => int.Parse(t, CultureInfo.InvariantCulture))] };
                    i++;
                    break;
                case "--only" when value is not null:
                    options = options with { Only = value.Split(',') };
                    i++;
                    break;
                case "--json" when value is not null:
                    options = options with { JsonFile = value };
                    i++;
                    break;
                default:
                    return null;
            }
        }
        return options;
    }
}
