using Npgsql;
using ServiceOrders.Domain.Tickets;
using ServiceOrders.EventStore;
using Column = ServiceOrders.ReadModels.ColumnOf<ServiceOrders.ReadModels.Tickets.TicketRow>;

namespace ServiceOrders.ReadModels.Tickets;

/// <summary><c>read.tickets</c>: the folded state of every ticket, for reading one by its id or number. Written in the append.</summary>
public sealed class TicketTable : InlineTable
{
    /// <summary>The one instance.</summary>
    public static readonly TicketTable Instance = new();

    internal static readonly GenerationTable<TicketRow> Rows = new("read.tickets", Column.Instant("updated_at", r => r.Ticket.UpdatedAt),
        Column.Id("id", r => r.Ticket.Id), Column.Text("number", r => r.Ticket.Number), Column.Text("channel", r => r.Ticket.Channel),
        Column.Id("subject_id", r => r.Ticket.SubjectId), Column.Long("version", r => r.Ticket.Version), Column.Long("act_version", r => r.Ticket.ActVersion),
        Column.Text("doc", r => r.Document));

    private TicketTable() { }

    /// <inheritdoc/>
    public override string Name => "tickets";

    /// <summary>A ticket's row.</summary>
    public static InlineRow Row(Ticket ticket) => new(Instance, new TicketRow(ticket));

    /// <inheritdoc/>
    public override NpgsqlBatchCommand Write(IReadOnlyList<OrdinalRow> rows, int generation) => Rows.Write(rows, generation);
}

/// <summary>A row of <c>read.tickets</c>.</summary>
/// <param name="Ticket">The state.</param>
internal sealed record TicketRow(Ticket Ticket)
{
    /// <summary>Made by the caller that the row comes from, not by the writer that all of them share.</summary>
    public string Document { get; } = TicketDocument.Write(Ticket);
}
