using System.Buffers.Binary;
using ServiceOrders.Audit.Merkle;

namespace ServiceOrders.Audit.Leaves;

/// <summary>
/// Cuts the stream of a binary <c>COPY (select …) to stdout</c> of <see cref="EventEncoding.Columns"/> into its tuples, which are the leaves, without looking into them. One buffer, as large
/// as the largest tuple; nothing is copied to be hashed.
/// </summary>
/// <param name="copy">The stream, from its start.</param>
public sealed class CopyTuples(Stream copy)
{
    // "PGCOPY\n", 0xFF, "\r\n", 0; then the flags and the length of an extension, both 0.
    private static readonly byte[] Header = [0x50, 0x47, 0x43, 0x4F, 0x50, 0x59, 0x0A, 0xFF, 0x0D, 0x0A, 0x00, 0, 0, 0, 0, 0, 0, 0, 0];
    private const int Incomplete = -1, AtEnd = 0;

    // The byte before the tuple is always ours: a leaf's prefix is put there, to hash both in one go.
    private byte[] _buffer = new byte[1 << 16];
    private int _start = 1, _end = 1, _length;
    private bool _begun;

    /// <summary>The tuple that <see cref="NextAsync"/> came to; good until its next call.</summary>
    public ReadOnlySpan<byte> Current => _buffer.AsSpan(_start, _length);

    /// <summary>The tuple's first field, the event's position.</summary>
    public long Position => BinaryPrimitives.ReadInt64BigEndian(Current[6..]);

    /// <summary>The hash of the tuple as a leaf.</summary>
    public TreeHash Hash()
    {
        _buffer[_start - 1] = Hashing.LeafPrefix;
        return Hashing.Prefixed(_buffer.AsSpan(_start - 1, _length + 1));
    }

    /// <summary>Goes to the next tuple; false: there is none, and the stream ended as it must.</summary>
    /// <exception cref="InvalidDataException">The stream is no such COPY, or breaks off.</exception>
    public ValueTask<bool> NextAsync(CancellationToken cancellation = default)
    {
        _start += _length;
        _length = 0;
        if (!_begun || Measure() is not (> 0 and var length)) return ReadOnAsync(cancellation);
        _length = length;
        return new(true);
    }

    private async ValueTask<bool> ReadOnAsync(CancellationToken cancellation)
    {
        if (!_begun)
        {
            while (_end - _start < Header.Length) await FillAsync(cancellation);
            if (!_buffer.AsSpan(_start, Header.Length).SequenceEqual(Header)) throw new InvalidDataException("This is no binary COPY.");
            (_begun, _start) = (true, _start + Header.Length);
        }
        int length;
        while ((length = Measure()) == Incomplete) await FillAsync(cancellation);
        if (length == AtEnd) return false;
        _length = length;
        return true;
    }

    /// <summary>The length of the tuple that begins here.</summary>
    private int Measure()
    {
        var bytes = _buffer.AsSpan(_start, _end - _start);
        if (bytes.Length < 2) return Incomplete;
        var fields = BinaryPrimitives.ReadInt16BigEndian(bytes);
        if (fields == -1) return AtEnd;
        if (fields != EventEncoding.FieldCount) throw new InvalidDataException($"A tuple of {fields} fields is no leaf.");
        var at = 2;
        for (var i = 0; i < fields; i++)
        {
            if (bytes.Length - at < 4) return Incomplete;
            var length = BinaryPrimitives.ReadInt32BigEndian(bytes[at..]);
            if (length < -1 || (i == 0 && length != sizeof(long))) throw new InvalidDataException("This COPY is broken.");
            at += 4;
            if (bytes.Length - at < length) return Incomplete;
            at += Math.Max(0, length);
        }
        return at;
    }

    private async ValueTask FillAsync(CancellationToken cancellation)
    {
        if (_end == _buffer.Length)
        {
            var target = _end - _start > _buffer.Length / 2 ? new byte[_buffer.Length * 2] : _buffer;
            _buffer.AsSpan(_start, _end - _start).CopyTo(target.AsSpan(1));
            (_buffer, _start, _end) = (target, 1, 1 + _end - _start);
        }
        var read = await copy.ReadAsync(_buffer.AsMemory(_end), cancellation);
        if (read == 0) throw new InvalidDataException("The COPY breaks off.");
        _end += read;
    }
}
