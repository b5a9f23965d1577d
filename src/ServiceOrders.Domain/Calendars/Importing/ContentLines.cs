using System.Text;

namespace ServiceOrders.Domain.Calendars.Importing;

/// <summary>A content line of an iCalendar file (RFC 5545, section 3.1): <c>NAME;PARAMETER=VALUE:value</c>, unfolded.</summary>
/// <param name="Number">The line on which it begins, from 1.</param>
/// <param name="Name">Its name, in capitals.</param>
/// <param name="Parameters">Its parameters by their names in capitals; of several of one name, the last.</param>
/// <param name="Value">What follows the colon, as it stands.</param>
internal sealed record ContentLine(int Number, string Name, IReadOnlyDictionary<string, string> Parameters, string Value)
{
    /// <summary>An error at this line.</summary>
    public InvalidFeedException Wrong(string error) => new($"line {Number}", $"{Name} {error}");

    /// <summary>The value as text, its escapes resolved (section 3.3.11); line ends within become spaces.</summary>
    public string Text => Unescaped(Value).Trim();

    /// <summary>The value as a list of texts, separated by commas that are not escaped.</summary>
    public IEnumerable<string> Texts
    {
        get
        {
            var from = 0;
            for (var i = 0; i <= Value.Length; i++)
            {
                if (i < Value.Length && Value[i] == '\\') i++;
                else if (i == Value.Length || Value[i] == ',')
                {
                    yield return Unescaped(Value[from..i]).Trim();
                    from = i + 1;
                }
            }
        }
    }

    private static string Unescaped(string value)
    {
        if (!value.Contains('\\', StringComparison.Ordinal)) return value;
        var text = new StringBuilder(value.Length);
        for (var i = 0; i < value.Length; i++)
        {
            var escaped = value[i] == '\\' && i + 1 < value.Length;
            if (escaped) i++;
            text.Append(escaped && value[i] is 'n' or 'N' ? ' ' : value[i]);
        }
        return text.ToString();
    }
}

/// <summary>Cuts an iCalendar file into its content lines.</summary>
internal static class ContentLines
{
    /// <summary>The content lines of a file; empty lines are passed over.</summary>
    /// <exception cref="InvalidFeedException">It is no UTF-8, or a line is no content line.</exception>
    public static IEnumerable<ContentLine> Read(byte[] file)
    {
        foreach (var (number, bytes) in Unfolded(file))
        {
            if (TextOf(number, bytes) is { Length: > 0 } text) yield return Parse(number, text);
        }
    }

    /// <summary>Lines are put together again byte by byte, because a fold may part the bytes of one character.</summary>
    private static IEnumerable<(int Number, byte[] Bytes)> Unfolded(byte[] file)
    {
        var start = file.AsSpan().StartsWith("\xEF\xBB\xBF"u8) ? 3 : 0;
        var (number, begun, line) = (0, 1, new List<byte>());
        for (var at = start; at < file.Length;)
        {
            var end = Array.IndexOf(file, (byte)'\n', at);
            if (end < 0) end = file.Length;
            var length = end > at && file[end - 1] == '\r' ? end - 1 - at : end - at;
            number++;
            if (length > 0 && file[at] is (byte)' ' or (byte)'\t' && number > 1)
            {
                line.AddRange(file.AsSpan(at + 1, length - 1));
            }
            else
            {
                if (line.Count > 0) yield return (begun, [.. line]);
                line.Clear();
                line.AddRange(file.AsSpan(at, length));
                begun = number;
            }
            at = end + 1;
        }
        if (line.Count > 0) yield return (begun, [.. line]);
    }

    private static string TextOf(int number, byte[] bytes)
    {
        try
        {
            var text = new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(bytes);
            return text.Contains('\0', StringComparison.Ordinal) ? throw new InvalidFeedException($"line {number}", "has the character U+0000") : text.TrimEnd();
        }
        catch (DecoderFallbackException)
        {
            throw new InvalidFeedException($"line {number}", "is no UTF-8 text");
        }
    }

    private static ContentLine Parse(int number, string text)
    {
        var parts = new List<string>();
        var (from, quoted) = (0, false);
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '"') quoted = !quoted;
            if (quoted || text[i] is not (';' or ':')) continue;
            parts.Add(text[from..i]);
            from = i + 1;
            if (text[i] != ':') continue;
            var parameters = new Dictionary<string, string>(StringComparer.Ordinal);
            foreach (var parameter in parts.Skip(1))
            {
                if (parameter.Split('=', 2) is not [var name, var value]) break;
                parameters[name.ToUpperInvariant()] = value.Trim('"');
            }
            if (parts[0].Length > 0 && parts[0].All(c => char.IsAsciiLetterOrDigit(c) || c == '-')) return new ContentLine(number, parts[0].ToUpperInvariant(), parameters, text[from..]);
            break;
        }
        throw new InvalidFeedException($"line {number}", "is no line of an iCalendar file: NAME:value");
    }
}
