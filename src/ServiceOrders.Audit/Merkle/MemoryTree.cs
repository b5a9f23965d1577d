namespace ServiceOrders.Audit.Merkle;

/// <summary>A whole tree in memory, every level of it: for tests, for small trees, and to check what larger ones say.</summary>
public sealed class MemoryTree : INodeSource
{
    private readonly List<List<TreeHash>> _levels = [[]];
    private readonly Frontier _edge = new();

    /// <summary>The number of leaves.</summary>
    public long Size => _edge.Size;

    /// <summary>The root.</summary>
    public TreeHash Root => _edge.Root;

    /// <summary>Appends a leaf's hash.</summary>
    public void Append(TreeHash leaf)
    {
        _levels[0].Add(leaf);
        _edge.Append(leaf, completed: (node, hash) =>
        {
            if (_levels.Count == node.Level) _levels.Add([]);
            _levels[node.Level].Add(hash);
        });
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<TreeHash>> ReadAsync(IReadOnlyList<TreeNode> nodes, CancellationToken cancellation = default)
    {
        var hashes = new TreeHash[nodes.Count];
        for (var i = 0; i < hashes.Length; i++)
        {
            var (level, index) = nodes[i];
            if (level >= _levels.Count || index >= _levels[level].Count) throw new MissingNodeException(nodes[i]);
            hashes[i] = _levels[level][(int)index];
        }
        return new(hashes);
    }
}
