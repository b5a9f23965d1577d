using System.Buffers.Binary;
using System.Text;

namespace ServiceOrders.Audit.Leaves;

/// <summary>Reads a leaf's fields one after another, and refuses what is none.</summary>
/// <param name="leaf">The tuple.</param>
internal ref struct LeafFields(ReadOnlySpan<byte> leaf)
{
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private ReadOnlySpan<byte> _rest = leaf.Length >= 2 && BinaryPrimitives.ReadInt16BigEndian(leaf) == EventEncoding.FieldCount ? leaf[2..] : throw Broken();

    /// <summary>The next field's bytes.</summary>
    /// <param name="isNull">Whether it is null.</param>
    /// <exception cref="FormatException">There is none.</exception>
    public ReadOnlySpan<byte> Next(out bool isNull)
    {
        if (_rest.Length < 4) throw Broken();
        var length = BinaryPrimitives.ReadInt32BigEndian(_rest);
        isNull = length == -1;
        if (length < -1 || _rest.Length - 4 < length) throw Broken();
        var field = _rest.Slice(4, Math.Max(0, length));
        _rest = _rest[(4 + field.Length)..];
        return field;
    }

    /// <summary>A bigint, or the microseconds of a timestamp.</summary>
    public long Number() => Next(out _) is { Length: sizeof(long) } field ? BinaryPrimitives.ReadInt64BigEndian(field) : throw Broken();

    /// <summary>A uuid, or null.</summary>
    public Guid? Uuid() => Next(out var isNull) is var field && isNull ? null : field.Length == 16 ? new Guid(field, bigEndian: true) : throw Broken();

    /// <summary>A text, or null.</summary>
    public string? Text()
    {
        var field = Next(out var isNull);
        try
        {
            return isNull ? null : Utf8.GetString(field);
        }
        catch (DecoderFallbackException)
        {
            throw Broken();
        }
    }

    /// <summary>Bytes, or null.</summary>
    public byte[]? Bytes() => Next(out var isNull) is var field && isNull ? null : field.ToArray();

    /// <summary>Nothing may follow.</summary>
    public readonly void End()
    {
        if (_rest.Length > 0) throw Broken();
    }

    internal static FormatException Broken() => new("These bytes are no leaf of the audit log.");
}
