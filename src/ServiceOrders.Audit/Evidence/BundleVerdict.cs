namespace ServiceOrders.Audit.Evidence;

/// <summary>What a bundle proves, in sentences for people who did not write it.</summary>
/// <param name="Failures">What is wrong; empty: it holds.</param>
/// <param name="Proven">What is proven. Nothing, where anything is wrong.</param>
/// <param name="NotProven">What no such file can prove, or this one does not.</param>
public sealed record BundleVerdict(IReadOnlyList<string> Failures, IReadOnlyList<string> Proven, IReadOnlyList<string> NotProven)
{
    /// <summary>Whether it holds.</summary>
    public bool Holds => Failures.Count == 0;
}
