using Npgsql;
using ServiceOrders.Audit.Merkle;
using ServiceOrders.AuditLog.Reading;

namespace ServiceOrders.AuditLog.Verifying;

/// <summary>
/// How far the log reaches. The number of a row alone is not believed: a single one of some trillion would keep a verification from ever ending. Up to some missing tiles it goes on, and each of
/// them is a finding; what stands beyond more of them is one.
/// </summary>
internal static class ContiguousTiles
{
    private const int MostMissing = 4096;

    /// <summary>Reads it.</summary>
    /// <param name="source">The database.</param>
    /// <param name="findings">Takes tiles that stand beyond; null: they were told.</param>
    /// <param name="cancellation">Cancels.</param>
    public static async Task<LogExtent> ExtentAsync(NpgsqlDataSource source, FindingList? findings, CancellationToken cancellation)
    {
        await using var query = source.CreateCommand("""
            with tiles as (select tile, tile - row_number() over (order by tile) + 1 as missing from audit.leaf_tiles where tile >= 0),
                last as (select max(tile) as tile from tiles where missing <= $1)
            select t.tile, coalesce(octet_length(t.hashes) / 32, 0), coalesce(t.positions[array_upper(t.positions, 1)], 0), (select min(tile) from tiles where missing > $1)
            from last left join audit.leaf_tiles t on t.tile = last.tile
            """);
        query.Parameters.Add(new() { Value = MostMissing });
        await using var rows = await query.ExecuteReaderAsync(cancellation);
        await rows.ReadAsync(cancellation);
        if (!rows.IsDBNull(3)) findings?.Add(Finding.Of(FindingKind.LogAltered, FormattableString.Invariant($"tile 0/{rows.GetInt64(3)}"), null, null, $"Before tile {rows.GetInt64(3)} of the leaves more than {MostMissing} tiles are missing: it, and what is behind it, is no part of this log."));
        return rows.IsDBNull(0) ? new(0, 0) : new(rows.GetInt64(0) * Tiles.Width + Math.Max(1, rows.GetInt32(1)), rows.GetInt64(2));
    }
}
