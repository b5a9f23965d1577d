using Npgsql;
using NpgsqlTypes;
using ServiceOrders.AuditLog.Reading;

namespace ServiceOrders.AuditLog.Verifying;

/// <summary>A finding as it was kept.</summary>
/// <param name="Id">From 1, rising.</param>
/// <param name="Finding">What was found.</param>
/// <param name="FoundAt">When first.</param>
/// <param name="RunId">By which verification.</param>
/// <param name="LastFoundAt">When last.</param>
/// <param name="LastRunId">By which verification.</param>
/// <param name="IsStanding">Whether the last verification that looked at everything found it as well.</param>
public sealed record KeptFinding(long Id, Finding Finding, DateTimeOffset FoundAt, long RunId, DateTimeOffset LastFoundAt, long LastRunId, bool IsStanding);

/// <summary>The findings of all verifications.</summary>
/// <param name="source">The database.</param>
public sealed class FindingTable(NpgsqlDataSource source)
{
    /// <summary>Those before one, the newest first.</summary>
    /// <param name="below">Only of smaller numbers.</param>
    /// <param name="limit">At most so many.</param>
    /// <param name="now">What ended later did not end.</param>
    /// <param name="standing">Only those that the last complete verification found.</param>
    /// <param name="cancellation">Cancels.</param>
    public async Task<IReadOnlyList<KeptFinding>> ListAsync(long below, int limit, DateTimeOffset now, bool standing = false, CancellationToken cancellation = default)
    {
        await using var query = source.CreateCommand("""
            with last as (select coalesce((select id from audit.verifications where state = 'done' and finished_at <= $4 order by finished_at desc, id desc limit 1), 0) as id)
            select f.id, kind, subject, leaf_index, position, stream_id, version, detail, found_at, run_id, last_found_at, last_run_id, last_run_id >= last.id
            from audit.findings f, last where f.id < $1 and (not $3 or last_run_id >= last.id) order by f.id desc limit $2
            """);
        foreach (var value in (object[])[below, limit, standing, now]) query.Parameters.Add(new() { Value = value });
        await using var row = await query.ExecuteReaderAsync(cancellation);
        var read = new List<KeptFinding>();
        while (await row.ReadAsync(cancellation))
        {
            long? Number(int column) => row.IsDBNull(column) ? null : row.GetInt64(column);
            read.Add(new(row.GetInt64(0), new Finding(Enum.Parse<FindingKind>(row.GetString(1)), row.GetString(2), Number(3), Number(4), row.IsDBNull(5) ? null : row.GetGuid(5), Number(6), row.GetString(7)),
                row.Time(8), row.GetInt64(9), row.Time(10), row.GetInt64(11), row.GetBoolean(12)));
        }
        return read;
    }

    /// <summary>Keeps what a verification found.</summary>
    /// <returns>Those that are new.</returns>
    internal async Task<IReadOnlyList<Finding>> KeepAsync(long run, IReadOnlyList<Finding> findings, DateTimeOffset now, CancellationToken cancellation)
    {
        var fresh = new List<Finding>();
        foreach (var finding in findings)
        {
            await using var command = source.CreateCommand("""
                insert into audit.findings as f (fingerprint, kind, subject, leaf_index, position, stream_id, version, detail, found_at, run_id, last_found_at, last_run_id)
                values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $9, $10)
                on conflict (fingerprint) do update set last_found_at = excluded.last_found_at, last_run_id = excluded.last_run_id, detail = excluded.detail
                returning run_id = $10
                """);
            foreach (var text in (string[])[finding.Fingerprint, finding.Kind.ToString(), finding.Subject]) command.Parameters.Add(new() { Value = text });
            foreach (var number in (long?[])[finding.LeafIndex, finding.Position]) command.Parameters.Add(new() { Value = OrNull(number), NpgsqlDbType = NpgsqlDbType.Bigint });
            command.Parameters.Add(new() { Value = OrNull(finding.StreamId), NpgsqlDbType = NpgsqlDbType.Uuid });
            command.Parameters.Add(new() { Value = OrNull(finding.Version), NpgsqlDbType = NpgsqlDbType.Bigint });
            foreach (var value in (object[])[finding.Detail, now, run]) command.Parameters.Add(new() { Value = value });
            if ((bool)(await command.ExecuteScalarAsync(cancellation))!) fresh.Add(finding);
        }
        return fresh;
    }

    private static object OrNull<T>(T? value)
        where T : struct => value.HasValue ? value.Value : DBNull.Value;
}
