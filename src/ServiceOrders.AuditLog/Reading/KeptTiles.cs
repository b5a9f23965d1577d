using ServiceOrders.Audit.Merkle;

namespace ServiceOrders.AuditLog.Reading;

/// <summary>Tiles that are read once and kept: for proofs of many leaves against one checkpoint. Lives as long as the request that it is made for.</summary>
/// <param name="source">Where they are read.</param>
public sealed class KeptTiles(ITileSource source) : ITileSource
{
    private readonly Dictionary<Tile, ReadOnlyMemory<byte>> _kept = [];

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyDictionary<Tile, ReadOnlyMemory<byte>>> ReadAsync(IReadOnlyCollection<Tile> tiles, CancellationToken cancellation = default)
    {
        Tile[] missing = [.. tiles.Where(tile => !_kept.ContainsKey(tile))];
        if (missing.Length > 0)
            foreach (var (tile, hashes) in await source.ReadAsync(missing, cancellation).ConfigureAwait(false)) _kept[tile] = hashes;
        return _kept;
    }
}
