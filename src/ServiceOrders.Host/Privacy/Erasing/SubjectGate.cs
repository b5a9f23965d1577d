using Npgsql;
using NpgsqlTypes;
using ServiceOrders.EventStore;

namespace ServiceOrders.Host.Privacy;

/// <summary>
/// Where appends that seal something new for a subject and the subject's erasure meet, in the database: a customer's new ticket, or an act on a ticket that has ended, is either there before the
/// erasure, which then sees it, or finds the subject erased and fails. Nothing is ever stored that was sealed with a key that is gone, but for a ticket that was open, which no erasure passes.
/// </summary>
public sealed class SubjectGate : InlineTable
{
    private const string Erased = "SO002", Kept = "SO003";

    private static readonly SubjectGate Instance = new();

    private SubjectGate() { }

    /// <inheritdoc/>
    public override string Name => "subject-gate";

    /// <summary>The append goes only while the subject is not erased.</summary>
    public static InlineRow Pass(Guid subject) => new(Instance, new GateRow(subject, false, default));

    /// <summary>The append destroys the subject's key, and goes only if none of its tickets has to be kept.</summary>
    public static InlineRow Erase(Guid subject, DateTimeOffset now) => new(Instance, new GateRow(subject, true, now));

    /// <summary>Whether an append failed because the subject is erased.</summary>
    public static bool IsErased(AppendFailedException failure) => StateOf(failure) == Erased;

    /// <summary>The same, where the append was made in a transaction of its own.</summary>
    public static bool IsErased(PostgresException failure)
    {
        ArgumentNullException.ThrowIfNull(failure);
        return failure.SqlState == Erased;
    }

    /// <summary>Whether an erasure failed because of tickets that have to be kept.</summary>
    public static bool IsKept(AppendFailedException failure) => StateOf(failure) == Kept;

    /// <inheritdoc/>
    public override NpgsqlBatchCommand Write(IReadOnlyList<OrdinalRow> rows, int generation)
    {
        ArgumentNullException.ThrowIfNull(rows);
        var gate = rows.Select(r => (GateRow)r.Row).ToArray();
        return new NpgsqlBatchCommand("select privacy.pass_gate($1, $2, $3, $4)")
        {
            Parameters =
            {
                new NpgsqlParameter<int[]> { TypedValue = [.. rows.Select(r => r.Ordinal)] },
                new NpgsqlParameter<Guid[]> { TypedValue = [.. gate.Select(r => r.Subject)] },
                new NpgsqlParameter<bool[]> { TypedValue = [.. gate.Select(r => r.Erases)] },
                new NpgsqlParameter<DateTime[]> { TypedValue = [.. gate.Select(r => r.Now.UtcDateTime)], NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.TimestampTz },
            },
        };
    }

    private static string? StateOf(AppendFailedException failure)
    {
        ArgumentNullException.ThrowIfNull(failure);
        return (failure.InnerException as PostgresException)?.SqlState;
    }

    private sealed record GateRow(Guid Subject, bool Erases, DateTimeOffset Now);
}
