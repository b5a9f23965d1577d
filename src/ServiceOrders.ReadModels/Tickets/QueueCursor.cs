using System.Buffers.Binary;
using System.Buffers.Text;
using System.Security.Cryptography;

namespace ServiceOrders.ReadModels.Tickets;

/// <summary>
/// Where a page of the queue ended: the sort keys of its last row. Opaque text; bound to filter and order, and guarded by a check sum, so that a
/// cursor of another list, or a changed one, is refused. It names a place, not a number of rows: what comes and goes elsewhere moves nothing.
/// </summary>
/// <param name="Rank">The priority, where the list is sorted by it; else 0.</param>
/// <param name="At">The instant that the list is sorted by.</param>
/// <param name="Id">The last row's id.</param>
internal readonly record struct QueueCursor(short Rank, DateTime At, Guid Id)
{
    private const byte Format = 1;
    private const int Length = 1 + 2 + 8 + 16 + 8;
    private const int SumAt = Length - 8;

    public string Write(byte[] list)
    {
        Span<byte> bytes = stackalloc byte[Length];
        bytes[0] = Format;
        BinaryPrimitives.WriteInt16BigEndian(bytes[1..], Rank);
        BinaryPrimitives.WriteInt64BigEndian(bytes[3..], At.Ticks);
        Id.TryWriteBytes(bytes[11..], bigEndian: true, out _);
        Sum(bytes[..SumAt], list, bytes[SumAt..]);
        return Base64Url.EncodeToString(bytes);
    }

    /// <exception cref="InvalidCursorException">It is none, was changed, or belongs to another list.</exception>
    public static QueueCursor Read(string text, byte[] list)
    {
        Span<byte> bytes = stackalloc byte[Length];
        Span<byte> sum = stackalloc byte[8];
        if (text.Length != Base64Url.GetEncodedLength(Length) || !Base64Url.TryDecodeFromChars(text, bytes, out var written) || written != Length || bytes[0] != Format)
        {
            throw new InvalidCursorException();
        }
        Sum(bytes[..SumAt], list, sum);
        // The sum has no key: whoever knows how can make one that is right around an instant that is none.
        var ticks = BinaryPrimitives.ReadInt64BigEndian(bytes[3..]);
        if (!sum.SequenceEqual(bytes[SumAt..]) || ticks < 0 || ticks > DateTime.MaxValue.Ticks) throw new InvalidCursorException();
        return new QueueCursor(BinaryPrimitives.ReadInt16BigEndian(bytes[1..]), new DateTime(ticks, DateTimeKind.Utc), new Guid(bytes.Slice(11, 16), bigEndian: true));
    }

    private static void Sum(ReadOnlySpan<byte> place, byte[] list, Span<byte> sum)
    {
        Span<byte> hash = stackalloc byte[32];
        SHA256.HashData([.. place, .. list], hash);
        hash[..8].CopyTo(sum);
    }
}

/// <summary>A cursor that is none, was changed, or belongs to a list with another filter or order.</summary>
public sealed class InvalidCursorException() : Exception("The cursor does not belong to this list: it was changed, or filter or order are not those of the page that gave it.");
