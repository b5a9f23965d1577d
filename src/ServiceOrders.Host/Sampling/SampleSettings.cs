using ServiceOrders.Domain.Auditing;
using ServiceOrders.Host.Hosting;

namespace ServiceOrders.Host.Sampling;

/// <summary>How samples are drawn, section <c>Audit</c> of the settings.</summary>
/// <param name="TimeZone">Where months begin and end, <c>Audit__SampleTimeZone</c>: an IANA time zone. A sample keeps the one that its seed was fixed with.</param>
public sealed record SampleSettings(string TimeZone)
{
    /// <summary>The settings as configured.</summary>
    /// <exception cref="StartRefusedException">There is no such time zone.</exception>
    public static SampleSettings Of(IConfiguration configuration)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        var zone = configuration["Audit:SampleTimeZone"] is { Length: > 0 } given ? given : "Asia/Shanghai";
        return SampleMonth.IsZone(zone) ? new SampleSettings(zone) : throw new StartRefusedException("Audit__SampleTimeZone is not the name of a time zone such as Asia/Shanghai.");
    }
}
