using ServiceOrders.Domain.Deadlines;

namespace ServiceOrders.Host.Rules;

/// <summary>Computing with rules that another node may have published a moment ago.</summary>
public static class Knowing
{
    /// <summary>Computes with the snapshot at hand; when that lacks a version, once more with a fresh one.</summary>
    /// <exception cref="UnknownRuleException">The fresh one lacks it too.</exception>
    public static ValueTask<T> WithAsync<T>(this IRules rules, Func<RuleSnapshot, T> compute, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(rules);
        ArgumentNullException.ThrowIfNull(compute);
        try
        {
            return new ValueTask<T>(compute(rules.Current));
        }
        catch (UnknownRuleException)
        {
            return new ValueTask<T>(AnewAsync());
        }

        async Task<T> AnewAsync() => compute(await rules.RefreshAsync(cancellation).ConfigureAwait(false));
    }
}
