using ServiceOrders.Audit.Checkpoints;
using ServiceOrders.Audit.Keys;

namespace ServiceOrders.AuditLog.Signing;

/// <summary>
/// This node's signing keys: the one in use, and while keys change the one that it replaces. They are given by the operator, or lie in a folder, readable by their owner alone. All nodes of a
/// database need the same.
/// </summary>
public sealed class SigningKeys
{
    private const string FileName = "audit-signing.pem", PreviousFileName = "audit-signing.previous.pem";
    private readonly string? _folder;

    private SigningKeys(SigningKey? current, SigningKey? previous, string? folder) => (Current, Previous, _folder) = (current, previous, folder);

    /// <summary>The key in use; null: this node has none, and signs nothing.</summary>
    public SigningKey? Current { get; private set; }

    /// <summary>The key that it replaces, as long as it is at hand.</summary>
    public SigningKey? Previous { get; private set; }

    /// <summary>Whether the log has the key in use: from then on what the one before it signed counts by its handover alone.</summary>
    public bool IsIntroduced { get; private set; }

    /// <summary>Whether keys lie in a folder, so that new ones can be made here; else the operator gives them.</summary>
    public bool AreKept => _folder is not null;

    /// <summary>The keys that the operator gives.</summary>
    /// <param name="current">PEM of a PKCS#8 private key.</param>
    /// <param name="previous">The one that it replaces; null: none.</param>
    /// <exception cref="FormatException">One is none.</exception>
    public static SigningKeys Given(string current, string? previous) => new(SigningKey.FromPem(current), previous is null ? null : SigningKey.FromPem(previous), null);

    /// <summary>The keys that lie in a folder; there may be none yet.</summary>
    /// <exception cref="FormatException">What lies there is no key.</exception>
    public static SigningKeys KeptIn(string folder) => new(Read(Path.Combine(folder, FileName)), Read(Path.Combine(folder, PreviousFileName)), folder);

    /// <summary>Makes the first key where keys are kept in a folder and none is there. Of two processes that do so at once one wins.</summary>
    public void MakeFirst()
    {
        if (_folder is null || Current is not null) return;
        var path = Path.Combine(_folder, FileName);
        SecretFile.MakeOnce(path, SigningKey.Create().ToPem());
        Current = Read(path);
    }

    /// <summary>The log has the key in use.</summary>
    public void Introduced() => IsIntroduced = true;

    /// <summary>Makes a key in place of the one in use, which is kept beside it until the next time.</summary>
    /// <returns>The new one.</returns>
    /// <exception cref="InvalidOperationException">Keys are given by the operator, or there is none to replace.</exception>
    public SigningKey Rotate()
    {
        if (_folder is null || Current is null) throw new InvalidOperationException("There is no kept key to replace.");
        var fresh = SigningKey.Create();
        // In this order: a crash in between leaves the key in use where it was.
        SecretFile.Replace(Path.Combine(_folder, PreviousFileName), Current.ToPem());
        SecretFile.Replace(Path.Combine(_folder, FileName), fresh.ToPem());
        (Previous, Current, IsIntroduced) = (Current, fresh, false);
        return fresh;
    }

    /// <summary>Who signs the checkpoint after one that a key signed: the key in use, and where that is new the key before it as well.</summary>
    /// <param name="lastKeyId">The key of the last checkpoint; null: there is none.</param>
    /// <param name="introduced">The keys of the log.</param>
    /// <exception cref="SigningRefusedException">This node does not have what it takes.</exception>
    internal IReadOnlyList<SigningKey> SignersAfter(string? lastKeyId, IReadOnlyList<IntroducedKey> introduced)
    {
        if (Current is null) throw Other("This node has no signing key. Give it the one that the log is signed with.");
        if (introduced.Count == 0 || introduced[^1].Id != Current.Id)
        {
            throw Other(introduced.Any(key => key.Id == Current.Id) ? $"This node's key {Current.Id} was replaced by {introduced[^1].Id}."
                : $"This node's key {Current.Id} is none of this log. Give it the log's key, or the log's key as the previous one to replace it.");
        }
        if (lastKeyId is null || lastKeyId == Current.Id) return [Current];
        return Previous?.Id == lastKeyId ? [Current, Previous] : throw Other($"The first checkpoint of key {Current.Id} has to be signed by key {lastKeyId} as well, and this node does not have it.");
    }

    /// <summary>Whether one of the log's keys, or one of this node's, signed a note.</summary>
    internal bool Verifies(SignedNote note, IReadOnlyList<IntroducedKey> introduced) =>
        introduced.Select(key => key.PublicKey).Concat(new[] { Current, Previous }.OfType<SigningKey>().Select(key => key.Public)).Any(note.IsSignedBy);

    private static SigningRefusedException Other(string detail) => new(SigningRefusalKind.OtherKey, detail);

    // Not asked whether it is there: while it is made it may seem not to be.
    private static SigningKey? Read(string path)
    {
        try
        {
            return SigningKey.FromPem(SecretFile.Read(path));
        }
        catch (Exception none) when (none is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }
}
