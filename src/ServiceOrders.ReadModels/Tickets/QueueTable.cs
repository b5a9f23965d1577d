using System.Collections.Concurrent;
using Npgsql;
using ServiceOrders.Domain.Tickets;
using ServiceOrders.EventStore;

namespace ServiceOrders.ReadModels.Tickets;

/// <summary><c>read.queue</c>: what lists filter and sort by, in typed columns. Written in the append.</summary>
public sealed class QueueTable : InlineTable
{
    /// <summary>The one instance.</summary>
    public static readonly QueueTable Instance = new();

    private static readonly ConcurrentDictionary<int, string> Statements = new();

    // In the order of the parameters; the ordinal comes before them, updated_at from the database.
    private static readonly string[] Fields =
    [
        "id", "opened_at", "due_order", "next_due_at", "hold_expected_until", "customer_id", "version", "breach_count", "open_breach_count", "escalation_level", "priority",
        "missing_information", "number", "status", "kind", "urgency", "complexity", "tier", "channel", "medium", "external_reference", "region", "team", "assignee",
        "hold_reason", "next_milestone", "product_model", "serial_number",
    ];

    private QueueTable() { }

    /// <inheritdoc/>
    public override string Name => "queue";

    /// <summary>A ticket's row.</summary>
    public static InlineRow Row(Ticket ticket) => new(Instance, QueueRow.Of(ticket));

    /// <inheritdoc/>
    public override NpgsqlBatchCommand Write(IReadOnlyList<OrdinalRow> rows, int generation) => new Columns<QueueRow>(rows).Ordinals()
        .Id(r => r.Ticket.Id).Instant(r => r.Ticket.OpenedAt).Instant(r => r.NextDueAt ?? DateTimeOffset.MaxValue).Instant(r => r.NextDueAt)
        .Instant(r => r.Ticket.Hold?.ExpectedUntil).Id(r => r.Ticket.CustomerId).Long(r => r.Ticket.Version)
        .Int(r => r.BreachCount).Int(r => r.OpenBreachCount).Int(r => r.Ticket.EscalationLevel).Short(r => r.Priority)
        .Flag(r => !r.Ticket.MissingInformation.IsEmpty).Text(r => r.Ticket.Number)
        .Text(r => Names<TicketStatus>.Of(r.Ticket.Status)).Text(r => Names<TicketKind>.Of(r.Ticket.Kind)).Text(r => Names<Urgency>.Of(r.Ticket.Urgency))
        .Text(r => Names<Complexity>.Of(r.Ticket.Complexity)).Text(r => Names<CustomerTier>.Of(r.Ticket.Tier)).Text(r => r.Ticket.Channel)
        .Text(r => Names<Medium>.Of(r.Ticket.Medium)).Text(r => r.Ticket.ExternalReference).Text(r => r.Ticket.Region).Text(r => r.Ticket.Team)
        .Text(r => r.Ticket.Assignee).Text(r => Names<HoldReason>.Of(r.Ticket.Hold?.Reason)).Text(r => r.NextMilestone)
        .Text(r => r.Ticket.Product?.Model).Text(r => r.Ticket.Product?.SerialNumber)
        .Command(Statements.GetOrAdd(generation, SqlOf));

    private static string SqlOf(int generation)
    {
        var parameters = string.Join(", ", Enumerable.Range(1, Fields.Length + 1).Select(i => $"${i}"));
        var changes = string.Join(", ", Fields.Skip(1).Append("updated_at").Select(n => $"{n} = excluded.{n}"));
        return $"""
            insert into read.queue_g{generation} as q ({string.Join(", ", Fields)}, updated_at)
            select {string.Join(", ", Fields.Select(n => "r." + n))}, (select events.recorded())[r.ordinal]
            from unnest({parameters}) as r (ordinal, {string.Join(", ", Fields)})
            where (select events.recorded())[r.ordinal] <> '-infinity'
            on conflict (id) do update set {changes}
            """;
    }
}
