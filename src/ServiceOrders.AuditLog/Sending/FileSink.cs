using System.Text;
using ServiceOrders.Audit.Checkpoints;
using ServiceOrders.AuditLog.Signing;

namespace ServiceOrders.AuditLog.Sending;

/// <summary>
/// Appends each checkpoint's note to a file, and an empty line behind it, and has the disk confirm it. The file itself tells what was sent. It may lie on another machine's disk, and may
/// be one that can only be appended to. An entry that a crash left half written is completed with the same bytes; anything else in its place is refused.
/// </summary>
public sealed class FileSink : ICheckpointSink
{
    /// <summary>How much of the file's end is read to find its last entry; a note has some hundred bytes.</summary>
    private const int Tail = 16 * 1024;
    private static readonly byte[] Begin = Encoding.ASCII.GetBytes(Checkpoint.Origin);
    private static ReadOnlySpan<byte> EmptyLine => "\n\n"u8;

    private readonly string _path;

    /// <summary>Appends to that file, which is made with its folder when the first checkpoint comes.</summary>
    public FileSink(string path)
    {
        _path = Path.GetFullPath(path);
        Name = $"file:{Environment.MachineName}:{_path}";
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public bool CanBeAsked => true;

    /// <inheritdoc/>
    public async ValueTask<string?> LastNoteAsync(CancellationToken cancellation) => (await ReadAsync(cancellation).ConfigureAwait(false)).LastNote;

    /// <inheritdoc/>
    public async Task SendAsync(StoredCheckpoint checkpoint, CancellationToken cancellation)
    {
        var entry = Encoding.UTF8.GetBytes(CheckpointFile.Entry(SignedNote.Parse(checkpoint.Note)));
        Directory.CreateDirectory(Path.GetDirectoryName(_path)!);
        var (_, torn, length) = await ReadAsync(cancellation).ConfigureAwait(false);
        if (!entry.AsSpan().StartsWith(torn)) throw new TornEntryException($"{_path} ends in something that is not the beginning of this checkpoint.", torn);
        // Appended behind what is there already, never written over: so the file may be one that can only grow.
        await using var file = new FileStream(_path, new FileStreamOptions { Mode = FileMode.Append, Access = FileAccess.Write, Share = FileShare.Read, BufferSize = 0 });
        if (file.Position != length) throw new IOException($"Someone else writes to {_path}.");
        await file.WriteAsync(entry.AsMemory(torn.Length), cancellation).ConfigureAwait(false);
        file.Flush(flushToDisk: true);
    }

    private async Task<(string? LastNote, byte[] Torn, long Length)> ReadAsync(CancellationToken cancellation)
    {
        if (!File.Exists(_path)) return (null, [], 0);
        await using var file = new FileStream(_path, new FileStreamOptions { Mode = FileMode.Open, Access = FileAccess.Read, Share = FileShare.ReadWrite, BufferSize = 0 });
        var length = file.Length;
        var tail = new byte[Math.Min(Tail, length)];
        file.Seek(-tail.Length, SeekOrigin.End);
        await file.ReadExactlyAsync(tail, cancellation).ConfigureAwait(false);
        if (LastEntry(tail, length == tail.Length) is not var (start, end)) return length == tail.Length ? (null, tail, length) : throw new IOException($"{_path} is no file of checkpoints.");
        return (Encoding.UTF8.GetString(tail, start, end - 1 - start), tail[end..], length);
    }

    /// <summary>Where the last whole entry begins and ends: lines, an empty line, signatures, an empty line.</summary>
    private static (int Start, int End)? LastEntry(ReadOnlySpan<byte> tail, bool fromTheFirst)
    {
        for (var before = tail.Length; tail[..before].LastIndexOf(Begin) is >= 0 and var start; before = start)
        {
            if (start == 0 ? !fromTheFirst : !tail[..start].EndsWith(EmptyLine)) continue;
            if (tail[start..].IndexOf(EmptyLine) is not (>= 0 and var text)) continue;
            var signatures = start + text + EmptyLine.Length;
            if (tail[signatures..].IndexOf(EmptyLine) is >= 0 and var length) return (start, signatures + length + EmptyLine.Length);
        }
        return null;
    }
}
