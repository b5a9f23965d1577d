namespace ServiceOrders.Audit.Merkle;

/// <summary>Where the hashes of complete nodes come from: the tiles of a database, or a tree in memory.</summary>
public interface INodeSource
{
    /// <summary>The hashes of these nodes, in their order. A proof asks once for all that it needs, at most some hundred.</summary>
    /// <exception cref="MissingNodeException">One is not there.</exception>
    ValueTask<IReadOnlyList<TreeHash>> ReadAsync(IReadOnlyList<TreeNode> nodes, CancellationToken cancellation = default);
}

/// <summary>A source of nodes lacks one that a tree of the size asked for has.</summary>
/// <param name="node">Which.</param>
public sealed class MissingNodeException(TreeNode node) : Exception($"The node {node.Index} of level {node.Level} is missing.")
{
    /// <summary>Which.</summary>
    public TreeNode Node { get; } = node;
}
