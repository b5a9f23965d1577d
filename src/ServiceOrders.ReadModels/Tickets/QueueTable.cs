using Npgsql;
using ServiceOrders.Domain.Tickets;
using ServiceOrders.EventStore;
using Column = ServiceOrders.ReadModels.ColumnOf<ServiceOrders.ReadModels.Tickets.QueueRow>;

namespace ServiceOrders.ReadModels.Tickets;

/// <summary><c>read.queue</c>: what lists filter and sort by, in typed columns. Written in the append.</summary>
public sealed class QueueTable : InlineTable
{
    /// <summary>The one instance.</summary>
    public static readonly QueueTable Instance = new();

    internal static readonly GenerationTable<QueueRow> Rows = new("read.queue", Column.Instant("updated_at", r => r.Ticket.UpdatedAt),
        Column.Id("id", r => r.Ticket.Id),
        Column.Instant("opened_at", r => r.Ticket.OpenedAt),
        Column.Instant("due_order", r => r.NextDueAt ?? DateTimeOffset.MaxValue),
        Column.Int("breach_count", r => r.BreachCount),
        Column.Short("priority", r => r.Priority),
        Column.Text("status", r => Names<TicketStatus>.Of(r.Ticket.Status)),
        Column.Text("kind", r => Names<TicketKind>.Of(r.Ticket.Kind)),
        Column.Text("urgency", r => Names<Urgency>.Of(r.Ticket.Urgency)),
        Column.Text("complexity", r => Names<Complexity>.Of(r.Ticket.Complexity)),
        Column.Text("tier", r => Names<CustomerTier>.Of(r.Ticket.Tier)),
        Column.Text("channel", r => r.Ticket.Channel),
        Column.Text("medium", r => Names<Medium>.Of(r.Ticket.Medium)),
        Column.Text("external_reference", r => r.Ticket.ExternalReference),
        Column.Text("region", r => r.Ticket.Region),
        Column.Text("team", r => r.Ticket.Team),
        Column.Text("assignee", r => r.Ticket.Assignee),
        Column.Text("serial_number", r => r.Ticket.Product?.SerialNumber),
        Column.Text("promises", r => r.Promises),
        Column.Instant("overdue_order", r => r.OverdueSince ?? DateTimeOffset.MaxValue));

    private QueueTable() { }

    /// <inheritdoc/>
    public override string Name => "queue";

    /// <summary>A ticket's row.</summary>
    public static InlineRow Row(Ticket ticket) => new(Instance, QueueRow.Of(ticket));

    /// <inheritdoc/>
    public override NpgsqlBatchCommand Write(IReadOnlyList<OrdinalRow> rows, int generation) => Rows.Write(rows, generation);
}
