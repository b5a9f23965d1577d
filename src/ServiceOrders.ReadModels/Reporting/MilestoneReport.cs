using Npgsql;
using NpgsqlTypes;
using ServiceOrders.Domain.Deadlines;
using ServiceOrders.Domain.Tickets;
using ServiceOrders.EventStore;
using ServiceOrders.ReadModels.Events;
using Column = ServiceOrders.ReadModels.ColumnOf<ServiceOrders.ReadModels.Reporting.MilestoneRow>;

namespace ServiceOrders.ReadModels.Reporting;

/// <summary>
/// <c>reporting.milestones</c>: one row per cycle of a milestone, for BI. Follows the events; the rows of a ticket that something happened to are made anew from its stream, up to
/// the last event of the page, so that they are the same however the events were paged.
/// </summary>
public sealed class MilestoneReport : IGenerationalProjection
{
    private static readonly Column<MilestoneRow>[] Columns =
    [
        Column.Id("ticket_id", r => r.Ticket.Id), Column.Text("number", r => r.Ticket.Number), Column.Text("milestone", r => r.Cycle.Name), Column.Int("cycle", r => r.Cycle.Cycle),
        Column.Text("state", r => Names<MilestoneState>.Of(r.Cycle.State)), Column.Text("policy", r => r.Cycle.Policy), Column.Int("policy_version", r => r.Cycle.PolicyVersion),
        Column.Text("calendar", r => r.Cycle.Calendar), Column.Int("calendar_version", r => r.Cycle.CalendarVersion),
        Column.Text("target_elapsed", r => r.Cycle.Target.Elapsed), Column.Text("target_working", r => r.Cycle.Target.Working),
        Column.Int("target_working_days", r => r.Cycle.Target.WorkingDays), Column.Text("target_agreed", r => r.Cycle.Target.Agreed),
        Column.Flag("provisional", r => r.Cycle.Provisional), Column.Text("kind", r => Names<TicketKind>.Of(r.Ticket.Kind)), Column.Text("urgency", r => Names<Urgency>.Of(r.Ticket.Urgency)),
        Column.Text("complexity", r => Names<Complexity>.Of(r.Ticket.Complexity)), Column.Text("tier", r => Names<CustomerTier>.Of(r.Ticket.Tier)),
        Column.Text("channel", r => r.Ticket.Channel), Column.Text("medium", r => Names<Medium>.Of(r.Ticket.Medium)), Column.Text("region", r => r.Ticket.Region),
        Column.Text("team", r => r.Ticket.Team), Column.Text("assignee", r => r.Ticket.Assignee), Column.Text("product_model", r => r.Ticket.Product?.Model),
        Column.Instant("opened_at", r => r.Ticket.OpenedAt), Column.Instant("started_at", r => r.Cycle.StartedAt), Column.Instant("due_at", r => r.Cycle.DueAt),
        Column.Instant("first_due_at", r => r.FirstDueAt), Column.Int("retargets", r => r.Retargets), Column.Int("warnings", r => r.Cycle.Warnings.Count(w => w.WarnedAt is not null)),
        Column.Int("pauses", r => r.Cycle.Pauses.Length), Column.Number("paused_seconds", r => r.PausedSeconds), Column.Instant("paused_since", r => r.Cycle.PausedSince),
        Column.Instant("met_at", r => r.Cycle.MetAt), Column.Instant("breached_at", r => r.Cycle.BreachedAt), Column.Instant("breach_settled_at", r => r.Cycle.BreachSettledAt),
        Column.Number("overrun_seconds", r => r.OverrunSeconds), Column.Instant("ended_at", r => r.Cycle.End?.At), Column.Text("ended_by", r => r.Cycle.End?.Trigger),
        new Column<MilestoneRow, bool?>("in_time", NpgsqlDbType.Boolean, r => r.InTime), Column.Flag("historical", r => r.Historical),
    ];

    private const string Streams = """
        select stream_id, version, type, data::text, timestamp, headers::text from events.mt_events where stream_id = any($1) and seq_id <= $2 order by stream_id, version
        """;

    /// <inheritdoc/>
    public string Name => "reporting.milestones";

    /// <inheritdoc/>
    public IReadOnlyCollection<string> Types { get; } = [.. EventTypes.All.Where(type => typeof(ITicketEvent).IsAssignableFrom(type.Value)).Select(type => type.Key)];

    /// <inheritdoc/>
    public async Task CreateAsync(int generation, NpgsqlConnection connection, CancellationToken cancellation)
    {
        await DropAsync(generation, connection, cancellation).ConfigureAwait(false);
        await RunAsync("select reporting.make_milestones($1)", generation, connection, cancellation).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async Task ApplyAsync(int generation, IReadOnlyList<StoredEvent> events, NpgsqlConnection connection, NpgsqlTransaction transaction, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(events);
        var touched = events.GroupBy(e => e.StreamId).ToDictionary(g => g.Key, g => g.ToList());
        // A stream whose first event is in the page is wholly in it, as far as the page goes.
        Guid[] older = [.. touched.Where(s => s.Value[0].Version > 1).Select(s => s.Key)];
        if (older.Length > 0) await ReadAsync(touched, older, events[^1].Position, connection, cancellation).ConfigureAwait(false);
        await RemoveAsync(generation, older, connection, cancellation).ConfigureAwait(false);
        MilestoneRow[] rows = [.. touched.Values.SelectMany(MilestoneRow.Of)];
        await BulkCopy.RunAsync($"reporting.milestones_g{generation}", Columns, rows, connection, cancellation).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public Task SwitchAsync(int generation, NpgsqlConnection connection, NpgsqlTransaction transaction, CancellationToken cancellation) =>
        RunAsync("select reporting.serve_milestones($1)", generation, connection, cancellation);

    /// <inheritdoc/>
    public Task DropAsync(int generation, NpgsqlConnection connection, CancellationToken cancellation) =>
        RunAsync("select reporting.drop_milestones($1)", generation, connection, cancellation);

    private static async Task ReadAsync(Dictionary<Guid, List<StoredEvent>> touched, Guid[] older, long until, NpgsqlConnection connection, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand(Streams, connection);
        command.Parameters.Add(new NpgsqlParameter<Guid[]> { TypedValue = older });
        command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = until });
        foreach (var id in older) touched[id] = [];
        await using var reader = await command.ExecuteReaderAsync(cancellation).ConfigureAwait(false);
        while (await reader.ReadAsync(cancellation).ConfigureAwait(false))
        {
            var id = reader.GetGuid(0);
            touched[id].Add(new StoredEvent(0, Guid.Empty, id, reader.GetInt64(1), reader.GetString(2), reader.GetString(3), reader.GetFieldValue<DateTimeOffset>(4),
                null, null, null, reader.IsDBNull(5) ? null : reader.GetString(5)));
        }
    }

    private static async Task RemoveAsync(int generation, Guid[] tickets, NpgsqlConnection connection, CancellationToken cancellation)
    {
        if (tickets.Length == 0) return;
#pragma warning disable CA2100 // our own names
        await using var command = new NpgsqlCommand($"delete from reporting.milestones_g{generation} where ticket_id = any($1)", connection);
#pragma warning restore CA2100
        command.Parameters.Add(new NpgsqlParameter<Guid[]> { TypedValue = tickets });
        await command.ExecuteNonQueryAsync(cancellation).ConfigureAwait(false);
    }

    private static async Task RunAsync(string sql, int generation, NpgsqlConnection connection, CancellationToken cancellation)
    {
#pragma warning disable CA2100 // constant texts above
        await using var command = new NpgsqlCommand(sql, connection) { Parameters = { new NpgsqlParameter<int> { TypedValue = generation } } };
#pragma warning restore CA2100
        await command.ExecuteNonQueryAsync(cancellation).ConfigureAwait(false);
    }
}
