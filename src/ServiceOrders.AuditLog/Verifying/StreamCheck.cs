using System.Globalization;
using Npgsql;

namespace ServiceOrders.AuditLog.Verifying;

/// <summary>
/// Looks for streams that are there in part: events are deleted by whole streams or not at all, so versions run from 1 without a gap, up to what the stream's head says. Goes over the index of streams
/// and versions, some thousand streams at a time.
/// </summary>
/// <param name="source">The database.</param>
/// <param name="findings">Takes what is wrong, and tells what was found already.</param>
internal sealed class StreamCheck(NpgsqlDataSource source, FindingList findings)
{
    private const int Batch = 5000, MostLookedInto = 500;

    private const string Streams = """
        with page as (select stream_id, count(*) as events, min(version) as first, max(version) as last from events.mt_events where stream_id > $1 group by stream_id order by stream_id limit $2)
        select p.stream_id, coalesce(p.events = p.last and p.first = 1 and p.last = coalesce(s.version, p.last), false), coalesce(s.version, p.last, 0) from page p left join events.mt_streams s on s.id = p.stream_id order by p.stream_id
        """;

    // Where versions leave something out: the positions before and after; what was there stood between them.
    private const string Gaps = """
        select coalesce(lag(seq_id) over (order by version), $3), seq_id, version is distinct from coalesce(lag(version) over (order by version), 0) + 1 from events.mt_events where stream_id = $1
        union all (select seq_id, $4, version is distinct from $2 from events.mt_events where stream_id = $1 order by version desc limit 1)
        """;

    private int _lookedInto;

    public async Task RunAsync(CancellationToken cancellation)
    {
        for (Guid? after = Guid.Empty; after is { } last;) after = await PageAsync(last, cancellation);
    }

    private async Task<Guid?> PageAsync(Guid after, CancellationToken cancellation)
    {
        var (last, read, partial) = (after, 0, new List<(Guid Stream, long Head)>());
        await using (var query = source.CreateCommand(Streams))
        {
            query.Parameters.Add(new() { Value = after });
            query.Parameters.Add(new() { Value = Batch });
            await using var rows = await query.ExecuteReaderAsync(cancellation);
            for (; await rows.ReadAsync(cancellation); read++)
            {
                last = rows.GetGuid(0);
                if (!rows.GetBoolean(1)) partial.Add((last, rows.GetInt64(2)));
            }
        }
        foreach (var (stream, head) in partial)
        {
            if (!findings.IsNamed(stream) && (_lookedInto++ >= MostLookedInto || await IsNewsAsync(stream, head, cancellation)))
                findings.Add(new(FindingKind.Removed, "stream", null, null, stream, null, string.Create(CultureInfo.InvariantCulture, $"A part of stream {stream} was removed: its versions do not run from 1 to {head}.")));
        }
        return read < Batch ? null : last;
    }

    /// <summary>Whether there is a gap in which nothing was found yet.</summary>
    private async Task<bool> IsNewsAsync(Guid stream, long head, CancellationToken cancellation)
    {
        await using var query = source.CreateCommand(Gaps);
        foreach (var value in (object[])[stream, head, long.MinValue, long.MaxValue]) query.Parameters.Add(new() { Value = value });
        await using var rows = await query.ExecuteReaderAsync(cancellation);
        while (await rows.ReadAsync(cancellation))
        {
            if (rows.GetBoolean(2) && !findings.HasBetween(rows.GetInt64(0), rows.GetInt64(1))) return true;
        }
        return false;
    }
}
