namespace ServiceOrders.Audit.Merkle;

/// <summary>Where tiles are kept.</summary>
public interface ITileSource
{
    /// <summary>The hashes of these tiles, one after another, as far as each reaches; a tile that is not there is left out.</summary>
    ValueTask<IReadOnlyDictionary<Tile, ReadOnlyMemory<byte>>> ReadAsync(IReadOnlyCollection<Tile> tiles, CancellationToken cancellation = default);
}

/// <summary>The nodes of a tree that is kept in tiles.</summary>
/// <param name="tiles">Where they are kept.</param>
public sealed class TileNodes(ITileSource tiles) : INodeSource
{
    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<TreeHash>> ReadAsync(IReadOnlyList<TreeNode> nodes, CancellationToken cancellation = default)
    {
        var read = await tiles.ReadAsync([.. nodes.Select(Tiles.Of).Distinct()], cancellation);
        return [.. nodes.Select(node => read.TryGetValue(Tiles.Of(node), out var tile) ? Tiles.Node(tile.Span, node) : throw new MissingNodeException(node))];
    }
}
