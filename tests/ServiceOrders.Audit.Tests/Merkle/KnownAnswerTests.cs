using ServiceOrders.Audit.Merkle;

namespace ServiceOrders.Audit.Tests.Merkle;

/// <summary>Against the test data of RFC 6962's reference implementations, which RFC 9162 keeps.</summary>
public class KnownAnswerTests
{
    [Fact]
    public void The_empty_tree_has_the_hash_of_nothing()
    {
        Hashing.Empty.ToString().ShouldBe(Known.EmptyRoot);
        new Frontier().Root.ShouldBe(Hashing.Empty);
    }

    [Fact]
    public void Leaves_and_nodes_are_hashed_apart()
    {
        Hashing.Leaf([]).ToString().ShouldBe("6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d");
        Hashing.Leaf(Convert.FromHexString("101112131415161718191a1b1c1d1e1f")).ToString().ShouldBe("3bfb960453ebaebf33727da7a1f4db38acc051d381b6da20d6d4e88f0eabfd7a");
        Hashing.Node(Known.Hash("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"), Known.Hash("202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f"))
            .ToString().ShouldBe("1a378704c17da31e2d05b6d121c2bb2c7d76f6ee6fa8f983e596c2d034963c57");
    }

    [Fact]
    public async Task Every_node_and_every_root_of_the_eight_leaves_is_the_known_one()
    {
        var tree = Known.Tree();
        for (var level = 0; level < Known.Nodes.Length; level++)
        {
            for (var i = 0; i < Known.Nodes[level].Length; i++) (await tree.ReadAsync([new(level, i)]))[0].ToString().ShouldBe(Known.Nodes[level][i]);
        }
        for (var size = 0; size <= 8; size++)
        {
            Known.Tree(size).Root.ToString().ShouldBe(Known.Roots[size]);
            (await ProofBuilder.RootAsync(tree, size)).ToString().ShouldBe(Known.Roots[size]);
        }
    }

    [Fact]
    public async Task The_known_inclusion_proofs_are_made_and_verified()
    {
        foreach (var (leaf, size, places) in Known.Inclusions)
        {
            var path = await ProofBuilder.InclusionAsync(Known.Tree(), leaf, size);
            path.ShouldBe(Known.Path(places));
            ProofVerifier.Includes(Known.Leaf(leaf), leaf, size, path, Known.Hash(Known.Roots[size])).ShouldBeTrue();
        }
    }

    [Fact]
    public async Task The_known_consistency_proofs_are_made_and_verified()
    {
        foreach (var (first, second, places) in Known.Consistencies)
        {
            var path = await ProofBuilder.ConsistencyAsync(Known.Tree(), first, second);
            path.ShouldBe(Known.Path(places));
            ProofVerifier.IsConsistent(first, Known.Hash(Known.Roots[first]), second, Known.Hash(Known.Roots[second]), path).ShouldBeTrue();
        }
    }

    [Fact]
    public void Known_inclusion_proofs_are_refused_with_anything_about_them_wrong()
    {
        foreach (var (leaf, size, places) in Known.Inclusions)
        {
            var (hash, path, root) = (Known.Leaf(leaf), Known.Path(places), Known.Hash(Known.Roots[size]));
            foreach (var index in new long[] { leaf - 1, leaf + 1, leaf ^ 2, -1, long.MaxValue }) ProofVerifier.Includes(hash, index, size, path, root).ShouldBeFalse();
            foreach (var other in new long[] { size * 2, size / 2, 0, -1 }) ProofVerifier.Includes(hash, leaf, other, path, root).ShouldBeFalse();
            ProofVerifier.Includes(Hashing.Empty, leaf, size, path, root).ShouldBeFalse();
            ProofVerifier.Includes(hash, leaf, size, path, Hashing.Empty).ShouldBeFalse();
            ProofVerifier.Includes(hash, leaf, size, [.. path, root], root).ShouldBeFalse();
            ProofVerifier.Includes(hash, leaf, size, [root, .. path], root).ShouldBeFalse();
            if (path.Length > 0) ProofVerifier.Includes(hash, leaf, size, path[..^1], root).ShouldBeFalse();
        }
    }

    [Fact]
    public void Known_consistency_proofs_are_refused_with_anything_about_them_wrong()
    {
        foreach (var (first, second, places) in Known.Consistencies.Where(c => c.First < c.Second))
        {
            var (older, newer, path) = (Known.Hash(Known.Roots[first]), Known.Hash(Known.Roots[second]), Known.Path(places));
            foreach (var other in new long[] { first - 1, first + 1, first ^ 2, -1 }) ProofVerifier.IsConsistent(other, older, second, newer, path).ShouldBeFalse();
            foreach (var other in new long[] { second * 2, second / 2, 0, -1 }) ProofVerifier.IsConsistent(first, older, other, newer, path).ShouldBeFalse();
            ProofVerifier.IsConsistent(first, Hashing.Empty, second, newer, path).ShouldBeFalse();
            ProofVerifier.IsConsistent(first, older, second, Hashing.Empty, path).ShouldBeFalse();
            ProofVerifier.IsConsistent(first, newer, second, older, path).ShouldBeFalse();
            ProofVerifier.IsConsistent(first, older, second, newer, []).ShouldBeFalse();
            ProofVerifier.IsConsistent(first, older, second, newer, path[..^1]).ShouldBeFalse();
            foreach (var garbage in new[] { older, newer, path[0] })
            {
                ProofVerifier.IsConsistent(first, older, second, newer, [.. path, garbage]).ShouldBeFalse();
                ProofVerifier.IsConsistent(first, older, second, newer, [garbage, .. path]).ShouldBeFalse();
            }
        }
    }

    [Fact]
    public void Between_equal_trees_and_from_the_empty_tree_there_is_nothing_to_prove_and_nothing_else_passes()
    {
        var (one, other) = (Known.Hash(Known.Roots[1]), Known.Hash(Known.Roots[2]));
        ProofVerifier.IsConsistent(0, Hashing.Empty, 0, Hashing.Empty, []).ShouldBeTrue();
        ProofVerifier.IsConsistent(0, Hashing.Empty, 1, one, []).ShouldBeTrue();
        ProofVerifier.IsConsistent(1, one, 1, one, []).ShouldBeTrue();

        ProofVerifier.IsConsistent(0, one, 1, one, []).ShouldBeFalse();
        ProofVerifier.IsConsistent(0, Hashing.Empty, 0, one, []).ShouldBeFalse();
        ProofVerifier.IsConsistent(0, Hashing.Empty, 1, one, [one]).ShouldBeFalse();
        ProofVerifier.IsConsistent(1, one, 1, other, []).ShouldBeFalse();
        ProofVerifier.IsConsistent(1, one, 1, one, [one]).ShouldBeFalse();
        ProofVerifier.IsConsistent(1, one, 2, other, []).ShouldBeFalse();
        ProofVerifier.IsConsistent(2, other, 1, one, []).ShouldBeFalse();
    }

    [Fact]
    public async Task A_proof_about_what_is_not_there_is_not_made()
    {
        var tree = Known.Tree();
        await Should.ThrowAsync<ArgumentOutOfRangeException>(async () => await ProofBuilder.InclusionAsync(tree, 8, 8));
        await Should.ThrowAsync<ArgumentOutOfRangeException>(async () => await ProofBuilder.InclusionAsync(tree, -1, 8));
        await Should.ThrowAsync<ArgumentOutOfRangeException>(async () => await ProofBuilder.ConsistencyAsync(tree, 5, 4));
        (await Should.ThrowAsync<MissingNodeException>(async () => await ProofBuilder.InclusionAsync(tree, 0, 9))).Node.ShouldBe(new TreeNode(0, 8));
    }
}
