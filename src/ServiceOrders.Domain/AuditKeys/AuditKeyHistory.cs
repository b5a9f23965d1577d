using System.Collections.Immutable;
using ServiceOrders.Domain.Tickets;

namespace ServiceOrders.Domain.AuditKeys;

/// <summary>Something that happened to the keys that sign the audit log (row A2). Types of the base class library only, as for tickets.</summary>
public interface IAuditKeyEvent;

/// <summary>A key signs from now on. The first checkpoint after it is signed by the key that it replaces as well, and both sign that it takes over, so that who trusts that one can trust this.</summary>
/// <param name="KeyId">The first 16 hexadecimal digits of the SHA-256 of the public key.</param>
/// <param name="PublicKey">SubjectPublicKeyInfo (RFC 5280), PEM.</param>
/// <param name="Replaces">The id of the key that signed until now; null: this is the first.</param>
/// <param name="Handover">The same, signed by both keys, so that nobody else can say it; null: this is the first.</param>
public sealed record AuditKeyIntroduced(string KeyId, string PublicKey, string? Replaces, string? Handover = null) : IAuditKeyEvent;

/// <summary>The keys that sign the audit log, as their events tell. Immutable.</summary>
public sealed record AuditKeyHistory
{
    /// <summary>The stream's name: there is one.</summary>
    public const string Name = "keys";

    /// <summary>No key yet.</summary>
    public static readonly AuditKeyHistory Unkeyed = new();

    /// <summary>Version of the last event: each introduced a key.</summary>
    public long Version { get; init; }

    /// <summary>The keys, the first one first; the last is the one in use.</summary>
    public ImmutableArray<AuditKey> Keys { get; init; } = [];

    /// <summary>The id of the key in use; null: there is none yet.</summary>
    public string? InUse => Keys.IsEmpty ? null : Keys[^1].Id;

    /// <summary>Whether a key was ever introduced.</summary>
    public bool Knows(string keyId) => Keys.Any(key => key.Id == keyId);

    /// <summary>The history after an event. Total: an unknown one throws.</summary>
    public AuditKeyHistory Evolve(IAuditKeyEvent happened, EventMeta meta) => happened switch
    {
        AuditKeyIntroduced e => this with { Version = meta.Version, Keys = Keys.Add(new AuditKey(e.KeyId, e.PublicKey, meta.OccurredAt, e.Handover)) },
        _ => throw new ArgumentOutOfRangeException(nameof(happened), happened, "No such event of an audit key."),
    };

    /// <summary>Introduces a key.</summary>
    /// <param name="keyId">Its id.</param>
    /// <param name="publicKey">SubjectPublicKeyInfo, PEM.</param>
    /// <param name="replaces">The key that it means to replace; null: it means to be the first.</param>
    /// <param name="handover">That it replaces that one, signed by both; null: it means to be the first.</param>
    public Verdict<IAuditKeyEvent> Introduce(string keyId, string publicKey, string? replaces, string? handover)
    {
        if (Knows(keyId)) return Refusal.State("audit-key-known", "The key was introduced before. A key that was replaced does not come back.");
        return replaces == InUse ? new AuditKeyIntroduced(keyId, publicKey, replaces, handover)
            : Refusal.State("audit-key-replaced", "Another key has taken the place of the one that this is to replace.");
    }
}

/// <summary>A key that signs the audit log, or did.</summary>
/// <param name="Id">The first 16 hexadecimal digits of the SHA-256 of the public key.</param>
/// <param name="PublicKey">SubjectPublicKeyInfo, PEM.</param>
/// <param name="IntroducedAt">Since when.</param>
/// <param name="Handover">That it took over, signed by the key before it and by itself; null: it is the first.</param>
public sealed record AuditKey(string Id, string PublicKey, DateTimeOffset IntroducedAt, string? Handover);
