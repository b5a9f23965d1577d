using System.Diagnostics.CodeAnalysis;
using System.Text;
using ServiceOrders.Audit.Keys;

namespace ServiceOrders.Audit.Checkpoints;

/// <summary>
/// A checkpoint with its signatures, as a note: the checkpoint's lines, an empty line, then a line for each signature (the shape of C2SP signed-note). Several keys sign where one takes
/// over from another.
/// </summary>
/// <param name="Checkpoint">What is said.</param>
/// <param name="Signatures">Who says it: at least one, each key once.</param>
public sealed record SignedNote(Checkpoint Checkpoint, IReadOnlyList<NoteSignature> Signatures)
{
    /// <summary>Notes with more signatures are not read.</summary>
    public const int MostSignatures = 8;

    private const string Dash = "— ";
    private const int KeyIdLength = 16;

    /// <summary>The note.</summary>
    public string Text => $"{Checkpoint.Text}\n{string.Concat(Signatures.Select(s => $"{Dash}{s.KeyId} {Convert.ToBase64String(s.Signature)}\n"))}";

    private byte[] Signed => Encoding.UTF8.GetBytes(Checkpoint.Text);

    /// <summary>Signs a checkpoint with one key or, when one takes over from another, with both.</summary>
    /// <exception cref="FormatException">Its values cannot be those of a log.</exception>
    public static SignedNote Sign(Checkpoint checkpoint, params IReadOnlyList<SigningKey> keys)
    {
        ArgumentOutOfRangeException.ThrowIfZero(keys.Count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(keys.Count, MostSignatures);
        var text = Encoding.UTF8.GetBytes(Checkpoint.Parse(checkpoint.Text).Text);
        return new(checkpoint, [.. keys.Select(k => new NoteSignature(k.Id, k.Sign(text)))]);
    }

    /// <summary>Reads <see cref="Text"/>, and no other way of writing the same. Says nothing of whether the signatures are good.</summary>
    /// <exception cref="FormatException">It is no such note.</exception>
    public static SignedNote Parse(string note)
    {
        var end = note.IndexOf("\n\n", StringComparison.Ordinal);
        if (end < 0 || !note.EndsWith('\n') || end + 2 >= note.Length) throw Broken();
        var lines = note[(end + 2)..^1].Split('\n');
        if (lines.Length > MostSignatures) throw Broken();
        var read = new SignedNote(Checkpoint.Parse(note[..(end + 1)]), [.. lines.Select(ParseSignature)]);
        return read.Text == note && read.Signatures.DistinctBy(s => s.KeyId).Count() == lines.Length ? read : throw Broken();
    }

    /// <summary>As <see cref="Parse"/>; false where that throws.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out SignedNote? note)
    {
        try
        {
            note = Parse(text);
            return true;
        }
        catch (FormatException)
        {
            note = null;
            return false;
        }
    }

    /// <summary>Whether this key has a signature here, and it is good.</summary>
    public bool IsSignedBy(VerificationKey key) => Signatures.Any(s => s.KeyId == key.Id && key.Verifies(Signed, s.Signature));

    /// <summary>Whether this key is named by a signature here that is not its own: the note was altered, or signed by someone who has no more than the key's name.</summary>
    public bool IsForgedInTheNameOf(VerificationKey key) => Signatures.Any(s => s.KeyId == key.Id && !key.Verifies(Signed, s.Signature));

    private static NoteSignature ParseSignature(string line)
    {
        var signature = new byte[VerificationKey.SignatureLength];
        const int Start = 2 + KeyIdLength;
        if (!line.StartsWith(Dash, StringComparison.Ordinal) || line.Length <= Start || line[Start] != ' ' || !line[Dash.Length..Start].All(char.IsAsciiHexDigitLower)
            || !Convert.TryFromBase64String(line[(Start + 1)..], signature, out var written) || written != signature.Length)
        {
            throw Broken();
        }
        return new(line[Dash.Length..Start], signature);
    }

    private static FormatException Broken() => new("This is no signed note of an audit log.");
}

/// <summary>A signature line of a note.</summary>
/// <param name="KeyId">The key, by its id.</param>
/// <param name="Signature">The signature of the checkpoint's text.</param>
public sealed record NoteSignature(string KeyId, byte[] Signature);
