using System.Diagnostics.Metrics;
using ServiceOrders.AuditLog.Reading;

namespace ServiceOrders.AuditLog;

/// <summary>The audit log's instruments, all of the meter <c>ServiceOrders.AuditLog</c>; the README lists them.</summary>
public static class AuditLogMetrics
{
    /// <summary>The meter's name, for exporters.</summary>
    public const string MeterName = "ServiceOrders.AuditLog";

    private static readonly Meter Meter = new(MeterName);

    internal static readonly Counter<long> Leaves = Meter.CreateCounter<long>("audit.leaves", "{event}", "Events that entered the log on this node");
    internal static readonly Counter<long> Signed = Meter.CreateCounter<long>("audit.checkpoints.signed", "{checkpoint}", "Checkpoints signed on this node");
    internal static readonly Counter<long> Refused = Meter.CreateCounter<long>("audit.checkpoints.refused", "{refusal}", "Times that this node refused to sign");
    internal static readonly Counter<long> SendingFailed = Meter.CreateCounter<long>("audit.sending.failed", "{try}", "Tries to bring a checkpoint outside that failed");
    internal static readonly Counter<long> Verified = Meter.CreateCounter<long>("audit.verified", "{event}", "Events that complete verifications on this node read and hashed");
    internal static readonly Counter<long> Found = Meter.CreateCounter<long>("audit.findings.new", "{finding}", "Findings of verifications on this node that were not known before, by kind");
    internal static readonly Gauge<long> Findings = Meter.CreateGauge<long>("audit.findings", "{finding}", "Findings of the last complete verification on this node; any but 0 wants somebody's attention");
    internal static readonly Gauge<long> Size = Meter.CreateGauge<long>("audit.log.size", "{event}", "Events in the log of the whole database");
    internal static readonly Gauge<double> Lag = Meter.CreateGauge<double>("audit.log.lag", "ms", "How long ago the oldest event was recorded that is not in the log yet; 0: all are");
    internal static readonly Gauge<long> NotYetProtected = Meter.CreateGauge<long>("audit.log.not_yet_protected", "{event}", "Events after the last checkpoint outside, those behind counted up to 100,000");

    /// <summary>Whether anyone listens to the gauges.</summary>
    public static bool AreWanted => Size.Enabled || Lag.Enabled || NotYetProtected.Enabled;

    /// <summary>Tells the gauges.</summary>
    public static void Record(LogStatus status, DateTimeOffset now)
    {
        Size.Record(status.Extent.Size);
        Lag.Record(status.Following.OldestMissing is { } oldest ? (now - oldest).TotalMilliseconds : 0);
        NotYetProtected.Record(status.NotYetProtected);
    }
}
