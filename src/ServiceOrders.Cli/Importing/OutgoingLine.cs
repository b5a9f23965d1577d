namespace ServiceOrders.Cli.Importing;

/// <summary>A line to import.</summary>
/// <param name="Place">Where it comes from, for the user: <c>line 17</c>, <c>row 230, INC0001001</c>.</param>
/// <param name="Text">JSON, UTF-8, without the line's end.</param>
public sealed record OutgoingLine(string Place, byte[] Text);

/// <summary>Something that cannot be sent.</summary>
/// <param name="Place">Where it comes from.</param>
/// <param name="Reason">Why.</param>
public sealed record Unsent(string Place, string Reason);

/// <summary>Lines that are sent in one request.</summary>
public static class Batches
{
    /// <summary>Lines of a batch.</summary>
    public const int MostLines = 1_000;
    /// <summary>
    /// Bytes of a batch, but for one that has a single line: so much the server takes in before anybody reads its answer, so that neither can wait for the other
    /// (over HTTP/1.1 the answer is read when all is sent).
    /// </summary>
    public const int MostBytes = 256 * 1024;

    /// <summary>Cuts lines into batches.</summary>
    public static async IAsyncEnumerable<IReadOnlyList<OutgoingLine>> OfAsync(IAsyncEnumerable<OutgoingLine> lines)
    {
        var batch = new List<OutgoingLine>();
        var bytes = 0;
        await foreach (var line in lines)
        {
            if (batch.Count == MostLines || (batch.Count > 0 && bytes + line.Text.Length >= MostBytes))
            {
                yield return batch;
                (batch, bytes) = ([], 0);
            }
            batch.Add(line);
            bytes += line.Text.Length + 1;
        }
        if (batch.Count > 0) yield return batch;
    }
}
