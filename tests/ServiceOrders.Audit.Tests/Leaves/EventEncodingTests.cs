using System.Globalization;
using ServiceOrders.Audit.Leaves;
using ServiceOrders.Audit.Merkle;

namespace ServiceOrders.Audit.Tests.Leaves;

/// <summary>The bytes of a leaf, against bytes put together by hand from PostgreSQL's documentation of COPY. That a real server emits the same is tested with the log.</summary>
public class EventEncodingTests
{
    public static readonly EventRecord Sample = new(258, Guid.Parse("00112233-4455-6677-8899-aabbccddeeff"), Guid.Parse("0f0e0d0c-0b0a-0908-0706-050403020100"), 3,
        """{"text": "王芳"}""", null, "note_added", DateTimeOffset.Parse("2000-01-01T00:00:01.000002Z", CultureInfo.InvariantCulture), "*DEFAULT*", "A.B, C", null, "", "{}", "staff:li");

    private const string SampleLeaf =
        "000e" + "00000008" + "0000000000000102" + "00000010" + "00112233445566778899aabbccddeeff" + "00000010" + "0f0e0d0c0b0a09080706050403020100" + "00000008" + "0000000000000003" +
        "00000012" + "7b2274657874223a2022e78e8be88ab3227d" + "ffffffff" + "0000000a" + "6e6f74655f6164646564" + "00000008" + "00000000000f4242" + "00000009" + "2a44454641554c542a" +
        "00000006" + "412e422c2043" + "ffffffff" + "00000000" + "00000002" + "7b7d" + "00000008" + "73746166663a6c69";

    [Fact]
    public void A_leaf_is_the_tuple_of_a_binary_copy()
    {
        Convert.ToHexStringLower(EventEncoding.Encode(Sample)).ShouldBe(SampleLeaf);
        EventEncoding.HashOf(Sample).ShouldBe(Hashing.Leaf(Convert.FromHexString(SampleLeaf)));
    }

    [Fact]
    public void What_was_encoded_is_decoded_again()
    {
        EventEncoding.Decode(Convert.FromHexString(SampleLeaf)).ShouldBe(Sample);
        var sparse = new EventRecord(1, Guid.Empty, null, 1, "null", null, "t", DateTimeOffset.Parse("1999-12-31T23:59:59.999999Z", CultureInfo.InvariantCulture), null, null, null, null, null, null);
        EventEncoding.Decode(EventEncoding.Encode(sparse)).ShouldBe(sparse);
        EventEncoding.Decode(EventEncoding.Encode(sparse with { BinaryData = [1, 2] })).BinaryData.ShouldBe([1, 2]);
    }

    [Fact]
    public void A_leaf_is_taken_apart_into_its_fields_and_put_together_again()
    {
        var leaf = Convert.FromHexString(SampleLeaf);
        var fields = EventEncoding.Split(leaf);
        fields.Length.ShouldBe(EventEncoding.FieldCount);
        fields[5].ShouldBeNull();
        fields[11].ShouldBe([]);
        EventEncoding.Join(fields).ShouldBe(leaf);
        EventEncoding.TypeOf(leaf).SequenceEqual("note_added"u8).ShouldBeTrue();
        Should.Throw<FormatException>(() => EventEncoding.Split(leaf.AsSpan(1)));
    }

    [Fact]
    public void Null_and_empty_are_different_leaves_and_so_is_every_shift_between_neighbouring_texts()
    {
        EventRecord[] records = [Sample with { UserName = null }, Sample with { UserName = "" }, Sample with { CorrelationId = "ab", CausationId = "c" }, Sample with { CorrelationId = "a", CausationId = "bc" }];
        records.Select(EventEncoding.HashOf).Distinct().Count().ShouldBe(records.Length);
    }

    [Fact]
    public void What_no_server_could_hold_is_not_encoded()
    {
        Should.Throw<ArgumentException>(() => EventEncoding.Encode(Sample with { RecordedAt = Sample.RecordedAt.AddTicks(1) }));
        Should.Throw<ArgumentException>(() => EventEncoding.Encode(Sample with { Data = "\ud800" }));
    }

    [Fact]
    public void Bytes_that_are_no_leaf_are_refused()
    {
        var leaf = Convert.FromHexString(SampleLeaf);
        for (var length = 0; length < leaf.Length; length++) Should.Throw<FormatException>(() => EventEncoding.Decode(leaf.AsSpan(0, length)));
        Should.Throw<FormatException>(() => EventEncoding.Decode([.. leaf, 0]));
        Should.Throw<FormatException>(() => EventEncoding.Decode([0, 13, .. leaf[2..]]));
        // PostgreSQL's infinity is beyond every calendar.
        var infinite = leaf.AsSpan().ToArray();
        Convert.FromHexString("7fffffffffffffff").CopyTo(infinite, SampleLeaf.IndexOf("00000000000f4242", StringComparison.Ordinal) / 2);
        Should.Throw<FormatException>(() => EventEncoding.Decode(infinite));
    }
}
