using ServiceOrders.Audit.Merkle;

namespace ServiceOrders.Audit.Tests.Merkle;

/// <summary>The growing edge, and the tiles that a tree is kept in.</summary>
public class FrontierTests
{
    [Fact]
    public async Task An_edge_that_is_put_away_and_taken_up_again_at_any_size_goes_on_to_the_same_roots()
    {
        var (tree, edge) = (new MemoryTree(), new Frontier());
        for (var size = 0; size <= 300; size++)
        {
            edge.Root.ShouldBe(tree.Root);
            edge.Root.ShouldBe(await ProofBuilder.RootAsync(tree, size));
            edge.Nodes.ShouldBe((await Frontier.ReadAsync(tree, size)).Nodes);
            edge = new Frontier(size, edge.Nodes);
            edge.Append(Reference.Leaf(size));
            tree.Append(Reference.Leaf(size));
        }
    }

    [Fact]
    public void An_edge_of_another_size_is_refused()
    {
        Should.Throw<ArgumentException>(() => new Frontier(3, [Hashing.Empty]));
        Should.Throw<ArgumentException>(() => new Frontier(-1, []));
        var edge = new Frontier();
        edge.Append(Hashing.Empty);
        Should.Throw<ArgumentException>(() => edge.Append(Hashing.Empty, level: 1));
    }

    [Fact]
    public void Whole_subtrees_can_be_appended_in_place_of_their_leaves()
    {
        var (leaf, whole) = (new Frontier(), new Frontier());
        for (var i = 0; i < 1024; i++)
        {
            leaf.Append(Reference.Leaf(i));
            if (i % 256 != 255) continue;
            var tile = Enumerable.Range(i - 255, 256).SelectMany(l => Reference.Leaf(l).ToArray()).ToArray();
            whole.Append(Tiles.Root(tile), Tiles.Height);
            whole.Root.ShouldBe(leaf.Root);
        }
        var copy = whole.Copy();
        copy.Append(Hashing.Empty);
        whole.Size.ShouldBe(1024);
        whole.Root.ShouldBe(leaf.Root);
    }

    [Fact]
    public async Task Proofs_from_tiles_are_those_of_the_whole_tree()
    {
        var (tree, tiles, random) = (new MemoryTree(), new TilesInMemory(), new Random(7));
        var nodes = new TileNodes(tiles);
        for (var size = 1; size <= 70_000; size++)
        {
            tree.Append(Reference.Leaf(size - 1));
            tiles.Append(Reference.Leaf(size - 1));
            if (size > 600 && size % 997 != 0 && size is not (65_535 or 65_536 or 65_537)) continue;
            var (at, first) = (random.Next(size), random.Next(1, size + 1));
            (await ProofBuilder.RootAsync(nodes, size)).ShouldBe(tree.Root);
            (await ProofBuilder.InclusionAsync(nodes, at, size)).ShouldBe(await ProofBuilder.InclusionAsync(tree, at, size));
            (await ProofBuilder.ConsistencyAsync(nodes, first, size)).ShouldBe(await ProofBuilder.ConsistencyAsync(tree, first, size));
        }
        tiles.Levels.ShouldBe(3);
    }

    [Fact]
    public async Task A_tile_that_is_missing_or_too_short_is_noticed()
    {
        var tiles = new TilesInMemory();
        for (var i = 0; i < 300; i++) tiles.Append(Reference.Leaf(i));
        await Should.ThrowAsync<MissingNodeException>(async () => await ProofBuilder.RootAsync(new TileNodes(tiles), 301));
        await Should.ThrowAsync<MissingNodeException>(async () => await ProofBuilder.RootAsync(new TileNodes(tiles), 600));
        Should.Throw<ArgumentException>(() => Tiles.Root(new byte[Tiles.FullLength - TreeHash.Length]));
        Should.Throw<ArgumentException>(() => Tiles.Node(new byte[33], new TreeNode(0, 0)));
    }

    /// <summary>Tiles as a database keeps them: every eighth level.</summary>
    private sealed class TilesInMemory : ITileSource
    {
        private readonly Frontier _edge = new();
        private readonly Dictionary<Tile, List<byte>> _tiles = [];

        public int Levels => _tiles.Keys.Max(t => t.Level) + 1;

        public void Append(TreeHash leaf)
        {
            Put(new TreeNode(0, _edge.Size), leaf);
            _edge.Append(leaf, completed: (node, hash) =>
            {
                if (node.Level % Tiles.Height == 0) Put(node, hash);
            });
        }

        private void Put(TreeNode node, TreeHash hash)
        {
            var tile = Tiles.Of(node);
            if (!_tiles.TryGetValue(tile, out var bytes)) _tiles[tile] = bytes = [];
            bytes.Count.ShouldBeLessThan(Tiles.FullLength);
            bytes.AddRange(hash.ToArray());
        }

        public ValueTask<IReadOnlyDictionary<Tile, ReadOnlyMemory<byte>>> ReadAsync(IReadOnlyCollection<Tile> tiles, CancellationToken cancellation = default) =>
            new(tiles.Where(_tiles.ContainsKey).ToDictionary(t => t, t => (ReadOnlyMemory<byte>)_tiles[t].ToArray()));
    }
}
