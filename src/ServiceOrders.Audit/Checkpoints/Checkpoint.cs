using System.Globalization;
using ServiceOrders.Audit.Merkle;

namespace ServiceOrders.Audit.Checkpoints;

/// <summary>What the log says of itself at an instant: so many leaves, this root. Five lines of text, each ended by a line feed; those bytes are what is signed.</summary>
/// <param name="LogId">Which log: 1 to 64 letters, digits, <c>.</c>, <c>_</c>, <c>-</c>.</param>
/// <param name="Size">How many leaves.</param>
/// <param name="Root">The tree's root.</param>
/// <param name="SignedAt">When, in whole microseconds, UTC.</param>
/// <param name="Position">The position (<c>seq_id</c>) of the last leaf's event; 0: there is none.</param>
public sealed record Checkpoint(string LogId, long Size, TreeHash Root, DateTimeOffset SignedAt, long Position)
{
    /// <summary>Stands before the log's id.</summary>
    public const string Origin = "service-orders-audit/";

    /// <summary>How many lines it has.</summary>
    public const int Lines = 5;

    private const string TimeFormat = "yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'";

    /// <summary>The text that is signed.</summary>
    public string Text => string.Create(CultureInfo.InvariantCulture, $"{Origin}{LogId}\n{Size}\n{Root.ToBase64()}\n{SignedAt.ToUniversalTime().ToString(TimeFormat, CultureInfo.InvariantCulture)}\n{Position}\n");

    /// <summary>Reads <see cref="Text"/>, and no other way of writing the same.</summary>
    /// <exception cref="FormatException">It is no such text.</exception>
    public static Checkpoint Parse(string text)
    {
        var lines = text.Split('\n');
        if (lines.Length != Lines + 1 || !lines[0].StartsWith(Origin, StringComparison.Ordinal) || !TreeHash.TryParse(lines[2], out var root)
            || !long.TryParse(lines[1], NumberStyles.None, CultureInfo.InvariantCulture, out var size) || !long.TryParse(lines[4], NumberStyles.None, CultureInfo.InvariantCulture, out var position)
            || !DateTimeOffset.TryParseExact(lines[3], TimeFormat, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var signedAt))
        {
            throw Broken();
        }
        var read = new Checkpoint(lines[0][Origin.Length..], size, root, signedAt, position);
        return read.IsSound && read.Text == text ? read : throw Broken();
    }

    /// <summary>Whether its values can be those of a log.</summary>
    private bool IsSound => LogId.Length is > 0 and <= 64 && LogId.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-')
        && Size == 0 == (Root == Hashing.Empty) && Size == 0 == (Position == 0);

    private static FormatException Broken() => new("This is no checkpoint of an audit log.");
}
