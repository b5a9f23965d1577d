namespace ServiceOrders.Host;

/// <summary>The time as everything here knows it.</summary>
public static class Clock
{
    /// <summary>Now, UTC, cut to the microsecond: what PostgreSQL stores, so that a time read back equals the one that was written.</summary>
    public static DateTimeOffset Now(this TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(time);
        return time.GetUtcNow().ToMicroseconds();
    }

    /// <summary>The date of now in UTC.</summary>
    public static DateOnly Today(this TimeProvider time) => DateOnly.FromDateTime(time.Now().UtcDateTime);

    /// <summary>The same instant in UTC, cut to the microsecond.</summary>
    public static DateTimeOffset ToMicroseconds(this DateTimeOffset instant) =>
        new(instant.UtcTicks - (instant.UtcTicks % TimeSpan.TicksPerMicrosecond), TimeSpan.Zero);
}
