using Npgsql;
using ServiceOrders.Domain.Privacy;
using ServiceOrders.Domain.Tickets;
using ServiceOrders.EventStore;
using ServiceOrders.ReadModels.Events;
using Column = ServiceOrders.ReadModels.ColumnOf<ServiceOrders.ReadModels.Accesses.AccessRow>;

namespace ServiceOrders.ReadModels.Accesses;

/// <summary><c>read.accesses</c>: who was shown whose personal data, a row for what one caller was shown by one operation within a second. Follows the events of the access log.</summary>
public sealed class AccessReport : IGenerationalProjection
{
    private static readonly Column<AccessRow>[] Columns =
    [
        Column.Instant("at", r => r.Access.At), Column.Long("position", r => r.Position), Column.Int("ordinal", r => r.Ordinal), Column.Text("actor", r => r.Actor),
        Column.Text("route", r => r.Access.Route), Column.Text("kinds", r => r.Kinds), Column.Ids("tickets", r => r.Tickets), Column.Ids("subjects", r => r.Subjects),
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
/// <param name="Ordinal">The place of its first ticket within the event, from 1.</param>
/// <param name="Access">What it tells.</param>
internal sealed record AccessRow(long Position, int Ordinal, PersonalDataAccess Access)
{
    /// <summary>To whom: <c>staff:li-wei</c>.</summary>
    public string Actor { get; } = (Access.By.Kind == ActorKind.Channel ? "channel:" : "staff:") + Access.By.Id;

    /// <summary>What, a word each.</summary>
    public string Kinds { get; } = string.Join(' ', Access.Kinds);

    /// <summary>Of which tickets.</summary>
    public Guid[] Tickets { get; } = [.. Access.Shown.Select(shown => shown.TicketId)];

    /// <summary>Whose, of each ticket.</summary>
    public Guid[] Subjects { get; } = [.. Access.Shown.Select(shown => shown.SubjectId ?? shown.TicketId)];

    /// <summary>The rows of an event.</summary>
    public static IEnumerable<AccessRow> Of(StoredEvent stored)
    {
        var ordinal = 1;
        foreach (var access in ((PersonalDataRead)EventSerializer.Data(stored)!).Accesses)
        {
            yield return new AccessRow(stored.Position, ordinal, access);
            ordinal += access.Shown.Count;
        }
    }
}
