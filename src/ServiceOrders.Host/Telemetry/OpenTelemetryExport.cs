using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;
using ServiceOrders.AuditLog;
using ServiceOrders.EventStore;
using ServiceOrders.Host.Privacy;

namespace ServiceOrders.Host.Telemetry;

/// <summary>
/// Sends metrics and traces by OTLP when the standard environment variables name an endpoint (<c>OTEL_EXPORTER_OTLP_ENDPOINT</c>, or one of its
/// <c>_METRICS_</c> and <c>_TRACES_</c> forms); else nothing is measured beyond what listeners ask for. Protocol, headers, intervals and sampling are the SDK's own variables.
/// </summary>
public sealed class OpenTelemetryExport : IDisposable
{
    private const string Service = "service-orders";
    private readonly MeterProvider? _metrics;
    private readonly TracerProvider? _traces;

    /// <summary>Starts what is configured.</summary>
    public OpenTelemetryExport(IConfiguration configuration)
    {
        if (string.Equals(configuration["OTEL_SDK_DISABLED"], "true", StringComparison.OrdinalIgnoreCase)) return;
        var everything = IsSet(configuration, "OTEL_EXPORTER_OTLP_ENDPOINT");
        // The service's name is a default: OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES, read by CreateDefault, come last and win.
        var resource = ResourceBuilder.CreateEmpty().AddService(Service).AddTelemetrySdk().AddEnvironmentVariableDetector();
        if (everything || IsSet(configuration, "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT"))
        {
            _metrics = Sdk.CreateMeterProviderBuilder().SetResourceBuilder(resource)
                .AddMeter(StoreMetrics.MeterName, AuditLogMetrics.MeterName, AccessLog.MeterName, Disclosure.MeterName, "Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel", "Npgsql", "System.Runtime")
                .AddOtlpExporter().Build();
        }
        if (everything || IsSet(configuration, "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"))
            _traces = Sdk.CreateTracerProviderBuilder().SetResourceBuilder(resource).AddSource("Microsoft.AspNetCore", "Npgsql").AddOtlpExporter().Build();
    }

    /// <summary>Whether metrics are sent.</summary>
    public bool SendsMetrics => _metrics is not null;

    /// <summary>Whether traces are sent.</summary>
    public bool SendsTraces => _traces is not null;

    /// <summary>Sends what is left, and stops.</summary>
    public void Dispose()
    {
        _metrics?.Dispose();
        _traces?.Dispose();
    }

    private static bool IsSet(IConfiguration configuration, string name) => !string.IsNullOrWhiteSpace(configuration[name]);
}
