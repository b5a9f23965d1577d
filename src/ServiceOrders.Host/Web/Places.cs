using System.Threading.RateLimiting;

namespace ServiceOrders.Host.Web;

/// <summary>Places for long work of one kind on this node; no more than there are, and nobody waits for one.</summary>
/// <param name="most">How many.</param>
internal abstract class Places(int most) : IDisposable
{
    private readonly ConcurrencyLimiter _places = new(new ConcurrencyLimiterOptions { PermitLimit = most, QueueLimit = 0 });

    /// <summary>A place, to be given back; it is not acquired where all are taken.</summary>
    public RateLimitLease Take() => _places.AttemptAcquire();

    /// <inheritdoc/>
    public void Dispose() => _places.Dispose();
}
