using Npgsql;
using ServiceOrders.Domain.Tickets;

namespace ServiceOrders.ReadModels.Tickets;

/// <summary>A stretch of all tickets, in the order of their ids.</summary>
/// <param name="Last">The last id of the stretch, running or not; null: there are no more.</param>
/// <param name="Running">How many of them run.</param>
/// <param name="Tickets">Those of the running that mention what was asked for.</param>
/// <param name="Unreadable">Those whose state cannot be read, with the kind of error: they are in nobody's way.</param>
public sealed record RunningPage(Guid? Last, int Running, IReadOnlyList<Ticket> Tickets, IReadOnlyList<(Guid Id, string Error)> Unreadable);

/// <summary>
/// Walks the tickets that run: work goes on, or a clock still does (a closed one's confirmation). A page is bounded by the rows that it passes, not by those that it finds, so each takes
/// milliseconds however few there are. It reads states and not streams: a state tells all, and whoever appends to it names its version.
/// </summary>
/// <param name="database">Where <c>read.queue</c> and <c>read.tickets</c> are.</param>
public sealed class RunningTickets(NpgsqlDataSource database)
{
    private const string Runs = "(q.priority < 9 or q.due_order < 'infinity')";

    /// <summary>The tickets after an id.</summary>
    /// <param name="after">The last id of the page before; empty: from the start.</param>
    /// <param name="passing">How many tickets to pass at most.</param>
    /// <param name="naming">A name that their state must hold to be told: of a policy or calendar. What else holds it by chance is told too.</param>
    /// <param name="cancellation">Cancels.</param>
    public async Task<RunningPage> PageAsync(Guid after, int passing, string naming, CancellationToken cancellation = default)
    {
        await using var command = database.CreateCommand();
        Compose(command, after, passing, naming);
        Guid? last = null;
        var running = 0;
        List<Ticket> tickets = [];
        List<(Guid, string)> unreadable = [];
        await using var reader = await command.ExecuteReaderAsync(cancellation).ConfigureAwait(false);
        while (await reader.ReadAsync(cancellation).ConfigureAwait(false))
        {
            last = reader.GetGuid(5);
            if (reader.GetBoolean(6)) running++;
            if (reader.IsDBNull(0)) continue;
            try
            {
                tickets.Add(TicketQuery.Read(reader));
            }
            catch (Exception defect) when (defect is not NpgsqlException)
            {
                unreadable.Add((last.Value, defect.GetType().Name));
            }
        }
        return new RunningPage(last, running, tickets, unreadable);
    }

    // The limit keeps the states from being joined otherwise than by looking up each, whatever the planner thinks of the page.
    internal static void Compose(NpgsqlCommand command, Guid after, int passing, string naming)
    {
#pragma warning disable CA2100 // constant texts
        command.CommandText = $"""
            with page as materialized (select q.id, {Runs} as runs from read.queue q where q.id > $1 order by q.id limit $2)
            select t.*, p.id, p.runs from page p
            left join lateral (select {TicketQuery.Columns} from read.tickets t where p.runs and t.id = p.id and strpos(t.doc, $3) > 0 limit 1) t on true order by p.id
            """;
#pragma warning restore CA2100
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = after });
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = passing });
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = $"\"{naming}\"" });
    }

    /// <summary>How many run.</summary>
    public async Task<long> CountAsync(CancellationToken cancellation = default)
    {
        await using var command = database.CreateCommand($"select count(*) from read.queue q where {Runs}");
        return (long)(await command.ExecuteScalarAsync(cancellation).ConfigureAwait(false))!;
    }
}
