using Npgsql;
using ServiceOrders.Domain.Tickets;

namespace ServiceOrders.ReadModels.Tickets;

/// <summary>Which tickets are there by that id or number?</summary>
/// <param name="database">Where <c>read.tickets</c> is.</param>
public sealed class TicketQuery(NpgsqlDataSource database)
{
    internal const string Columns = "t.id, t.version, t.act_version, t.updated_at, t.doc";

    /// <summary>The ticket of an id; null: none.</summary>
    /// <param name="id">The ticket's id.</param>
    /// <param name="cancellation">Cancels.</param>
    public async Task<Ticket?> ByIdAsync(Guid id, CancellationToken cancellation = default)
    {
        await using var command = database.CreateCommand($"select {Columns} from read.tickets t where t.id = $1");
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = id });
        return await SingleAsync(command, cancellation).ConfigureAwait(false);
    }

    /// <summary>The ticket of a service number; null: none.</summary>
    /// <param name="number">As printed.</param>
    /// <param name="cancellation">Cancels.</param>
    public async Task<Ticket?> ByNumberAsync(string number, CancellationToken cancellation = default)
    {
        await using var command = database.CreateCommand($"select {Columns} from read.tickets t where t.number = $1");
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = number });
        return await SingleAsync(command, cancellation).ConfigureAwait(false);
    }

    /// <summary>The id of a service number; null: none.</summary>
    /// <param name="number">As printed.</param>
    /// <param name="cancellation">Cancels.</param>
    public async Task<Guid?> IdOfNumberAsync(string number, CancellationToken cancellation = default)
    {
        await using var command = database.CreateCommand("select id from read.tickets where number = $1");
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = number });
        return (Guid?)await command.ExecuteScalarAsync(cancellation).ConfigureAwait(false);
    }

    /// <summary>A ticket from a row with <see cref="Columns"/>, the first of which is at a place.</summary>
    internal static Ticket Read(NpgsqlDataReader reader, int at = 0) => TicketDocument.Read(
        reader.GetGuid(at), reader.GetInt64(at + 1), reader.GetInt64(at + 2), new DateTimeOffset(reader.GetDateTime(at + 3)), reader.GetString(at + 4));

    private static async Task<Ticket?> SingleAsync(NpgsqlCommand command, CancellationToken cancellation)
    {
        await using var reader = await command.ExecuteReaderAsync(cancellation).ConfigureAwait(false);
        return await reader.ReadAsync(cancellation).ConfigureAwait(false) ? Read(reader) : null;
    }
}
