using ServiceOrders.Audit.Leaves;
using ServiceOrders.Audit.Merkle;

namespace ServiceOrders.Audit.Tests.Leaves;

/// <summary>The stream of a COPY is cut where its tuples end, however the network cuts it.</summary>
public class CopyTuplesTests
{
    private static readonly byte[] Header = Convert.FromHexString("5047434f50590aff0d0a00" + "00000000" + "00000000");
    private static readonly byte[] Trailer = [0xFF, 0xFF];

    [Theory, InlineData(1), InlineData(7), InlineData(4096), InlineData(int.MaxValue)]
    public async Task Tuples_small_and_large_come_out_whole_with_their_hashes(int piece)
    {
        // One is larger than the reader's first buffer, so that it must grow.
        var leaves = Enumerable.Range(1, 300).Select(i => EventEncoding.Encode(EventEncodingTests.Sample with { Position = i, Data = new string('x', i == 200 ? 200_000 : i * 7) })).ToList();
        using var stream = new Pieces([.. Header, .. leaves.SelectMany(l => l), .. Trailer], piece);
        var tuples = new CopyTuples(stream);
        foreach (var (leaf, i) in leaves.Select((l, i) => (l, i)))
        {
            (await tuples.NextAsync()).ShouldBeTrue();
            tuples.Current.SequenceEqual(leaf).ShouldBeTrue();
            tuples.Position.ShouldBe(i + 1);
            tuples.Hash().ShouldBe(Hashing.Leaf(leaf));
            tuples.Current.SequenceEqual(leaf).ShouldBeTrue("Hashing leaves the tuple as it is.");
        }
        (await tuples.NextAsync()).ShouldBeFalse();
    }

    [Fact]
    public async Task An_empty_copy_has_no_tuple() => (await new CopyTuples(new Pieces([.. Header, .. Trailer], 3)).NextAsync()).ShouldBeFalse();

    [Fact]
    public async Task A_stream_that_breaks_off_anywhere_is_no_end()
    {
        byte[] whole = [.. Header, .. EventEncoding.Encode(EventEncodingTests.Sample), .. Trailer];
        for (var length = 0; length < whole.Length; length++)
        {
            var tuples = new CopyTuples(new Pieces(whole[..length], int.MaxValue));
            await Should.ThrowAsync<InvalidDataException>(async () =>
            {
                while (await tuples.NextAsync()) tuples.Hash();
            });
        }
    }

    [Fact]
    public async Task What_is_no_copy_of_leaves_is_refused()
    {
        var leaf = EventEncoding.Encode(EventEncodingTests.Sample);
        byte[][] broken = [[.. Header[..^1], 1, .. leaf], [.. Header, 0, 13, .. leaf[2..]], [.. Header, .. leaf[..2], 0, 0, 0, 7, .. leaf[6..]], [.. Header, .. leaf[..14], 0xFF, 0xFF, 0xFF, 0xFE, .. leaf[18..]]];
        foreach (var bytes in broken) await Should.ThrowAsync<InvalidDataException>(async () => await new CopyTuples(new Pieces(bytes, int.MaxValue)).NextAsync());
    }

    /// <summary>Gives at most so many bytes a time.</summary>
    private sealed class Pieces(byte[] bytes, int piece) : MemoryStream(bytes)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => base.ReadAsync(buffer[..Math.Min(piece, buffer.Length)], cancellationToken);
    }
}
