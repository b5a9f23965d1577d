using System.Collections.Concurrent;
using System.Net;
using ServiceOrders.Host.Web;

namespace ServiceOrders.Host.Access;

/// <summary>
/// How much each may ask: a token bucket per caller, whatever key it uses; and one per address for requests whose key is nobody's, since each of those costs a look into
/// the database. Keys that counted here before do not ask the latter.
/// </summary>
/// <param name="limits">The rates.</param>
/// <param name="time">The clock.</param>
public sealed class RateLimits(WebLimits limits, TimeProvider time)
{
    private const int MostAddresses = 10_000;
    private readonly ConcurrentDictionary<Guid, TokenBucket> _callers = new();
    private readonly ConcurrentDictionary<IPAddress, TokenBucket> _strangers = new();

    /// <summary>Takes a token of a caller's; null: it may go on; else how long to wait.</summary>
    public TimeSpan? Take(Caller caller) => _callers.GetOrAdd(caller.Id, static (_, l) => new TokenBucket(l.RequestsPerSecond, l.Burst), limits).Take(time);

    /// <summary>Whether an address has shown too many keys that are nobody's; null: it may go on; else how long to wait.</summary>
    public TimeSpan? RefuseStranger(IPAddress? address) =>
        _strangers.IsEmpty || address is null || !_strangers.TryGetValue(address, out var bucket) ? null : bucket.Wait(time);

    /// <summary>Counts a key that is nobody's.</summary>
    public void CountStranger(IPAddress? address)
    {
        if (address is null) return;
        if (_strangers.Count >= MostAddresses) _strangers.Clear();
        _strangers.GetOrAdd(address, static (_, l) => new TokenBucket(l.UnknownKeysPerSecond, l.UnknownKeysPerSecond * 10), limits).Take(time);
    }
}

/// <summary>A bucket that fills steadily and is emptied by requests. Safe for concurrent use.</summary>
/// <param name="perSecond">Tokens that come in a second.</param>
/// <param name="capacity">Tokens that it holds; it starts full.</param>
public sealed class TokenBucket(double perSecond, double capacity)
{
    private readonly Lock _lock = new();
    private double _spent;
    private long _countedAt;

    /// <summary>Takes a token; null: there was one; else how long until there is.</summary>
    public TimeSpan? Take(TimeProvider time)
    {
        lock (_lock)
        {
            if (Missing(time) is { } wait) return wait;
            _spent++;
            return null;
        }
    }

    /// <summary>How long until there is a token; null: there is one. Takes none.</summary>
    public TimeSpan? Wait(TimeProvider time)
    {
        lock (_lock) return Missing(time);
    }

    private TimeSpan? Missing(TimeProvider time)
    {
        var now = time.GetTimestamp();
        if (_spent > 0) _spent = Math.Max(0, _spent - time.GetElapsedTime(_countedAt, now).TotalSeconds * perSecond);
        _countedAt = now;
        return _spent + 1 <= capacity ? null : TimeSpan.FromSeconds((_spent + 1 - capacity) / perSecond);
    }
}
