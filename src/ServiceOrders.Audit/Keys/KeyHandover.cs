using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;

namespace ServiceOrders.Audit.Keys;

/// <summary>
/// That one key takes over from another, as both of them say: four lines, each ended by a line feed, and behind them a line for each signature of those bytes, the predecessor's first. A signature on
/// a checkpoint says nothing of the kind, for anyone can add one of his own beside it.
/// </summary>
public sealed record KeyHandover
{
    /// <summary>Stands before the log's id.</summary>
    public const string Origin = "service-orders-audit-handover/";

    private const int Lines = 6;

    private KeyHandover(string logId, VerificationKey from, VerificationKey to, long size, byte[] fromSignature, byte[] toSignature) =>
        (LogId, From, To, Size, FromSignature, ToSignature) = (logId, from, to, size, fromSignature, toSignature);

    /// <summary>Which log.</summary>
    public string LogId { get; }

    /// <summary>The key that hands over.</summary>
    public VerificationKey From { get; }

    /// <summary>The key that takes over.</summary>
    public VerificationKey To { get; }

    /// <summary>The size of the last checkpoint then; 0: there was none. The successor's are larger.</summary>
    public long Size { get; }

    private byte[] FromSignature { get; }

    private byte[] ToSignature { get; }

    /// <summary>As it is kept: what is signed, and the signatures.</summary>
    public string Text => $"{Said}{Convert.ToBase64String(FromSignature)}\n{Convert.ToBase64String(ToSignature)}\n";

    private string Said => SaidOf(LogId, From, To, Size);

    /// <summary>Hands over.</summary>
    /// <param name="logId">Which log.</param>
    /// <param name="from">The key in use.</param>
    /// <param name="to">The key that takes its place.</param>
    /// <param name="size">The size of the last checkpoint; 0: there is none.</param>
    public static KeyHandover Sign(string logId, SigningKey from, SigningKey to, long size)
    {
        var said = Encoding.UTF8.GetBytes(SaidOf(logId, from.Public, to.Public, size));
        return new(logId, from.Public, to.Public, size, from.Sign(said), to.Sign(said));
    }

    /// <summary>Reads <see cref="Text"/>, and no other way of writing the same; false where it is none, or one of the two did not sign it.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out KeyHandover? handover)
    {
        handover = null;
        var lines = text.Split('\n');
        if (lines.Length != Lines + 1 || !lines[0].StartsWith(Origin, StringComparison.Ordinal) || !long.TryParse(lines[3], NumberStyles.None, CultureInfo.InvariantCulture, out var size)) return false;
        try
        {
            var read = new KeyHandover(lines[0][Origin.Length..], Key(lines[1]), Key(lines[2]), size, Convert.FromBase64String(lines[4]), Convert.FromBase64String(lines[5]));
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

    private static string SaidOf(string logId, VerificationKey from, VerificationKey to, long size) =>
        string.Create(CultureInfo.InvariantCulture, $"{Origin}{logId}\n{Convert.ToBase64String(from.Der)}\n{Convert.ToBase64String(to.Der)}\n{size}\n");
}
