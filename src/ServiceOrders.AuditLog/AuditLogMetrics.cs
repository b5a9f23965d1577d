using System.Diagnostics.Metrics;

namespace ServiceOrders.AuditLog;

/// <summary>The audit log's instruments, all of the meter <c>ServiceOrders.AuditLog</c>; the README lists them.</summary>
public static class AuditLogMetrics
{
    /// <summary>The meter's name, for exporters.</summary>
    public const string MeterName = "ServiceOrders.AuditLog";

    private static readonly Meter Meter = new(MeterName);

    internal static readonly Counter<long> Leaves = Meter.CreateCounter<long>("audit.leaves", "{event}", "Events that entered the log on this node");
}
