using Npgsql;
using ServiceOrders.Domain.Privacy;
using ServiceOrders.Domain.Tickets;
using ServiceOrders.EventStore;
using ServiceOrders.ReadModels.Events;
using Column = ServiceOrders.ReadModels.ColumnOf<ServiceOrders.ReadModels.Accesses.AccessRow>;

namespace ServiceOrders.ReadModels.Accesses;

/// <summary><c>read.accesses</c>: who was shown whose personal data, a row for each ticket that an answer showed. Follows the events of the access log.</summary>
public sealed class AccessReport : IGenerationalProjection
{
    private static readonly Column<AccessRow>[] Columns =
    [
        Column.Instant("at", r => r.Access.At), Column.Long("position", r => r.Position), Column.Int("ordinal", r => r.Ordinal), Column.Text("actor", r => r.Actor),
        Column.Text("route", r => r.Access.Route), Column.Text("kinds", r => r.Kinds), Column.Id("ticket_id", r => r.Shown.TicketId),
        Column.Id("subject_id", r => r.Shown.SubjectId ?? r.Shown.TicketId),
    ];

    /// <inheritdoc/>
    public string Name => "read.accesses";

    /// <inheritdoc/>
    public IReadOnlyCollection<string> Types { get; } = [EventTypes.NameOf(typeof(PersonalDataRead)).Alias];

    /// <inheritdoc/>
    public async Task CreateAsync(int generation, NpgsqlConnection connection, CancellationToken cancellation)
    {
        await DropAsync(generation, connection, cancellation).ConfigureAwait(false);
        await RunAsync("select read.make_accesses($1)", generation, connection, cancellation).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public Task ApplyAsync(int generation, IReadOnlyList<StoredEvent> events, NpgsqlConnection connection, NpgsqlTransaction transaction, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(events);
        AccessRow[] rows = [.. events.SelectMany(AccessRow.Of)];
        return BulkCopy.RunAsync($"read.accesses_g{generation}", Columns, rows, connection, cancellation);
    }

    /// <inheritdoc/>
    public Task SwitchAsync(int generation, NpgsqlConnection connection, NpgsqlTransaction transaction, CancellationToken cancellation) =>
        RunAsync("select read.serve_accesses($1)", generation, connection, cancellation);

    /// <inheritdoc/>
    public Task DropAsync(int generation, NpgsqlConnection connection, CancellationToken cancellation) => RunAsync("select read.drop_accesses($1)", generation, connection, cancellation);

    private static async Task RunAsync(string sql, int generation, NpgsqlConnection connection, CancellationToken cancellation)
    {
#pragma warning disable CA2100 // constant texts above
        await using var command = new NpgsqlCommand(sql, connection) { Parameters = { new NpgsqlParameter<int> { TypedValue = generation } } };
#pragma warning restore CA2100
        await command.ExecuteNonQueryAsync(cancellation).ConfigureAwait(false);
    }
}

/// <summary>A row of <c>read.accesses</c>.</summary>
/// <param name="Position">The event's place in the order of everything.</param>
/// <param name="Ordinal">Its place within the event, from 1.</param>
/// <param name="Access">The answer.</param>
/// <param name="Shown">The ticket that it showed.</param>
internal sealed record AccessRow(long Position, int Ordinal, PersonalDataAccess Access, ShownTicket Shown)
{
    /// <summary>To whom: <c>staff:li-wei</c>.</summary>
    public string Actor { get; } = (Access.By.Kind == ActorKind.Channel ? "channel:" : "staff:") + Access.By.Id;

    /// <summary>What, a word each.</summary>
    public string Kinds { get; } = string.Join(' ', Access.Kinds);

    /// <summary>The rows of an event.</summary>
    public static IEnumerable<AccessRow> Of(StoredEvent stored) => ((PersonalDataRead)EventSerializer.Data(stored)!).Accesses
        .SelectMany(access => access.Shown.Select(shown => (access, shown))).Select((told, i) => new AccessRow(stored.Position, i + 1, told.access, told.shown));
}
