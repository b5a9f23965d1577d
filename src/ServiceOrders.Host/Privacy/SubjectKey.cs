using System.Buffers;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace ServiceOrders.Host.Privacy;

/// <summary>
/// The key of one data subject (row K5): seals and unseals that person's texts. Without the key they are noise for ever, which is what erasure means.
/// A sealed text reads <c>s1.</c> and base64url of nonce, ciphertext and tag, bound to the subject's id. Safe for concurrent use.
/// </summary>
public sealed class SubjectKey
{
    /// <summary>What every sealed text starts with: the format's version.</summary>
    public const string Prefix = "s1.";

    private readonly SealingKey? _key;

    internal SubjectKey(Guid subject, byte[]? key) => (Subject, _key) = (subject, key is null ? null : new SealingKey(key));

    /// <summary>What is left of a key that was destroyed.</summary>
    public static SubjectKey Erased(Guid subject) => new(subject, null);

    /// <summary>Whose it is.</summary>
    public Guid Subject { get; }
    /// <summary>Whether the key is gone: nothing of this subject can be read, nothing can be added.</summary>
    public bool IsErased => _key is null;

    /// <summary>Whether a text has the form of a sealed one; whose it is, and whether it opens, is another matter.</summary>
    public static bool IsSealed(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return text.StartsWith(Prefix, StringComparison.Ordinal) && Base64Url.IsValid(text.AsSpan(Prefix.Length), out var length) && length >= SealingKey.Overhead;
    }

    /// <summary>Seals a text.</summary>
    /// <exception cref="SubjectErasedException">The subject's data was erased.</exception>
    public string Seal(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (_key is null) throw new SubjectErasedException(Subject);
        var length = Encoding.UTF8.GetByteCount(text);
        var rented = ArrayPool<byte>.Shared.Rent(length + length + SealingKey.Overhead);
        try
        {
            var plain = rented.AsSpan(0, Encoding.UTF8.GetBytes(text, rented));
            var bytes = rented.AsSpan(length, length + SealingKey.Overhead);
            _key.Seal(Subject, plain, bytes);
            return string.Concat(Prefix, Base64Url.EncodeToString(bytes));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rented, clearArray: true);
        }
    }

    /// <summary>The plain text; null when the subject's data was erased.</summary>
    /// <exception cref="CryptographicException">Not sealed by this key for this subject, or changed.</exception>
    public string? TryUnseal(string sealedText)
    {
        ArgumentNullException.ThrowIfNull(sealedText);
        if (_key is null) return null;
        if (!sealedText.StartsWith(Prefix, StringComparison.Ordinal)) throw new CryptographicException("Not a sealed text.");
        byte[] bytes;
        try { bytes = Base64Url.DecodeFromChars(sealedText.AsSpan(Prefix.Length)); }
        catch (FormatException) { throw new CryptographicException("Not a sealed text."); }
        return Encoding.UTF8.GetString(_key.Open(Subject, bytes));
    }
}

/// <summary>The data subject's key is gone: nothing can be sealed for it any more.</summary>
/// <param name="subject">Whose.</param>
public sealed class SubjectErasedException(Guid subject) : Exception($"The personal data of subject {subject} was erased.");
