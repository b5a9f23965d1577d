using Npgsql;
using ServiceOrders.EventStore;

namespace ServiceOrders.Host.Privacy;

/// <summary>Puts a new master key in force, in the append of the event that tells of it: refused while anything is left that only the old one opens.</summary>
internal sealed class MasterKeyChange : InlineTable
{
    private const string Unfinished = "SO006";

    private static readonly MasterKeyChange Instance = new();

    private MasterKeyChange() { }

    public override string Name => "master-key";

    public static InlineRow Row(string oldId, string newId, DateTimeOffset now) => new(Instance, new Change(oldId, newId, now));

    public static bool IsUnfinished(AppendFailedException failure) => failure.InnerException is PostgresException { SqlState: Unfinished };

    public override NpgsqlBatchCommand Write(IReadOnlyList<OrdinalRow> rows, int generation)
    {
        // The stream's version lets one through at a time.
        var change = (Change)rows.Single().Row;
        return new NpgsqlBatchCommand("select privacy.finish_rotation($1, $2, $3, $4)")
        {
            Parameters =
            {
                new NpgsqlParameter<int[]> { TypedValue = [rows[0].Ordinal] },
                new NpgsqlParameter<string> { TypedValue = change.OldId },
                new NpgsqlParameter<string> { TypedValue = change.NewId },
                new NpgsqlParameter<DateTime> { TypedValue = change.Now.UtcDateTime },
            },
        };
    }

    private sealed record Change(string OldId, string NewId, DateTimeOffset Now);
}
