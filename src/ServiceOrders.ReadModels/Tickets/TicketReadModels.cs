using Npgsql;
using ServiceOrders.Domain.Tickets;
using ServiceOrders.EventStore;
using ServiceOrders.ReadModels.Events;

namespace ServiceOrders.ReadModels.Tickets;

/// <summary>
/// Both inline read models of tickets, as a rebuild makes them: every stream folded to its ticket, its two rows copied in. They are rebuilt together, because one fold serves both.
/// </summary>
public sealed class TicketReadModels : IInlineReadModel
{
    /// <inheritdoc/>
    public string Name => "tickets";

    /// <inheritdoc/>
    public IReadOnlyCollection<string> StreamTypes { get; } = ["ticket"];

    /// <inheritdoc/>
    public async Task CreateAsync(int generation, NpgsqlConnection connection, CancellationToken cancellation)
    {
        await DropAsync(generation, connection, cancellation).ConfigureAwait(false);
        await RunAsync("select read.make_ticket_tables($1)", generation, connection, cancellation).ConfigureAwait(false);
        await RunAsync("select read.set_ticket_indexes_aside($1)", generation, connection, cancellation).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public Task CompleteAsync(int generation, NpgsqlConnection connection, CancellationToken cancellation) =>
        RunAsync("select read.make_ticket_indexes($1)", generation, connection, cancellation);

    /// <inheritdoc/>
    public WriteRows Fold(IReadOnlyList<StreamHistory> streams, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(streams);
        // Folding is most of the work; it needs no database and takes all cores.
        var tickets = streams.Where(s => StreamTypes.Contains(s.StreamType)).AsParallel().AsOrdered().WithCancellation(cancellation)
            .Select(stream => (Ticket: Ticket.Unopened.Fold(stream.Events), stream.IsArchived)).Where(s => s.Ticket.IsOpened)
            // What is archived is on no list.
            .Select(s => (new TicketRow(s.Ticket), s.IsArchived ? null : QueueRow.Of(s.Ticket))).ToList();
        return (generation, replace, connection, stop) => WriteAsync(tickets, generation, replace, connection, stop);
    }

    private static async Task WriteAsync(List<(TicketRow, QueueRow?)> tickets, int generation, bool replace, NpgsqlConnection connection, CancellationToken cancellation)
    {
        if (replace)
        {
            Guid[] ids = [.. tickets.Select(t => t.Item1.Ticket.Id)];
            await TicketTable.Rows.RemoveAsync(generation, ids, connection, cancellation).ConfigureAwait(false);
            await QueueTable.Rows.RemoveAsync(generation, ids, connection, cancellation).ConfigureAwait(false);
        }
        await TicketTable.Rows.CopyAsync(generation, [.. tickets.Select(t => t.Item1)], connection, cancellation).ConfigureAwait(false);
        await QueueTable.Rows.CopyAsync(generation, [.. tickets.Select(t => t.Item2).OfType<QueueRow>()], connection, cancellation).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public Task SwitchAsync(int generation, NpgsqlConnection connection, CancellationToken cancellation) =>
        RunAsync("select read.serve_ticket_tables($1)", generation, connection, cancellation);

    /// <inheritdoc/>
    public Task DropAsync(int generation, NpgsqlConnection connection, CancellationToken cancellation) =>
        RunAsync("select read.drop_ticket_tables($1)", generation, connection, cancellation);

    private static async Task RunAsync(string sql, int generation, NpgsqlConnection connection, CancellationToken cancellation)
    {
#pragma warning disable CA2100 // constant texts above
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 0, Parameters = { new NpgsqlParameter<int> { TypedValue = generation } } };
#pragma warning restore CA2100
        await command.ExecuteNonQueryAsync(cancellation).ConfigureAwait(false);
    }
}
