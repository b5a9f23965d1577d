using System.Collections.Concurrent;
using System.Security.Cryptography;
using ServiceOrders.ReadModels.Credentials;

namespace ServiceOrders.Host.Access;

/// <summary>
/// Finds the caller of a key. What was found is kept for <see cref="Lifetime"/>: so long a suspension, deactivation or rotation made on another node may stay unknown
/// here; one made on this node counts at once. Unknown keys are never kept: there are 2^256 of them. Kept ones stay after their time, to be told from guesses.
/// </summary>
/// <param name="query">The table.</param>
/// <param name="time">The clock.</param>
public sealed class Credentials(CredentialQuery query, TimeProvider time)
{
    /// <summary>How long a credential is kept.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromSeconds(3);

    /// <summary>How many are kept at most.</summary>
    public const int Capacity = 10_000;

    private readonly ConcurrentDictionary<string, Known> _known = new(StringComparer.Ordinal);
    private int _generation;

    /// <summary>Whose key it is; null: nobody's, or one that does not count.</summary>
    public async ValueTask<Caller?> FindAsync(string key, CancellationToken cancellation)
    {
        var bytes = ApiKey.HashBytes(key);
        var hash = Convert.ToHexStringLower(bytes);
        // Taken before the read: what is changed on this node while we read makes what we read old.
        var generation = Volatile.Read(ref _generation);
        if (_known.TryGetValue(hash, out var known) && known.Generation == generation && time.GetElapsedTime(known.Since) < Lifetime)
            return known.Row.Accepts(hash, time.Now()) ? known.Caller : null;

        var since = time.GetTimestamp();
        // The index finds the hash, not the key: how long that takes tells nothing about the key. The comparison itself is in constant time all the same.
        var row = await query.FindAsync(bytes, cancellation);
        if (row is null || !Matches(row, bytes))
        {
            _known.TryRemove(hash, out _);
            return null;
        }
        known = new Known(row, new Caller(row.Id, row.Kind, row.Name, row.Role, row.Medium), since, generation);
        if (_known.Count >= Capacity) _known.Clear();
        _known[hash] = known;
        return row.Accepts(hash, time.Now()) ? known.Caller : null;
    }

    /// <summary>Whether a key counted when it was last looked up here, however long ago: it is no guess. Costs no look into the database.</summary>
    public bool Knows(string key)
    {
        var hash = ApiKey.Hash(key);
        return _known.TryGetValue(hash, out var known) && known.Row.Accepts(hash, time.Now());
    }

    /// <summary>Lets nothing count that was read before: a credential was changed on this node. Rare, and reading them again is cheap.</summary>
    public void Forget() => Interlocked.Increment(ref _generation);

    private static bool Matches(CredentialRow row, byte[] hash) =>
        CryptographicOperations.FixedTimeEquals(Convert.FromHexString(row.Keys.Current), hash)
        || (row.Keys.Previous is { } previous && CryptographicOperations.FixedTimeEquals(Convert.FromHexString(previous), hash));

    private sealed record Known(CredentialRow Row, Caller Caller, long Since, int Generation);
}
