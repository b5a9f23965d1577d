using System.Text;

namespace ServiceOrders.Audit.Checkpoints;

/// <summary>
/// A file of checkpoints that is only ever appended to: notes one after another, each followed by an empty line. A last one that a crash left half written is tolerated, at the end and nowhere else.
/// </summary>
public static class CheckpointFile
{
    /// <summary>What is appended for a note.</summary>
    public static string Entry(SignedNote note) => note.Text + "\n";

    /// <summary>Reads such a file, or a note alone.</summary>
    /// <exception cref="FormatException">Something in it is no note.</exception>
    public static CheckpointFileContent Read(string text)
    {
        var notes = new List<SignedNote>();
        using var reader = new StringReader(text);
        var torn = Read(reader, notes.Add);
        return new(notes, torn);
    }

    /// <summary>Reads such a file of any length, a note at a time.</summary>
    /// <param name="reader">The file, in UTF-8.</param>
    /// <param name="each">Is given each note, in the file's order.</param>
    /// <returns>The beginning of a last note that was not written whole; empty: there is none.</returns>
    /// <exception cref="FormatException">Something in it is no note.</exception>
    public static string Read(TextReader reader, Action<SignedNote> each)
    {
        // A note is two paragraphs, its lines and its signatures; only the empty line behind the second tells that it was written whole.
        var (entry, emptyLines, atLineStart) = (new StringBuilder(), 0, true);
        for (int next; (next = reader.Read()) >= 0;)
        {
            if (next == '\n' && atLineStart && ++emptyLines == 2)
            {
                each(SignedNote.Parse(entry.ToString()));
                (emptyLines, atLineStart) = (0, true);
                entry.Clear();
                continue;
            }
            entry.Append((char)next);
            if (entry.Length > LongestEntry) throw new FormatException("This is no file of checkpoints.");
            atLineStart = next == '\n';
        }
        var rest = entry.ToString();
        if (rest.Length == 0) return "";
        if (!SignedNote.TryParse(rest, out var last)) return IsTorn(rest) ? rest : throw new FormatException("This is no file of checkpoints.");
        each(last);
        return "";
    }

    private const int LongestEntry = 4096;

    // A whole note ends with the end of a signature line; a beginning of one may end anywhere else.
    private static bool IsTorn(string rest) => !rest.EndsWith('\n') || !rest.Contains("\n\n", StringComparison.Ordinal) || rest.EndsWith("\n\n", StringComparison.Ordinal);
}

/// <summary>What a file of checkpoints holds.</summary>
/// <param name="Checkpoints">Its notes, in the file's order.</param>
/// <param name="Torn">The beginning of a last note that was not written whole; empty: there is none. Whoever appends next completes it with the same bytes.</param>
public sealed record CheckpointFileContent(IReadOnlyList<SignedNote> Checkpoints, string Torn);
