using System.Globalization;
using ServiceOrders.Host.Hosting;

namespace ServiceOrders.Host.Retention;

/// <summary>Settings of retention, section <c>ServiceOrders:Retention</c> (<c>ServiceOrders__Retention__DailyAt</c> in the environment).</summary>
/// <param name="DailyAt">The time of day, UTC, from which the day's run is made; default 18:00, two in the morning in Shanghai.</param>
public sealed record RetentionOptions(TimeOnly DailyAt)
{
    private const string Setting = "ServiceOrders:Retention:DailyAt";

    /// <summary>Reads the settings.</summary>
    /// <exception cref="StartRefusedException">The time is none.</exception>
    public static RetentionOptions Of(IConfiguration configuration)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        var given = configuration[Setting];
        if (string.IsNullOrWhiteSpace(given)) return new RetentionOptions(new TimeOnly(18, 0));
        return TimeOnly.TryParseExact(given, "HH:mm", CultureInfo.InvariantCulture, DateTimeStyles.None, out var at) ? new RetentionOptions(at)
            : throw new StartRefusedException($"{Setting} must be a time of day in UTC such as 18:00.");
    }
}
