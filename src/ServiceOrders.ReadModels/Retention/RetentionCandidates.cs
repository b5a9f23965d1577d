using Npgsql;
using ServiceOrders.Domain.Tickets;
using ServiceOrders.ReadModels.Tickets;

namespace ServiceOrders.ReadModels.Retention;

/// <summary>A stretch of the tickets that are old enough to be looked at.</summary>
/// <param name="Last">The last ticket of the stretch and when something was last recorded in it; null: there are no more.</param>
/// <param name="Candidates">Those of the stretch that nothing was recorded in for long enough.</param>
public sealed record CandidatePage((Guid Id, DateTimeOffset UpdatedAt)? Last, IReadOnlyList<RetentionTicket> Candidates);

/// <summary>A ticket in which nothing was recorded for long enough.</summary>
/// <param name="Id">Which.</param>
/// <param name="UpdatedAt">When something was last recorded in it.</param>
/// <param name="State">Its state; null: it cannot be read, and is in nobody's way.</param>
public sealed record RetentionTicket(Guid Id, DateTimeOffset UpdatedAt, Ticket? State);

/// <summary>
/// Walks the tickets in which nothing was recorded since an instant. A page is bounded by the rows that it passes. Archiving empties its own stretch of the list behind it, and deletion its stretch of
/// all tickets, so a daily walk is as long as a day's work, and what the rules keep.
/// </summary>
/// <param name="database">Where <c>read.queue</c> and <c>read.tickets</c> are.</param>
public sealed class RetentionCandidates(NpgsqlDataSource database)
{
    /// <summary>Clocks differ between nodes: an id may be a little younger than its ticket's first event.</summary>
    private static readonly TimeSpan Skew = TimeSpan.FromDays(1);

    private const string OnLists = $"""
        with page as materialized (
            select q.id, q.updated_at from read.queue q where q.priority = 9 and (q.updated_at, q.id) > ($2, $1) and q.updated_at <= $3 order by q.updated_at, q.id limit $4)
        select p.id, p.updated_at, {TicketQuery.Columns} from page p left join read.tickets t on t.id = p.id order by p.updated_at, p.id
        """;

    // Ids rise with the time of opening: a ticket that is younger than that cannot be old enough.
    private const string Anywhere = $"""
        with page as materialized (select t.id, t.updated_at from read.tickets t where t.id > $1 and t.id < $2 order by t.id limit $4)
        select p.id, p.updated_at, t.* from page p left join lateral (select {TicketQuery.Columns} from read.tickets t where t.id = p.id and p.updated_at <= $3 limit 1) t on true order by p.id
        """;

    /// <summary>Closed and cancelled tickets that are on lists, by the time of their last event.</summary>
    /// <param name="after">The last ticket of the page before; empty: from the start.</param>
    /// <param name="updatedAt">When something was last recorded in that.</param>
    /// <param name="until">Nothing recorded after this.</param>
    /// <param name="passing">How many tickets to pass at most.</param>
    /// <param name="cancellation">Cancels.</param>
    public Task<CandidatePage> OnListsAsync(Guid after, DateTimeOffset updatedAt, DateTimeOffset until, int passing, CancellationToken cancellation = default) =>
        PageAsync(command => ComposeOnLists(command, after, updatedAt, until, passing), cancellation);

    /// <summary>All tickets, on lists or archived, in the order of their ids.</summary>
    /// <param name="after">The last ticket of the page before; empty: from the start.</param>
    /// <param name="until">Nothing recorded after this.</param>
    /// <param name="passing">How many tickets to pass at most.</param>
    /// <param name="cancellation">Cancels.</param>
    public Task<CandidatePage> AnywhereAsync(Guid after, DateTimeOffset until, int passing, CancellationToken cancellation = default) =>
        // Ids tell times from 1970 on: nothing is older.
        until + Skew < DateTimeOffset.UnixEpoch ? Task.FromResult(new CandidatePage(null, [])) : PageAsync(command => ComposeAnywhere(command, after, until, passing), cancellation);

    internal static void ComposeOnLists(NpgsqlCommand command, Guid after, DateTimeOffset updatedAt, DateTimeOffset until, int passing) => Compose(command, OnLists, after, updatedAt, until, passing);

    internal static void ComposeAnywhere(NpgsqlCommand command, Guid after, DateTimeOffset until, int passing) =>
        Compose(command, Anywhere, after, Guid.CreateVersion7(until + Skew), until, passing);

    private static void Compose(NpgsqlCommand command, string sql, params object[] values)
    {
#pragma warning disable CA2100 // constant texts above
        command.CommandText = sql;
#pragma warning restore CA2100
        foreach (var value in values) command.Parameters.Add(new() { Value = value });
    }

    private async Task<CandidatePage> PageAsync(Action<NpgsqlCommand> compose, CancellationToken cancellation)
    {
        await using var command = database.CreateCommand();
        compose(command);
        (Guid Id, DateTimeOffset UpdatedAt)? last = null;
        List<RetentionTicket> candidates = [];
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        while (await reader.ReadAsync(cancellation))
        {
            var (id, updatedAt) = (reader.GetGuid(0), reader.GetFieldValue<DateTimeOffset>(1));
            last = (id, updatedAt);
            if (!reader.IsDBNull(2)) candidates.Add(new RetentionTicket(id, updatedAt, StateOf(reader)));
        }
        return new CandidatePage(last, candidates);
    }

    private static Ticket? StateOf(NpgsqlDataReader row)
    {
        try
        {
            return TicketQuery.Read(row, 2);
        }
        catch (Exception defect) when (defect is not NpgsqlException)
        {
            return null;
        }
    }
}
