namespace ServiceOrders.Benchmarks.Loading;

/// <summary>The few statistics that are told.</summary>
internal static class Statistics
{
    /// <summary>The middle one.</summary>
    public static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        return sorted.Length % 2 == 1 ? sorted[sorted.Length / 2] : (sorted[sorted.Length / 2 - 1] + sorted[sorted.Length / 2]) / 2;
    }

    /// <summary>The smallest value that so many percent of all do not exceed.</summary>
    /// <param name="rising">Sorted.</param>
    /// <param name="percent">0 to 100.</param>
    public static double Percentile(double[] rising, double percent) =>
        rising.Length == 0 ? double.NaN : rising[Math.Clamp((int)Math.Ceiling(percent / 100 * rising.Length) - 1, 0, rising.Length - 1)];
}
