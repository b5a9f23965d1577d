using ServiceOrders.Host.Hosting;

namespace ServiceOrders.Host.Web;

/// <summary>Limits of the API, section <c>ServiceOrders:Web</c> of the settings (<c>ServiceOrders__Web__RequestsPerSecond</c> in the environment).</summary>
public sealed class WebLimits
{
    /// <summary>The section's name.</summary>
    public const string Section = "ServiceOrders:Web";

    /// <summary>Requests a second of one caller, on average, on this node.</summary>
    public double RequestsPerSecond { get; init; } = 20_000;
    /// <summary>Requests of one caller at once.</summary>
    public double Burst { get; init; } = 20_000;
    /// <summary>Requests a second from one address whose key is nobody's; ten seconds' worth at once.</summary>
    public double UnknownKeysPerSecond { get; init; } = 20;
    /// <summary>Requests under way at once; more wait.</summary>
    public int ConcurrentRequests { get; init; } = 512;
    /// <summary>Requests that wait; more are answered 503.</summary>
    public int WaitingRequests { get; init; } = 2_048;
    /// <summary>Simulations under way at once on this node; more are answered 503.</summary>
    public int ConcurrentSimulations { get; init; } = 2;
    /// <summary>Exports of events under way at once on this node; more are answered 503.</summary>
    public int ConcurrentExports { get; init; } = 4;
    /// <summary>Bytes of a body.</summary>
    public long BodyBytes { get; init; } = 1_000_000;
    /// <summary>Seconds until a request is given up with 503; imports, exports and simulations of real tickets are exempt.</summary>
    public int RequestSeconds { get; init; } = 30;

    /// <summary>Reads the settings.</summary>
    /// <exception cref="StartRefusedException">One is no number, or out of its range.</exception>
    public static WebLimits Of(IConfiguration configuration)
    {
        var limits = Read(configuration);
        if (limits.RequestsPerSecond <= 0 || limits.Burst < 1 || limits.UnknownKeysPerSecond <= 0 || limits.ConcurrentRequests < 1 || limits.WaitingRequests < 0 || limits.ConcurrentSimulations < 1 || limits.ConcurrentExports < 1 || limits.BodyBytes < 1_000 || limits.RequestSeconds < 1)
            throw new StartRefusedException($"A setting of {Section} is out of its range: rates and sizes are positive, bodies at least 1000 bytes.");
        return limits;
    }

    private static WebLimits Read(IConfiguration configuration)
    {
        try
        {
            return configuration.GetSection(Section).Get<WebLimits>() ?? new WebLimits();
        }
        catch (InvalidOperationException wrong)
        {
            throw new StartRefusedException(wrong.Message);
        }
    }
}
