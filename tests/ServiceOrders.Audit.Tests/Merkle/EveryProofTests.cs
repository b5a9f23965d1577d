using ServiceOrders.Audit.Merkle;

namespace ServiceOrders.Audit.Tests.Merkle;

/// <summary>All proofs of all trees up to a size, random ones beyond; and each of them broken.</summary>
public class EveryProofTests
{
    private const int Largest = 1000;
    private static readonly MemoryTree Tree = Grown(Largest);
    private static readonly TreeHash[] Roots = [.. Enumerable.Range(0, Largest + 1).Select(size => ProofBuilder.RootAsync(Tree, size).AsTask().Result)];

    [Fact]
    public async Task Proofs_and_roots_are_those_that_the_RFC_defines_for_every_tree_up_to_100_leaves()
    {
        var leaves = Enumerable.Range(0, 100).Select(i => Reference.Leaf(i)).ToArray();
        for (var size = 0; size <= leaves.Length; size++)
        {
            Roots[size].ShouldBe(Reference.Root(leaves.AsSpan(0, size)));
            for (var i = 0; i < size; i++) (await ProofBuilder.InclusionAsync(Tree, i, size)).SequenceEqual(Reference.Path(i, leaves.AsSpan(0, size))).ShouldBeTrue();
            for (var first = 1; first <= size; first++) (await ProofBuilder.ConsistencyAsync(Tree, first, size)).SequenceEqual(Reference.Proof(first, leaves.AsSpan(0, size))).ShouldBeTrue();
        }
    }

    [Fact]
    public Task Every_inclusion_proof_of_every_tree_up_to_1000_leaves_holds_and_none_holds_with_a_bit_flipped() => Parallel.ForAsync(1, Largest + 1, async (size, cancellation) =>
    {
        var random = new Random(size);
        for (var i = 0; i < size; i++)
        {
            var (leaf, path) = (Reference.Leaf(i), await ProofBuilder.InclusionAsync(Tree, i, size, cancellation));
            Assert.True(ProofVerifier.Includes(leaf, i, size, path, Roots[size]));
            if (path.Count > 0) Assert.False(ProofVerifier.Includes(leaf, i, size, Flipped(path, random), Roots[size]));
        }
    });

    [Fact]
    public Task Every_consistency_proof_between_trees_up_to_1000_leaves_holds_and_none_holds_with_a_bit_flipped() => Parallel.ForAsync(1, Largest + 1, async (second, cancellation) =>
    {
        var random = new Random(second);
        for (var first = 0; first <= second; first++)
        {
            var path = await ProofBuilder.ConsistencyAsync(Tree, first, second, cancellation);
            Assert.True(ProofVerifier.IsConsistent(first, Roots[first], second, Roots[second], path));
            if (path.Count > 0) Assert.False(ProofVerifier.IsConsistent(first, Roots[first], second, Roots[second], Flipped(path, random)));
        }
    });

    [Fact]
    public async Task Every_single_bit_of_every_proof_counts()
    {
        for (var size = 1; size <= 20; size++)
        {
            for (var i = 0; i < size; i++)
            {
                var inclusion = await ProofBuilder.InclusionAsync(Tree, i, size);
                for (var bit = 0; bit < 256; bit++) Assert.False(ProofVerifier.Includes(Flipped(Reference.Leaf(i), bit), i, size, inclusion, Roots[size]));
                for (var bit = 0; bit < inclusion.Count * 256; bit++) Assert.False(ProofVerifier.Includes(Reference.Leaf(i), i, size, Flipped(inclusion, bit), Roots[size]));
                var consistency = await ProofBuilder.ConsistencyAsync(Tree, i, size);
                for (var bit = 0; bit < 256; bit++) Assert.False(ProofVerifier.IsConsistent(i, Flipped(Roots[i], bit), size, Roots[size], consistency));
                for (var bit = 0; bit < consistency.Count * 256; bit++) Assert.False(ProofVerifier.IsConsistent(i, Roots[i], size, Roots[size], Flipped(consistency, bit)));
            }
        }
    }

    [Fact]
    public async Task No_proof_holds_for_another_leaf_place_or_tree()
    {
        const int Size = 70;
        for (var i = 0; i < Size; i++)
        {
            var path = await ProofBuilder.InclusionAsync(Tree, i, Size);
            for (var other = 0; other < Size; other++)
            {
                ProofVerifier.Includes(Reference.Leaf(i), other, Size, path, Roots[Size]).ShouldBe(other == i);
                ProofVerifier.Includes(Reference.Leaf(other), i, Size, path, Roots[Size]).ShouldBe(other == i);
                ProofVerifier.Includes(Reference.Leaf(i), i, Size, path, Roots[other + 1]).ShouldBe(other + 1 == Size);
            }
        }
    }

    [Fact]
    public async Task Random_proofs_of_large_trees_hold_and_break()
    {
        var (random, tree) = (new Random(9162), Grown(200_000));
        for (var round = 0; round < 2000; round++)
        {
            var size = random.NextInt64(1001, tree.Size + 1);
            var (index, first) = (random.NextInt64(size), random.NextInt64(1, size));
            var (root, older) = (await ProofBuilder.RootAsync(tree, size), await ProofBuilder.RootAsync(tree, first));
            var (inclusion, consistency) = (await ProofBuilder.InclusionAsync(tree, index, size), await ProofBuilder.ConsistencyAsync(tree, first, size));

            ProofVerifier.Includes(Reference.Leaf(index), index, size, inclusion, root).ShouldBeTrue();
            ProofVerifier.Includes(Reference.Leaf(index), index, size, Flipped(inclusion, random), root).ShouldBeFalse();
            ProofVerifier.IsConsistent(first, older, size, root, consistency).ShouldBeTrue();
            ProofVerifier.IsConsistent(first, older, size, root, Flipped(consistency, random)).ShouldBeFalse();
        }
    }

    private static MemoryTree Grown(int size)
    {
        var tree = new MemoryTree();
        for (var i = 0; i < size; i++) tree.Append(Reference.Leaf(i));
        return tree;
    }

    private static TreeHash[] Flipped(IReadOnlyList<TreeHash> path, Random random) => Flipped(path, random.Next(path.Count * 256));

    private static TreeHash[] Flipped(IReadOnlyList<TreeHash> path, int bit)
    {
        var flipped = path.ToArray();
        flipped[bit / 256] = Flipped(flipped[bit / 256], bit % 256);
        return flipped;
    }

    private static TreeHash Flipped(TreeHash hash, int bit)
    {
        var bytes = hash.ToArray();
        bytes[bit / 8] ^= (byte)(1 << (bit % 8));
        return TreeHash.From(bytes);
    }
}
