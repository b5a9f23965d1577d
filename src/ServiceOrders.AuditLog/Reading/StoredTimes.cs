using Npgsql;

namespace ServiceOrders.AuditLog.Reading;

/// <summary>Times as somebody may have put them there: PostgreSQL knows years that no <see cref="DateTimeOffset"/> has, and one of them must not stop whoever reads the row.</summary>
internal static class StoredTimes
{
    /// <summary>The time in a column; one that is beyond the calendar is its first or last instant.</summary>
    public static DateTimeOffset Time(this NpgsqlDataReader row, int column)
    {
        try
        {
            return row.GetFieldValue<DateTimeOffset>(column);
        }
        catch (InvalidCastException) when (!row.IsDBNull(column))
        {
            // Microseconds since 2000.
            return row.GetFieldValue<long>(column) < 0 ? DateTimeOffset.MinValue : DateTimeOffset.MaxValue;
        }
    }

    /// <summary>The same; null where there is none.</summary>
    public static DateTimeOffset? TimeOrNull(this NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.Time(column);
}
