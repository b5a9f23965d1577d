using Npgsql;
using ServiceOrders.Audit.Checkpoints;
using ServiceOrders.Audit.Keys;

namespace ServiceOrders.AuditLog.Verifying;

/// <summary>
/// The keys whose checkpoints count. The table of keys proves nothing, for whoever rules the database can write to it, and a signature beside another on a checkpoint neither, for anyone can add
/// one: a key counts when it is one that the verifier was given, or when it took over from one that counts, or handed over to one, as both of them signed. It counts from where it took over to where it
/// handed over and for nothing else, so one that is stolen afterwards is worth nothing.
/// </summary>
internal sealed class TrustedKeys
{
    private readonly IReadOnlyDictionary<VerificationKey, Term> _terms;
    private readonly IReadOnlyList<VerificationKey> _known;

    private TrustedKeys(IReadOnlyDictionary<VerificationKey, Term> terms, IReadOnlyList<VerificationKey> known, IReadOnlyList<KeyHandover> handovers) =>
        (_terms, _known, Handovers) = (terms, known, handovers);

    /// <summary>The handovers that count.</summary>
    public IReadOnlyList<KeyHandover> Handovers { get; }

    /// <summary>Works them out.</summary>
    /// <param name="source">The database.</param>
    /// <param name="logId">The log.</param>
    /// <param name="given">Keys that the verifier has from elsewhere; none: the log's first key is taken for good.</param>
    /// <param name="findings">Takes keys that are none.</param>
    /// <param name="cancellation">Cancels.</param>
    public static async Task<TrustedKeys> ReadAsync(NpgsqlDataSource source, string logId, IReadOnlyCollection<VerificationKey> given, FindingList findings, CancellationToken cancellation)
    {
        var (known, claimed) = await KnownAsync(source, logId, findings, cancellation);
        HashSet<VerificationKey> trusted = given.Count > 0 ? [.. given] : [.. known.Take(1)];
        var handovers = Follow(trusted, claimed, findings);
        var terms = trusted.ToDictionary(key => key, key => new Term(handovers.Find(handover => handover.To.Equals(key))?.Size ?? 0, handovers.Find(handover => handover.From.Equals(key))?.Size ?? long.MaxValue));
        return new(terms, [.. known.Concat(trusted).Distinct()], handovers);
    }

    /// <summary>Whether the key in use signed it, in its time, and nobody signed in another's name.</summary>
    public bool Accepts(SignedNote note)
    {
        var named = _known.Where(key => note.Signatures.Any(signature => signature.KeyId == key.Id)).ToList();
        return named.TrueForAll(note.IsSignedBy) && named.Exists(key => key.Id == note.Signatures[0].KeyId && _terms.TryGetValue(key, out var term) && term.Holds(note.Checkpoint.Size));
    }

    /// <summary>From the keys that are trusted to those before them, and then to those after them. A key takes over once, and hands over once: where two say so, whoever has a key that is out of use made one of them.</summary>
    private static List<KeyHandover> Follow(HashSet<VerificationKey> trusted, List<(int Serial, KeyHandover Handover)> claimed, FindingList findings)
    {
        var followed = new List<KeyHandover>();
        for (var left = claimed.ToList(); ;)
        {
            var next = left.FindIndex(one => trusted.Contains(one.Handover.To));
            if (next < 0) next = left.FindIndex(one => trusted.Contains(one.Handover.From));
            if (next < 0) return followed;
            var (serial, handover) = left[next];
            left.RemoveAt(next);
            if (followed.Exists(other => other.From.Equals(handover.From) || other.To.Equals(handover.To)))
            {
                findings.Add(Finding.Of(FindingKind.CheckpointForged, FormattableString.Invariant($"key {serial}"), null, null, $"Key {handover.From.Id} is said to have handed over to key {serial}, {handover.To.Id}; but one of the two did that with another key."));
                continue;
            }
            followed.Add(handover);
            trusted.Add(handover.From);
            trusted.Add(handover.To);
        }
    }

    // What stands there may be anybody's: that something is no key must not stop whoever looks for what else is wrong.
    private static async Task<(List<VerificationKey> Keys, List<(int Serial, KeyHandover Handover)> Handovers)> KnownAsync(NpgsqlDataSource source, string logId, FindingList findings, CancellationToken cancellation)
    {
        await using var query = source.CreateCommand("select serial, public_key, handover from audit.keys order by serial");
        await using var rows = await query.ExecuteReaderAsync(cancellation);
        var (keys, handovers) = (new List<VerificationKey>(), new List<(int, KeyHandover)>());
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
            if (KeyHandover.TryParse(rows.GetString(2), out var handover) && handover.LogId == logId) handovers.Add((serial, handover));
            else findings.Add(Finding.Of(FindingKind.CheckpointForged, FormattableString.Invariant($"key {serial}"), null, null, $"What is to say that key {serial} took over was not signed so by it and a key before it."));
        }
        return (keys, handovers);
    }

    /// <summary>Of which sizes a key's checkpoints are.</summary>
    /// <param name="After">Larger than this.</param>
    /// <param name="UpTo">And no larger than this.</param>
    private readonly record struct Term(long After, long UpTo)
    {
        public bool Holds(long size) => size > After && size <= UpTo;
    }
}
