using Npgsql;
using ServiceOrders.Audit.Checkpoints;
using ServiceOrders.Audit.Keys;

namespace ServiceOrders.AuditLog.Verifying;

/// <summary>
/// The keys whose checkpoints count. The table of keys proves nothing, for whoever rules the database can write to it, and a signature beside another on a checkpoint neither, for anyone can add
/// one: a key counts when it is one that the verifier was given, or when it took over from one that counts, or handed over to one, as both of them signed.
/// </summary>
internal sealed class TrustedKeys
{
    // Each with the size that its checkpoints are larger than.
    private readonly IReadOnlyDictionary<VerificationKey, long> _trusted;
    private readonly IReadOnlyList<VerificationKey> _known;

    private TrustedKeys(IReadOnlyDictionary<VerificationKey, long> trusted, IReadOnlyList<VerificationKey> known) => (_trusted, _known) = (trusted, known);

    /// <summary>Works them out.</summary>
    /// <param name="source">The database.</param>
    /// <param name="logId">The log.</param>
    /// <param name="given">Keys that the verifier has from elsewhere; none: the log's first key is taken for good.</param>
    /// <param name="findings">Takes keys that are none.</param>
    /// <param name="cancellation">Cancels.</param>
    public static async Task<TrustedKeys> ReadAsync(NpgsqlDataSource source, string logId, IReadOnlyCollection<VerificationKey> given, FindingList findings, CancellationToken cancellation)
    {
        var (known, handovers) = await KnownAsync(source, logId, findings, cancellation);
        HashSet<VerificationKey> trusted = given.Count > 0 ? [.. given] : [.. known.Take(1)];
        while (handovers.Exists(handover => trusted.Contains(handover.From) ? trusted.Add(handover.To) : trusted.Contains(handover.To) && trusted.Add(handover.From))) { }
        var since = trusted.ToDictionary(key => key, key => handovers.Where(handover => handover.To.Equals(key)).Select(handover => handover.Size).DefaultIfEmpty(0).Max());
        return new(since, [.. known.Concat(trusted).Distinct()]);
    }

    /// <summary>Whether the key in use signed it, in its time, and nobody signed in another's name.</summary>
    public bool Accepts(SignedNote note)
    {
        var named = _known.Where(key => note.Signatures.Any(signature => signature.KeyId == key.Id)).ToList();
        return named.TrueForAll(note.IsSignedBy) && named.Exists(key => key.Id == note.Signatures[0].KeyId && _trusted.TryGetValue(key, out var since) && note.Checkpoint.Size > since);
    }

    // What stands there may be anybody's: that something is no key must not stop whoever looks for what else is wrong.
    private static async Task<(List<VerificationKey> Keys, List<KeyHandover> Handovers)> KnownAsync(NpgsqlDataSource source, string logId, FindingList findings, CancellationToken cancellation)
    {
        await using var query = source.CreateCommand("select serial, public_key, handover from audit.keys order by serial");
        await using var rows = await query.ExecuteReaderAsync(cancellation);
        var (keys, handovers) = (new List<VerificationKey>(), new List<KeyHandover>());
        while (await rows.ReadAsync(cancellation))
        {
            var serial = rows.GetInt32(0);
            try
            {
                keys.Add(VerificationKey.FromDer(rows.GetFieldValue<byte[]>(1)));
            }
            catch (Exception none) when (none is FormatException or InvalidCastException)
            {
                findings.Add(Finding.Of(FindingKind.CheckpointForged, FormattableString.Invariant($"key {serial}"), null, null, $"Key {serial} of the log is no key."));
            }
            if (rows.IsDBNull(2)) continue;
            if (KeyHandover.TryParse(rows.GetString(2), out var handover) && handover.LogId == logId) handovers.Add(handover);
            else findings.Add(Finding.Of(FindingKind.CheckpointForged, FormattableString.Invariant($"key {serial}"), null, null, $"What is to say that key {serial} took over was not signed so by it and a key before it."));
        }
        return (keys, handovers);
    }
}
