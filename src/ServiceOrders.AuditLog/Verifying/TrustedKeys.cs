using Npgsql;
using ServiceOrders.Audit.Checkpoints;
using ServiceOrders.Audit.Keys;

namespace ServiceOrders.AuditLog.Verifying;

/// <summary>
/// The keys whose checkpoints count. The table of keys alone proves nothing, for whoever rules the database can write to it: a key counts when it is one that the verifier was given, or when it
/// took over from one that counts, or handed over to one, by a checkpoint that both signed.
/// </summary>
internal sealed class TrustedKeys
{
    private readonly HashSet<VerificationKey> _trusted;
    private readonly IReadOnlyList<VerificationKey> _known;

    private TrustedKeys(HashSet<VerificationKey> trusted, IReadOnlyList<VerificationKey> known) => (_trusted, _known) = (trusted, known);

    /// <summary>Works them out.</summary>
    /// <param name="source">The database.</param>
    /// <param name="given">Keys that the verifier has from elsewhere; none: the log's first key is taken for good.</param>
    /// <param name="findings">Takes keys that are none.</param>
    /// <param name="cancellation">Cancels.</param>
    public static async Task<TrustedKeys> ReadAsync(NpgsqlDataSource source, IReadOnlyCollection<VerificationKey> given, FindingList findings, CancellationToken cancellation)
    {
        var known = await KnownAsync(source, findings, cancellation);
        HashSet<VerificationKey> trusted = given.Count > 0 ? [.. given] : [.. known.Take(1)];
        var handovers = await HandoversAsync(source, cancellation);
        known.AddRange(trusted);
        for (var grown = true; grown;)
        {
            grown = false;
            foreach (var note in handovers)
            {
                var signers = known.Distinct().Where(note.IsSignedBy).ToList();
                if (signers.Any(trusted.Contains) && !trusted.IsSupersetOf(signers)) (grown, _) = (true, signers.TrueForAll(key => trusted.Add(key) || true));
            }
        }
        return new(trusted, [.. known.Distinct()]);
    }

    /// <summary>Whether one of them signed it, and nobody signed in another's name.</summary>
    public bool Accepts(SignedNote note)
    {
        var named = _known.Where(key => note.Signatures.Any(signature => signature.KeyId == key.Id)).ToList();
        return named.Any(_trusted.Contains) && named.TrueForAll(note.IsSignedBy);
    }

    // What stands there may be anybody's: that something is no key must not stop whoever looks for what else is wrong.
    private static async Task<List<VerificationKey>> KnownAsync(NpgsqlDataSource source, FindingList findings, CancellationToken cancellation)
    {
        await using var query = source.CreateCommand("select serial, public_key from audit.keys order by serial");
        await using var rows = await query.ExecuteReaderAsync(cancellation);
        var keys = new List<VerificationKey>();
        while (await rows.ReadAsync(cancellation))
        {
            var serial = rows.GetInt32(0);
            try
            {
                keys.Add(VerificationKey.FromDer(rows.GetFieldValue<byte[]>(1)));
            }
            catch (FormatException)
            {
                findings.Add(Finding.Of(FindingKind.CheckpointForged, FormattableString.Invariant($"key {serial}"), null, null, $"Key {serial} of the log is no key."));
            }
        }
        return keys;
    }

    private static async Task<List<SignedNote>> HandoversAsync(NpgsqlDataSource source, CancellationToken cancellation)
    {
        await using var query = source.CreateCommand("""
            select c.note from audit.keys k cross join lateral (select note from audit.checkpoints where key_id = k.id order by size limit 1) c where k.serial > 1
            """);
        await using var rows = await query.ExecuteReaderAsync(cancellation);
        var notes = new List<SignedNote>();
        while (await rows.ReadAsync(cancellation))
        {
            if (SignedNote.TryParse(rows.GetString(0), out var note)) notes.Add(note);
        }
        return notes;
    }
}
