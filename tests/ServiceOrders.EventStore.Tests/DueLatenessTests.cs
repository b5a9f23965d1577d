namespace ServiceOrders.EventStore.Tests;

public sealed class DueLatenessTests
{
    private static readonly DateTimeOffset Start = new(2026, 3, 2, 12, 0, 0, TimeSpan.Zero);
    private readonly DueLateness _lateness = new(Start);

    [Fact]
    public void Nothing_settled_is_nothing_late()
    {
        var figures = _lateness.Read();
        (figures.Since, figures.Count, figures.P50, figures.P99, figures.Longest).ShouldBe((Start, 0, TimeSpan.Zero, TimeSpan.Zero, TimeSpan.Zero));
        figures.Buckets.Count.ShouldBe(DueLateness.Bounds.Count + 1);
        figures.Buckets.Sum(bucket => bucket.Count).ShouldBe(0);
    }

    [Fact]
    public void Percentiles_are_never_too_low_and_at_most_a_sixteenth_too_high()
    {
        var random = new Random(1);
        // From microseconds to a day, evenly in their logarithms.
        var late = Enumerable.Range(0, 10_000).Select(_ => TimeSpan.FromMicroseconds(Math.Floor(Math.Pow(10, random.NextDouble() * 10.9)))).ToList();
        late.ForEach(_lateness.Record);

        var (figures, rising) = (_lateness.Read(), late.Order().ToList());
        figures.Count.ShouldBe(10_000);
        figures.Longest.ShouldBe(rising[^1]);
        figures.P50.ShouldBeInRange(rising[4_999], rising[4_999] * 1.0625);
        figures.P99.ShouldBeInRange(rising[9_899], rising[9_899] * 1.0625);
    }

    [Theory]
    [InlineData(-5, 0)] // Another node's clock is ahead.
    [InlineData(0, 0)]
    [InlineData(1, 0)]
    [InlineData(1.01, 1)]
    [InlineData(86_400_000, 19)]
    [InlineData(86_400_001, 20)]
    [InlineData(1e14, 20)] // Centuries.
    public void A_bucket_holds_what_is_no_later_than_its_bound(double milliseconds, int bucket)
    {
        _lateness.Record(TimeSpan.FromMilliseconds(milliseconds));
        _lateness.Read().Buckets.Select(b => b.Count).ShouldBe(Enumerable.Range(0, DueLateness.Bounds.Count + 1).Select(i => i == bucket ? 1L : 0));
    }

    [Fact]
    public void Many_threads_lose_no_count()
    {
        Parallel.For(0, 100_000, i => _lateness.Record(TimeSpan.FromMicroseconds(i)));
        var figures = _lateness.Read();
        (figures.Count, figures.Longest, figures.Buckets.Sum(b => b.Count)).ShouldBe((100_000, TimeSpan.FromMicroseconds(99_999), 100_000));
    }
}
