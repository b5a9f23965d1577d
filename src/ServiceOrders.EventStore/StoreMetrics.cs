using System.Diagnostics.Metrics;

namespace ServiceOrders.EventStore;

/// <summary>The store's instruments, all of the meter <c>ServiceOrders.EventStore</c>; the README lists them.</summary>
public static class StoreMetrics
{
    /// <summary>The meter's name, for exporters.</summary>
    public const string MeterName = "ServiceOrders.EventStore";

    private static readonly Meter Meter = new(MeterName);

    internal static readonly Histogram<int> BatchSize = Meter.CreateHistogram<int>("store.append.batch_size", "{append}", "Appends committed together");
    internal static readonly Histogram<double> AppendDuration = Meter.CreateHistogram<double>("store.append.duration", "ms", "From the call to its outcome");
    internal static readonly UpDownCounter<int> Queue = Meter.CreateUpDownCounter<int>("store.append.queue", "{append}", "Appends waiting or under way");
    internal static readonly Histogram<double> DueLateness = Meter.CreateHistogram("store.due.lateness", "ms", "From the due time to the commit",
        advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = EventStore.DueLateness.Bounds });
    internal static readonly Counter<long> DuePutOff = Meter.CreateCounter<long>("store.due.put_off", "{stream}", "Due streams whose handling failed and was put off");
    internal static readonly Gauge<long> DueLate = Meter.CreateGauge<long>("store.due.late", "{stream}", "Due streams of the whole database whose time has passed, counted up to 100,000");
    internal static readonly Gauge<long> DueFailing = Meter.CreateGauge<long>("store.due.failing", "{stream}", "Due streams of the whole database that failed and wait for their next try");
    internal static readonly Gauge<double> DueOldest = Meter.CreateGauge<double>("store.due.oldest", "ms", "How long ago the oldest of the late streams was due; 0: none is late");
    internal static readonly Histogram<double> SubscriptionLag = Meter.CreateHistogram<double>("store.subscription.lag", "ms", "Age of the newest event of a page when it was applied");
    internal static readonly Counter<long> SubscriptionStopped = Meter.CreateCounter<long>("store.subscription.stopped", "{stop}", "Subscriptions stopped by an event that they cannot apply");
}
