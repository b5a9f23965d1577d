using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;

namespace ServiceOrders.Host.Importing;

/// <summary>A line of a body.</summary>
/// <param name="Number">From 1; empty lines count.</param>
/// <param name="Text">Its bytes, without the line's end; null: it is longer than may be.</param>
public readonly record struct BodyLine(long Number, byte[]? Text);

/// <summary>
/// Cuts a body of any length into lines, holding one of them at a time: nothing is read ahead of what is asked for, so a slow reader slows its sender.
/// </summary>
/// <param name="body">The body.</param>
/// <param name="mostBytes">How long a line may be; a longer one is passed over to its end and reported.</param>
public sealed class LineReader(PipeReader body, int mostBytes)
{
    private static readonly byte[] ByteOrderMark = [0xEF, 0xBB, 0xBF];

    private long _number;
    private bool _tooLong;

    /// <summary>Every line that is not empty.</summary>
    /// <param name="cancellation">Stops reading.</param>
    public async IAsyncEnumerable<BodyLine> ReadAsync([EnumeratorCancellation] CancellationToken cancellation)
    {
        while (true)
        {
            var read = await body.ReadAsync(cancellation);
            var rest = read.Buffer;
            while (Cut(ref rest, read.IsCompleted) is { } line)
            {
                if (line.Text is not { Length: 0 }) yield return line;
            }
            // What is past the limit is dropped at once, whether or not its end is in sight.
            if (rest.Length > mostBytes) (_tooLong, rest) = (true, rest.Slice(rest.End));
            body.AdvanceTo(rest.Start, rest.End);
            if (read.IsCompleted) yield break;
        }
    }

    private BodyLine? Cut(ref ReadOnlySequence<byte> rest, bool isEnd)
    {
        if (rest.PositionOf((byte)'\n') is { } end)
        {
            var line = Take(rest.Slice(0, end));
            rest = rest.Slice(rest.GetPosition(1, end));
            return line;
        }
        if (!isEnd || (rest.IsEmpty && !_tooLong)) return null;
        var last = Take(rest);
        rest = rest.Slice(rest.End);
        return last;
    }

    private BodyLine Take(ReadOnlySequence<byte> bytes)
    {
        _number++;
        var dropped = _tooLong || bytes.Length > mostBytes;
        _tooLong = false;
        if (dropped) return new BodyLine(_number, null);
        var text = bytes.ToArray().AsSpan();
        if (_number == 1 && text.StartsWith(ByteOrderMark)) text = text[ByteOrderMark.Length..];
        return new BodyLine(_number, text.Trim(" \t\r"u8).ToArray());
    }
}
