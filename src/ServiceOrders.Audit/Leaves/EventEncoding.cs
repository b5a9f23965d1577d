using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using ServiceOrders.Audit.Merkle;

namespace ServiceOrders.Audit.Leaves;

/// <summary>
/// The bytes of a leaf: the tuple that PostgreSQL's binary COPY emits for <see cref="Columns"/>. The number of fields as int16, then each field as its length in bytes (int32, −1 for null)
/// and its bytes; every number is big-endian. Whoever reads the store by COPY has the leaf without parsing anything; whoever has the values makes the same bytes here.
/// </summary>
public static class EventEncoding
{
    /// <summary>What a leaf holds, as the list of a select from <c>events.mt_events</c>.</summary>
    public const string Columns = "seq_id, id, stream_id, version, data::text, bdata, type, timestamp, tenant_id, mt_dotnet_type, correlation_id, causation_id, headers::text, user_name";

    /// <summary>How many fields that is.</summary>
    public const short FieldCount = 14;

    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);
    private static readonly DateTimeOffset PostgresEpoch = new(2000, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>The leaf of an event.</summary>
    /// <exception cref="ArgumentException">The event cannot be PostgreSQL's: its time has parts of a microsecond, or a text is no Unicode.</exception>
    public static byte[] Encode(EventRecord record)
    {
        var leaf = new ArrayBufferWriter<byte>(256 + record.Data.Length);
        BinaryPrimitives.WriteInt16BigEndian(leaf.GetSpan(2), FieldCount);
        leaf.Advance(2);
        Write(leaf, record.Position);
        Write(leaf, record.Id);
        if (record.StreamId is { } stream) Write(leaf, stream);
        else WriteNull(leaf);
        Write(leaf, record.Version);
        Write(leaf, record.Data);
        Write(leaf, record.BinaryData);
        Write(leaf, record.Type);
        Write(leaf, Microseconds(record.RecordedAt));
        foreach (var text in (string?[])[record.TenantId, record.DotNetType, record.CorrelationId, record.CausationId, record.Headers, record.UserName]) Write(leaf, text);
        return leaf.WrittenSpan.ToArray();
    }

    /// <summary>The hash of an event's leaf.</summary>
    /// <exception cref="ArgumentException">As for <see cref="Encode"/>.</exception>
    public static TreeHash HashOf(EventRecord record) => Hashing.Leaf(Encode(record));

    /// <summary>The event of a leaf.</summary>
    /// <exception cref="FormatException">The bytes are no leaf, or its time is beyond what a calendar of this runtime reaches (PostgreSQL's infinity).</exception>
    public static EventRecord Decode(ReadOnlySpan<byte> leaf)
    {
        var fields = new LeafFields(leaf);
        var record = new EventRecord(fields.Number(), fields.Uuid() ?? throw LeafFields.Broken(), fields.Uuid(), fields.Number(), fields.Text() ?? throw LeafFields.Broken(), fields.Bytes(),
            fields.Text() ?? throw LeafFields.Broken(), Time(fields.Number()), fields.Text(), fields.Text(), fields.Text(), fields.Text(), fields.Text(), fields.Text());
        fields.End();
        return record;
    }

    /// <summary>The fields of a leaf, in the order of <see cref="Columns"/>, as the bytes that stand for them.</summary>
    /// <exception cref="FormatException">The bytes are no leaf.</exception>
    public static byte[]?[] Split(ReadOnlySpan<byte> leaf)
    {
        var fields = new LeafFields(leaf);
        var split = new byte[]?[FieldCount];
        for (var i = 0; i < split.Length; i++) split[i] = fields.Bytes();
        fields.End();
        return split;
    }

    /// <summary>The leaf of fields as <see cref="Split"/> gives them.</summary>
    public static byte[] Join(IReadOnlyCollection<byte[]?> fields)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(fields.Count, FieldCount);
        var leaf = new ArrayBufferWriter<byte>();
        BinaryPrimitives.WriteInt16BigEndian(leaf.GetSpan(2), FieldCount);
        leaf.Advance(2);
        foreach (var field in fields) Write(leaf, field);
        return leaf.WrittenSpan.ToArray();
    }

    /// <summary>The kind of event that a leaf holds, in UTF-8, without reading the rest of it.</summary>
    /// <exception cref="FormatException">The bytes are no leaf.</exception>
    public static ReadOnlySpan<byte> TypeOf(ReadOnlySpan<byte> leaf)
    {
        const int Before = 6;
        var fields = new LeafFields(leaf);
        for (var i = 0; i < Before; i++) fields.Next(out _);
        return fields.Next(out _);
    }

    private static long Microseconds(DateTimeOffset time)
    {
        var ticks = (time - PostgresEpoch).Ticks;
        return ticks % TimeSpan.TicksPerMicrosecond == 0 ? ticks / TimeSpan.TicksPerMicrosecond
            : throw new ArgumentException("A recorded time has whole microseconds.", nameof(time));
    }

    private static DateTimeOffset Time(long microseconds)
    {
        try
        {
            return PostgresEpoch.AddTicks(checked(microseconds * TimeSpan.TicksPerMicrosecond));
        }
        catch (Exception e) when (e is OverflowException or ArgumentOutOfRangeException)
        {
            throw new FormatException("The event's time is beyond the calendar.", e);
        }
    }

    private static void Write(ArrayBufferWriter<byte> leaf, long value) => BinaryPrimitives.WriteInt64BigEndian(Field(leaf, sizeof(long)), value);

    private static void Write(ArrayBufferWriter<byte> leaf, Guid value) => value.TryWriteBytes(Field(leaf, 16), bigEndian: true, out _);

    private static void Write(ArrayBufferWriter<byte> leaf, string? value)
    {
        if (value is null) WriteNull(leaf);
        else Utf8.GetBytes(value, Field(leaf, Utf8.GetByteCount(value)));
    }

    private static void Write(ArrayBufferWriter<byte> leaf, byte[]? value)
    {
        if (value is null) WriteNull(leaf);
        else value.CopyTo(Field(leaf, value.Length));
    }

    private static void WriteNull(ArrayBufferWriter<byte> leaf)
    {
        BinaryPrimitives.WriteInt32BigEndian(leaf.GetSpan(4), -1);
        leaf.Advance(4);
    }

    /// <summary>Writes a field's length and gives the room for its bytes.</summary>
    private static Span<byte> Field(ArrayBufferWriter<byte> leaf, int length)
    {
        var span = leaf.GetSpan(4 + length);
        BinaryPrimitives.WriteInt32BigEndian(span, length);
        leaf.Advance(4 + length);
        return span.Slice(4, length);
    }
}
