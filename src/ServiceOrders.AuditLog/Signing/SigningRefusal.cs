using Npgsql;
using ServiceOrders.AuditLog.Reading;

namespace ServiceOrders.AuditLog.Signing;

/// <summary>Why nothing is signed.</summary>
public enum SigningRefusalKind
{
    /// <summary>The log has fewer events than a checkpoint that was signed before: its end was cut off, or an old backup was restored.</summary>
    Truncated,
    /// <summary>The log does not continue what was signed before: the past was written anew, or what followed an old backup differs from what had followed it.</summary>
    Forked,
    /// <summary>What lies outside is no checkpoint of this log that one of its keys signed, or cannot be read.</summary>
    OutsideUnusable,
    /// <summary>This node's key is not the one that the log is signed with.</summary>
    OtherKey,
    /// <summary>Another node has found the log to contradict what it keeps outside; nobody signs until that is cleared up there.</summary>
    Elsewhere,
}

/// <summary>That nothing is signed, on a node.</summary>
/// <param name="Node">The node.</param>
/// <param name="Kind">Why.</param>
/// <param name="Detail">Which checkpoint, and what is wrong.</param>
/// <param name="Since">Since when.</param>
public sealed record SigningRefusal(string Node, SigningRefusalKind Kind, string Detail, DateTimeOffset Since);

/// <summary>Something is wrong, and nothing is signed.</summary>
/// <param name="kind">What is.</param>
/// <param name="detail">Which checkpoint, and what is wrong with it.</param>
public sealed class SigningRefusedException(SigningRefusalKind kind, string detail) : Exception(detail)
{
    /// <summary>What is wrong.</summary>
    public SigningRefusalKind Kind => kind;
}

/// <summary>What nodes refuse to sign, for everyone to see.</summary>
/// <param name="source">The database.</param>
public sealed class RefusalTable(NpgsqlDataSource source)
{
    /// <summary>All refusals that last.</summary>
    public async Task<IReadOnlyList<SigningRefusal>> ListAsync(CancellationToken cancellation = default)
    {
        await using var query = source.CreateCommand("select node, kind, detail, since from audit.refusals order by since, node");
        await using var rows = await query.ExecuteReaderAsync(cancellation).ConfigureAwait(false);
        List<SigningRefusal> refusals = [];
        while (await rows.ReadAsync(cancellation).ConfigureAwait(false))
            // A kind that a newer version of the service knows is nothing to fail by.
            refusals.Add(new(rows.GetString(0), Enum.TryParse<SigningRefusalKind>(rows.GetString(1), out var kind) ? kind : SigningRefusalKind.Elsewhere, rows.GetString(2), rows.Time(3)));
        return refusals;
    }

    /// <summary>Notes a refusal; one for the same reason lasts since it began.</summary>
    /// <returns>Whether the reason is a new one.</returns>
    internal async Task<bool> NoteAsync(SigningRefusal refusal, CancellationToken cancellation)
    {
        await using var command = Command("""
            with before as (select kind from audit.refusals where node = $1)
            insert into audit.refusals as r (node, kind, detail, since) values ($1, $2, $3, $4)
            on conflict (node) do update set kind = excluded.kind, detail = excluded.detail, since = case when r.kind = excluded.kind then r.since else excluded.since end
            returning not exists (select from before where kind = $2)
            """, refusal.Node, refusal.Kind.ToString(), refusal.Detail, refusal.Since);
        return (bool)(await command.ExecuteScalarAsync(cancellation).ConfigureAwait(false))!;
    }

    /// <summary>The node signs again.</summary>
    internal async Task ClearAsync(string node, CancellationToken cancellation)
    {
        await using var command = Command("delete from audit.refusals where node = $1", node);
        await command.ExecuteNonQueryAsync(cancellation).ConfigureAwait(false);
    }

    private NpgsqlCommand Command(string sql, params object[] values)
    {
        var command = source.CreateCommand(sql);
        foreach (var value in values) command.Parameters.Add(new() { Value = value });
        return command;
    }
}
