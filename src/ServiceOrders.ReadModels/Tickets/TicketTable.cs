using System.Collections.Concurrent;
using Npgsql;
using ServiceOrders.Domain.Tickets;
using ServiceOrders.EventStore;

namespace ServiceOrders.ReadModels.Tickets;

/// <summary><c>read.tickets</c>: the folded state of every ticket, for reading one by its id or number. Written in the append.</summary>
public sealed class TicketTable : InlineTable
{
    /// <summary>The one instance.</summary>
    public static readonly TicketTable Instance = new();

    private static readonly ConcurrentDictionary<int, string> Statements = new();

    private TicketTable() { }

    /// <inheritdoc/>
    public override string Name => "tickets";

    /// <summary>A ticket's row.</summary>
    public static InlineRow Row(Ticket ticket) => new(Instance, new TicketRow(ticket));

    /// <inheritdoc/>
    public override NpgsqlBatchCommand Write(IReadOnlyList<OrdinalRow> rows, int generation) => new Columns<TicketRow>(rows).Ordinals()
        .Id(r => r.Ticket.Id).Text(r => r.Ticket.Number).Text(r => r.Ticket.Channel).Id(r => r.Ticket.SubjectId)
        .Long(r => r.Ticket.Version).Long(r => r.Ticket.ActVersion).Text(r => r.Document)
        .Command(Statements.GetOrAdd(generation, SqlOf));

    // events.recorded() tells, by ordinal, when the events were recorded, and -infinity for appends that do not go.
    private static string SqlOf(int generation) => $"""
        insert into read.tickets_g{generation} as t (id, number, channel, subject_id, version, act_version, updated_at, doc)
        select r.id, r.number, r.channel, r.subject_id, r.version, r.act_version, (select events.recorded())[r.ordinal], r.doc
        from unnest($1, $2, $3, $4, $5, $6, $7, $8) as r (ordinal, id, number, channel, subject_id, version, act_version, doc)
        where (select events.recorded())[r.ordinal] <> '-infinity'
        on conflict (id) do update set version = excluded.version, act_version = excluded.act_version, updated_at = excluded.updated_at, doc = excluded.doc
        """;
}

/// <summary>A row of <c>read.tickets</c>.</summary>
/// <param name="Ticket">The state.</param>
internal sealed record TicketRow(Ticket Ticket)
{
    /// <summary>Made by the caller that the row comes from, not by the writer that all of them share.</summary>
    public string Document { get; } = TicketDocument.Write(Ticket);
}
