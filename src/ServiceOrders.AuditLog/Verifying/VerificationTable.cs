using Npgsql;
using ServiceOrders.AuditLog.Reading;

namespace ServiceOrders.AuditLog.Verifying;

/// <summary>What becomes of a verification.</summary>
public enum VerificationState
{
    /// <summary>It was asked for.</summary>
    Waiting,
    /// <summary>It is under way.</summary>
    Running,
    /// <summary>It looked at everything.</summary>
    Done,
    /// <summary>It broke off; the error tells why.</summary>
    Failed,
    /// <summary>It was left for one that was asked for, or its node ended.</summary>
    Interrupted,
}

/// <summary>A verification, past or under way.</summary>
/// <param name="Id">From 1, rising.</param>
/// <param name="IsRequested">Whether somebody asked for it; else the service did it by itself.</param>
/// <param name="State">What became of it.</param>
/// <param name="RequestedBy">Who asked.</param>
/// <param name="RequestedAt">When.</param>
/// <param name="StartedAt">When it began.</param>
/// <param name="FinishedAt">When it ended.</param>
/// <param name="Node">Where it ran.</param>
/// <param name="Size">The log's size when it began.</param>
/// <param name="Leaves">Leaves looked at.</param>
/// <param name="Events">Events read and hashed.</param>
/// <param name="Deleted">Leaves whose events were deleted after their time.</param>
/// <param name="Checkpoints">Checkpoints of the database looked at.</param>
/// <param name="OutsideCheckpoints">Checkpoints outside looked at.</param>
/// <param name="NotYetProtected">Events after the last good checkpoint outside; null: not known yet.</param>
/// <param name="Findings">How much was found.</param>
/// <param name="Error">Why it broke off.</param>
public sealed record Verification(long Id, bool IsRequested, VerificationState State, string? RequestedBy, DateTimeOffset RequestedAt, DateTimeOffset? StartedAt, DateTimeOffset? FinishedAt, string? Node,
    long Size, long Leaves, long Events, long Deleted, long Checkpoints, long OutsideCheckpoints, long? NotYetProtected, long Findings, string? Error);

/// <summary>The verifications.</summary>
/// <param name="source">The database.</param>
public sealed class VerificationTable(NpgsqlDataSource source)
{
    private const string Columns = "id, cause, state, requested_by, requested_at, started_at, finished_at, node, size, leaves, events, deleted, checkpoints, outside_checkpoints, not_yet_protected, findings, error";

    /// <summary>Those before one, the newest first.</summary>
    public Task<IReadOnlyList<Verification>> ListAsync(long below, int limit, CancellationToken cancellation = default) =>
        ReadAsync($"select {Columns} from audit.verifications where id < $1 order by id desc limit $2", cancellation, below, limit);

    /// <summary>One; null: there is none of that number.</summary>
    public async Task<Verification?> FindAsync(long id, CancellationToken cancellation = default) =>
        (await ReadAsync($"select {Columns} from audit.verifications where id = $1", cancellation, id)) is [var found] ? found : null;

    /// <summary>The last one that looked at everything; null: none did yet. One that ended later than now did not end: whoever can write to the table must not put off the next by it.</summary>
    public Task<Verification?> LastDoneAsync(DateTimeOffset now, CancellationToken cancellation = default) => LastAsync("state = 'done'", now, cancellation);

    /// <summary>The last one that looked at everything or broke off.</summary>
    public Task<Verification?> LastEndedAsync(DateTimeOffset now, CancellationToken cancellation = default) => LastAsync("state in ('done', 'failed')", now, cancellation);

    /// <summary>Asks for one. One that waits already is the answer to everyone who asks meanwhile.</summary>
    public async Task<Verification> RequestAsync(string by, DateTimeOffset now, CancellationToken cancellation = default)
    {
        if (await ReadAsync($"select {Columns} from audit.verifications where state = 'waiting' order by id limit 1", cancellation) is [var waiting, ..]) return waiting;
        return (await ReadAsync($"insert into audit.verifications (cause, state, requested_by, requested_at) values ('requested', 'waiting', $1, $2) returning {Columns}", cancellation, by, now))[0];
    }

    /// <summary>Whether one waits.</summary>
    internal async Task<bool> IsWantedAsync(CancellationToken cancellation)
    {
        await using var query = Command("select exists (select from audit.verifications where state = 'waiting')");
        return (bool)(await query.ExecuteScalarAsync(cancellation))!;
    }

    /// <summary>Begins the one that waits; null: none does. Only who has the lease does this, so what still seems to run was left by a node that ended.</summary>
    internal async Task<Verification?> BeginWantedAsync(string node, DateTimeOffset now, CancellationToken cancellation) => (await ReadAsync($"""
        with left_behind as (update audit.verifications set state = 'interrupted', finished_at = $2 where state = 'running')
        update audit.verifications set state = 'running', node = $1, started_at = $2 where id = (select min(id) from audit.verifications where state = 'waiting') returning {Columns}
        """, cancellation, node, now)) is [var begun] ? begun : null;

    /// <summary>Begins one of the service's own.</summary>
    internal async Task<Verification> BeginOwnAsync(string node, DateTimeOffset now, CancellationToken cancellation) => (await ReadAsync(
        $"insert into audit.verifications (cause, state, node, requested_at, started_at) values ('continuous', 'running', $1, $2, $2) returning {Columns}", cancellation, node, now))[0];

    internal Task ProgressAsync(long id, VerificationProgress progress, CancellationToken cancellation) =>
        RunAsync("update audit.verifications set size = $2, leaves = $3, events = $4 where id = $1", cancellation, id, progress.Size, progress.Leaves, progress.Events);

    internal Task EndAsync(long id, VerificationState state, string? error, DateTimeOffset now, CancellationToken cancellation) =>
        RunAsync("update audit.verifications set state = $2, error = $3, finished_at = $4 where id = $1", cancellation, id, state.ToString().ToLowerInvariant(), (object?)error ?? DBNull.Value, now);

    internal Task DoneAsync(long id, VerificationReport report, DateTimeOffset now, CancellationToken cancellation) => RunAsync("""
        update audit.verifications set state = 'done', finished_at = $2, size = $3, leaves = $3, events = $4, deleted = $5, checkpoints = $6, outside_checkpoints = $7, not_yet_protected = $8, findings = $9 where id = $1
        """, cancellation, id, now, report.Leaves, report.Events, report.Deleted, report.Checkpoints, report.OutsideCheckpoints, report.NotYetProtected, report.FindingCount);

    private async Task<Verification?> LastAsync(string which, DateTimeOffset now, CancellationToken cancellation) =>
        (await ReadAsync($"select {Columns} from audit.verifications where {which} and finished_at <= $1 order by finished_at desc, id desc limit 1", cancellation, now)) is [var found] ? found : null;

    private async Task<IReadOnlyList<Verification>> ReadAsync(string sql, CancellationToken cancellation, params object[] values)
    {
        await using var query = Command(sql, values);
        await using var row = await query.ExecuteReaderAsync(cancellation);
        var read = new List<Verification>();
        while (await row.ReadAsync(cancellation))
        {
            string? Text(int column) => row.IsDBNull(column) ? null : row.GetString(column);
            read.Add(new(row.GetInt64(0), row.GetString(1) == "requested", Enum.Parse<VerificationState>(row.GetString(2), ignoreCase: true), Text(3), row.Time(4), row.TimeOrNull(5), row.TimeOrNull(6), Text(7),
                row.GetInt64(8), row.GetInt64(9), row.GetInt64(10), row.GetInt64(11), row.GetInt64(12), row.GetInt64(13), row.IsDBNull(14) ? null : row.GetInt64(14), row.GetInt64(15), Text(16)));
        }
        return read;
    }

    private async Task RunAsync(string sql, CancellationToken cancellation, params object[] values)
    {
        await using var command = Command(sql, values);
        await command.ExecuteNonQueryAsync(cancellation);
    }

    private NpgsqlCommand Command(string sql, params object[] values)
    {
        var command = source.CreateCommand(sql);
        foreach (var value in values) command.Parameters.Add(new() { Value = value });
        return command;
    }
}
