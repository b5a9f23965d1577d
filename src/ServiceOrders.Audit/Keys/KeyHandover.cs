using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using ServiceOrders.Audit.Merkle;

namespace ServiceOrders.Audit.Keys;

/// <summary>
/// That one key takes over from another, as both of them say: five lines, each ended by a line feed, and behind them a line for each signature of those bytes, the predecessor's first. A signature on
/// a checkpoint says nothing of the kind, for anyone can add one of his own beside it. From then on the predecessor signs nothing more, and what it has signed is settled by the root.
/// </summary>
public sealed record KeyHandover
{
    /// <summary>Stands before the log's id.</summary>
    public const string Origin = "service-orders-audit-handover/";

    private const int Lines = 7;

    private KeyHandover(string logId, VerificationKey from, VerificationKey to, long size, TreeHash root, byte[] fromSignature, byte[] toSignature) =>
        (LogId, From, To, Size, Root, FromSignature, ToSignature) = (logId, from, to, size, root, fromSignature, toSignature);

    /// <summary>Which log.</summary>
    public string LogId { get; }

    /// <summary>The key that hands over.</summary>
    public VerificationKey From { get; }

    /// <summary>The key that takes over.</summary>
    public VerificationKey To { get; }

    /// <summary>The size of the last checkpoint then; 0: there was none. The successor's are larger, and no more of the predecessor's are.</summary>
    public long Size { get; }

    /// <summary>The root of that checkpoint: so whoever gets hold of the predecessor later signs no other beginning of the log with it. Of no checkpoint: the empty tree's.</summary>
    public TreeHash Root { get; }

    private byte[] FromSignature { get; }

    private byte[] ToSignature { get; }

    /// <summary>As it is kept: what is signed, and the signatures.</summary>
    public string Text => $"{Said}{Convert.ToBase64String(FromSignature)}\n{Convert.ToBase64String(ToSignature)}\n";

    private string Said => SaidOf(LogId, From, To, Size, Root);

    /// <summary>Hands over.</summary>
    /// <param name="logId">Which log.</param>
    /// <param name="from">The key in use.</param>
    /// <param name="to">The key that takes its place.</param>
    /// <param name="size">The size of the last checkpoint; 0: there is none.</param>
    /// <param name="root">Its root; the empty tree's where there is none.</param>
    public static KeyHandover Sign(string logId, SigningKey from, SigningKey to, long size, TreeHash root)
    {
        var said = Encoding.UTF8.GetBytes(SaidOf(logId, from.Public, to.Public, size, root));
        return new(logId, from.Public, to.Public, size, root, from.Sign(said), to.Sign(said));
    }

    /// <summary>Reads <see cref="Text"/>, and no other way of writing the same; false where it is none, or one of the two did not sign it.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out KeyHandover? handover)
    {
        handover = null;
        var lines = text.Split('\n');
        if (lines.Length != Lines + 1 || !lines[0].StartsWith(Origin, StringComparison.Ordinal) || !long.TryParse(lines[3], NumberStyles.None, CultureInfo.InvariantCulture, out var size) || !TreeHash.TryParse(lines[4], out var root)) return false;
        try
        {
            var read = new KeyHandover(lines[0][Origin.Length..], Key(lines[1]), Key(lines[2]), size, root, Convert.FromBase64String(lines[5]), Convert.FromBase64String(lines[6]));
            var said = Encoding.UTF8.GetBytes(read.Said);
            if (read.Text == text && read.From.Verifies(said, read.FromSignature) && read.To.Verifies(said, read.ToSignature)) handover = read;
        }
        catch (FormatException)
        {
            // No key, or no Base64.
        }
        return handover is not null;
    }

    private static VerificationKey Key(string line) => VerificationKey.FromDer(Convert.FromBase64String(line));

    private static string SaidOf(string logId, VerificationKey from, VerificationKey to, long size, TreeHash root) =>
        string.Create(CultureInfo.InvariantCulture, $"{Origin}{logId}\n{Convert.ToBase64String(from.Der)}\n{Convert.ToBase64String(to.Der)}\n{size}\n{root.ToBase64()}\n");
}
