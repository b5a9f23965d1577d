namespace ServiceOrders.Domain.Credentials;

/// <summary>
/// The keys by which a channel or a member of staff is known: one, and after a rotation the old one for a while, so that a client can change over without an
/// interruption. Hashes only; the keys themselves are nowhere.
/// </summary>
/// <param name="Current">SHA-256 of the key, hexadecimal.</param>
/// <param name="Previous">That of the key before; null: there is none.</param>
/// <param name="PreviousUntil">Until when the old key counts.</param>
public sealed record KeyRing(string Current, string? Previous, DateTimeOffset? PreviousUntil)
{
    /// <summary>How long an old key may count after a rotation.</summary>
    public static readonly TimeSpan LongestOverlap = TimeSpan.FromDays(30);

    /// <summary>The ring after a rotation. An old key that still counted from an earlier rotation ends at once: there are never more than two.</summary>
    /// <param name="keyHash">The new key's.</param>
    /// <param name="oldKeyUntil">Until when the key so far counts.</param>
    public KeyRing Rotate(string keyHash, DateTimeOffset oldKeyUntil) => new(keyHash, Current, oldKeyUntil);
}
