using Npgsql;
using ServiceOrders.Domain.Tickets;
using ServiceOrders.EventStore;
using ServiceOrders.ReadModels.Tickets;
using ServiceOrders.Testing;

namespace ServiceOrders.ReadModels.Tests.Given;

/// <summary>A migrated database whose tickets are appended as the service does it. One per test class.</summary>
public sealed class Board(TestServer server) : IAsyncLifetime
{
    private string _connection = "";
    private PostgresEventStore _store = null!;

    public StoreDatabase Database { get; private set; } = null!;
    public IEventStore Store => _store;
    public QueueQuery Queue => new(Database.Pooled);
    public TicketQuery One => new(Database.Pooled);

    public async ValueTask InitializeAsync()
    {
        _connection = await server.CreateDatabaseAsync();
        Database = new StoreDatabase(_connection);
        await Migrator.ApplyAsync(Database, typeof(PostgresEventStore).Assembly, typeof(TicketTable).Assembly);
        _store = new PostgresEventStore(Database);
    }

    public async ValueTask DisposeAsync()
    {
        await _store.DisposeAsync();
        await Database.DisposeAsync();
        await server.DropDatabaseAsync(_connection);
    }

    /// <summary>Stores a ticket's state, with an event that stands for those that led to it.</summary>
    public async Task<Ticket> Put(Ticket ticket)
    {
        var stored = ticket with { Version = 1, ActVersion = 1 };
        var outcome = await AppendAsync(stored, 0);
        return stored with { UpdatedAt = outcome.ShouldBeOfType<Appended>().RecordedAt };
    }

    public async Task<AppendOutcome> AppendAsync(Ticket ticket, long expected) => await _store.AppendAsync(new Append
    {
        StreamId = ticket.Id, StreamType = "ticket", ExpectedVersion = expected, Now = ticket.UpdatedAt,
        Events = [new NewEvent(Guid.CreateVersion7(), "note_added", "x", """{"sealedText":"s1.x"}""", "{}", null, null, null)],
        Rows = [TicketTable.Row(ticket), QueueTable.Row(ticket)],
    });

    public async Task Execute(string sql)
    {
        await using var command = Database.Pooled.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    public Task<string> PlanOf(QueueFilter filter, QueueSort sort, bool descending = false) => PlanOf(command => QueueQuery.Compose(command, filter, sort, descending, null, 51));

    public async Task<string> PlanOf(Action<NpgsqlCommand> compose)
    {
        await using var connection = await Database.Pooled.OpenConnectionAsync();
        await using var command = connection.CreateCommand();
        compose(command);
        command.CommandText = "explain " + command.CommandText;
        await using var reader = await command.ExecuteReaderAsync();
        var lines = new List<string>();
        while (await reader.ReadAsync()) lines.Add(reader.GetString(0));
        return string.Join('\n', lines);
    }
}
