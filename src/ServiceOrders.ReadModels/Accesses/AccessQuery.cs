using System.Globalization;
using System.Text;
using Npgsql;

namespace ServiceOrders.ReadModels.Accesses;

/// <summary>Which accesses; what is null or empty matches any.</summary>
/// <param name="Subject">Whose data: a data subject, or a customer with all subjects that the customer is and was.</param>
/// <param name="Ticket">Of which ticket.</param>
/// <param name="Actors">By whom: <c>staff:li-wei</c>.</param>
/// <param name="From">At this instant or later.</param>
/// <param name="To">Before this instant.</param>
public sealed record AccessFilter(Guid? Subject, Guid? Ticket, IReadOnlyList<string> Actors, DateTimeOffset? From, DateTimeOffset? To);

/// <summary>A place in the list of accesses.</summary>
/// <param name="At">When.</param>
/// <param name="Position">The event's place in the order of everything.</param>
/// <param name="Ordinal">Its place within the event.</param>
public readonly record struct AccessPlace(DateTimeOffset At, long Position, int Ordinal);

/// <summary>That somebody was shown the personal data of a ticket.</summary>
/// <param name="Place">Its place in the list.</param>
/// <param name="Actor">To whom: <c>staff:li-wei</c>, <c>channel:wechat-shop</c>.</param>
/// <param name="Route">Through which operation.</param>
/// <param name="Kinds">What.</param>
/// <param name="TicketId">Of which ticket.</param>
/// <param name="SubjectId">Whose.</param>
public sealed record ListedAccess(AccessPlace Place, string Actor, string Route, IReadOnlyList<string> Kinds, Guid TicketId, Guid SubjectId);

/// <summary>Who was shown whose personal data? Follows the answers by moments.</summary>
/// <param name="database">Where <c>read.accesses</c> is.</param>
public sealed class AccessQuery(NpgsqlDataSource database)
{
    private static readonly CultureInfo Invariant = CultureInfo.InvariantCulture;

    /// <summary>A page, the latest first.</summary>
    /// <param name="filter">Which.</param>
    /// <param name="after">Where the page before ended; null: from the latest.</param>
    /// <param name="limit">At most so many.</param>
    /// <param name="cancellation">Cancels.</param>
    public async Task<IReadOnlyList<ListedAccess>> PageAsync(AccessFilter filter, AccessPlace? after, int limit, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(filter);
#pragma warning disable CA2100 // put together from the constant texts below
        await using var command = database.CreateCommand();
        command.CommandText = SqlOf(filter, after, limit, command.Parameters);
#pragma warning restore CA2100
        await using var reader = await command.ExecuteReaderAsync(cancellation).ConfigureAwait(false);
        List<ListedAccess> page = [];
        while (await reader.ReadAsync(cancellation).ConfigureAwait(false))
        {
            page.Add(new ListedAccess(new AccessPlace(reader.GetFieldValue<DateTimeOffset>(0), reader.GetInt64(1), reader.GetInt32(2)), reader.GetString(3), reader.GetString(4),
                reader.GetString(5).Split(' '), reader.GetGuid(6), reader.GetGuid(7)));
        }
        return page;
    }

    /// <summary>Rows are found by what they are about, and tell of each ticket apart: those that were not asked for are left out.</summary>
    private static string SqlOf(AccessFilter filter, AccessPlace? after, int limit, NpgsqlParameterCollection parameters)
    {
        var sql = new StringBuilder("""
            select a.at, a.position, a.ordinal + s.place::int - 1 as ordinal, a.actor, a.route, a.kinds, s.ticket_id, s.subject_id
            from read.accesses a cross join lateral unnest(a.tickets, a.subjects) with ordinality as s (ticket_id, subject_id, place) where true
            """);
        if (filter.Subject is { } subject)
        {
            const string Whose = "array(select $ union select k.subject_id from privacy.subject_keys k where k.customer_id = $)";
            Where($"(a.tickets || a.subjects) && {Whose} and s.subject_id = any({Whose})", subject);
        }
        // As the entry has it: the ticket itself may have been deleted since.
        if (filter.Ticket is { } ticket) Where("(a.tickets || a.subjects) @> array[$] and s.ticket_id = $", ticket);
        if (filter.Actors.Count > 0) Where("a.actor = any($)", filter.Actors.ToArray());
        if (filter.From is { } from) Where("a.at >= $", from.UtcDateTime);
        if (filter.To is { } to) Where("a.at < $", to.UtcDateTime);
        if (after is { } place)
        {
            var (at, position, ordinal) = (Next(place.At.UtcDateTime), Next(place.Position), Next(place.Ordinal));
            // The row in which the page before ended may have more.
            sql.Append(Invariant, $" and (a.at, a.position, a.ordinal) <= ({at}, {position}, {ordinal}) and (a.at, a.position, a.ordinal + s.place - 1) < ({at}, {position}, {ordinal})");
        }
        return sql.Append(Invariant, $" order by a.at desc, a.position desc, a.ordinal desc, s.place desc limit {Next(limit)}").ToString();

        void Where<T>(string condition, T value) => sql.Append(" and ").Append(condition.Replace("$", Next(value), StringComparison.Ordinal));

        string Next<T>(T value)
        {
            parameters.Add(new NpgsqlParameter<T> { TypedValue = value });
            return $"${parameters.Count}";
        }
    }
}
