namespace ServiceOrders.Conventions.Tests;

/// <summary>A line of code with its place; comments are left out.</summary>
internal readonly record struct CodeLine(string File, int Number, string Text)
{
    public override string ToString() => $"{File}:{Number}: {Text.Trim()}";
}

/// <summary>Reads sources line by line.</summary>
internal static class Sources
{
    /// <summary>The lines of a C# or SQL file without what stands in comments. Block comments are not used in this repository.</summary>
    public static IEnumerable<CodeLine> CodeLines(string file)
    {
        var mark = file.EndsWith(".sql", StringComparison.Ordinal) ? "--" : "//";
        var number = 0;
        foreach (var line in Repository.Read(file).Split('\n'))
        {
            number++;
            var comment = line.IndexOf(mark, StringComparison.Ordinal);
            // "http://…" within a string is no comment.
            while (comment > 0 && line[comment - 1] == ':') comment = line.IndexOf(mark, comment + 2, StringComparison.Ordinal);
            yield return new CodeLine(file, number, comment < 0 ? line : line[..comment]);
        }
    }

    /// <summary>The code of all files of a kind below a folder.</summary>
    public static IEnumerable<CodeLine> CodeBelow(string folder, params string[] extensions) => Repository.Files
        .Where(f => f.StartsWith(folder, StringComparison.Ordinal) && extensions.Contains(Path.GetExtension(f))).SelectMany(CodeLines);
}
