namespace ServiceOrders.Audit.Checkpoints;

/// <summary>
/// A file of checkpoints that is only ever appended to: notes one after another, each followed by an empty line. A last one that a crash left half written is tolerated, at the end and nowhere else.
/// </summary>
public static class CheckpointFile
{
    /// <summary>What is appended for a note.</summary>
    public static string Entry(SignedNote note) => note.Text + "\n";

    /// <summary>Reads such a file.</summary>
    /// <param name="text">All of it, or a note alone.</param>
    /// <exception cref="FormatException">Something in it is no note.</exception>
    public static CheckpointFileContent Read(string text)
    {
        var notes = new List<SignedNote>();
        while (true)
        {
            // A note is two paragraphs, its lines and its signatures; only the empty line behind the second tells that it was written whole.
            var lines = text.IndexOf("\n\n", StringComparison.Ordinal);
            var end = lines < 0 ? -1 : text.IndexOf("\n\n", lines + 2, StringComparison.Ordinal);
            if (end < 0) break;
            notes.Add(SignedNote.Parse(text[..(end + 1)]));
            text = text[(end + 2)..];
        }
        if (text.Length == 0) return new(notes, "");
        try
        {
            return new([.. notes, SignedNote.Parse(text)], "");
        }
        catch (FormatException) when (IsTorn(text))
        {
            return new(notes, text);
        }
    }

    // A whole note ends with the end of a signature line; a beginning of one may end anywhere else.
    private static bool IsTorn(string rest) => !rest.EndsWith('\n') || !rest.Contains("\n\n", StringComparison.Ordinal) || rest.EndsWith("\n\n", StringComparison.Ordinal);
}

/// <summary>What a file of checkpoints holds.</summary>
/// <param name="Checkpoints">Its notes, in the file's order.</param>
/// <param name="Torn">The beginning of a last note that was not written whole; empty: there is none. Whoever appends next completes it with the same bytes.</param>
public sealed record CheckpointFileContent(IReadOnlyList<SignedNote> Checkpoints, string Torn);
