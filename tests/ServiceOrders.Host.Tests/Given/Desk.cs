using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using ServiceOrders.Domain.Staff;
using ServiceOrders.Domain.Tickets;
using ServiceOrders.Domain.Tickets.Acts;
using ServiceOrders.EventStore;
using ServiceOrders.Host.Access;
using ServiceOrders.Host.Hosting;
using ServiceOrders.Host.Privacy;
using ServiceOrders.Host.Tickets;
using ServiceOrders.Host.Web;
using ServiceOrders.ReadModels.Tickets;
using ServiceOrders.Testing;

namespace ServiceOrders.Host.Tests.Given;

/// <summary>A service desk: the service's middle on a fresh database of a real PostgreSQL, with a clock that stands still. One per test class.</summary>
public sealed class Desk(TestServer server) : IAsyncLifetime
{
    private string _database = "";
    private readonly List<IAsyncDisposable> _nodes = [];

    public static Caller Shop { get; } = new(Guid.CreateVersion7(), ActorKind.Channel, "wechat-shop", null, Medium.Wechat);
    public static Caller OtherShop { get; } = new(Guid.CreateVersion7(), ActorKind.Channel, "web-shop", null, Medium.Web);
    public static Caller Agent { get; } = new(Guid.CreateVersion7(), ActorKind.Staff, "li", StaffRole.Agent, null);
    public static Caller Auditor { get; } = new(Guid.CreateVersion7(), ActorKind.Staff, "sun", StaffRole.Auditor, null);

    // In the future of every machine that runs the tests: the database's own clock decides which keys have expired when they are looked up.
    public ManualTime Time { get; } = new(new DateTimeOffset(2096, 3, 5, 8, 0, 0, TimeSpan.Zero));
    public TestRules Rules { get; } = new();
    public MasterKey Master { get; } = new([.. Enumerable.Range(0, 32).Select(i => (byte)i)]);
    public Node First { get; private set; } = null!;

    public StoreDatabase Database => First.Database;
    public IEventStore Store => First.Store;
    public TicketService Service => First.Service;
    public TicketReader Reader => First.Reader;
    public TicketHistory History => First.History;

    public async ValueTask InitializeAsync()
    {
        _database = await server.CreateDatabaseAsync();
        await using (var database = new StoreDatabase(_database)) await Migrator.ApplyAsync(database, ServiceSchema.Scripts);
        First = StartNode();
        await First.Register.StartAsync();
    }

    /// <summary>Another process on the same database, as far as the service can tell; with a clock of its own where one is given.</summary>
    public Node StartNode(MasterKeys? masters = null, ManualTime? time = null)
    {
        var node = new Node(_database, time ?? Time, Rules, masters ?? new MasterKeys(Master));
        _nodes.Add(node);
        return node;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var node in _nodes) await node.DisposeAsync();
        await server.DropDatabaseAsync(_database);
    }

    public static TicketRequest By(Caller caller, long? ifMatch = null) => new(caller, "trace-1", null, ifMatch);

    /// <summary>A request with an idempotency key and a body.</summary>
    public static TicketRequest Keyed(Caller caller, string key, string body = "{}") => By(caller) with
    {
        Key = new RequestKey($"idempotency:{caller.Scope}", key, SHA256.HashData(Encoding.UTF8.GetBytes(key)), [.. new byte[RequestKey.AddressLength], .. SHA256.HashData(Encoding.UTF8.GetBytes(body))]),
    };

    public static OpenTicket Request(string? reference = null) => new()
    {
        ExternalReference = reference, Kind = TicketKind.Repair, Description = "开机无反应,指示灯不亮", Product = new ProductInfo("X200", "X200-0007731"),
        Contact = new Contact("王芳", "+86 138 0000 0000", null, Medium.Phone), Region = "CN-31",
    };

    public Task<TicketAnswer> Post(OpenTicket message, Caller? caller = null, TicketRequest? request = null)
    {
        var who = caller ?? Shop;
        return Service.OpenAsync(request ?? By(who), message, new OpeningChannel(who.Name, who.Medium ?? Medium.Phone));
    }

    /// <summary>A ticket of the shop, just opened.</summary>
    public async Task<TicketView> Opened(string? reference = null, Caller? caller = null) => (await Post(Request(reference), caller)).ShouldBeOfType<Answered>().Ticket;

    public Task<TicketAnswer> Act(TicketView ticket, string act, TicketAct message, TicketRequest? request = null) =>
        Service.ActAsync(request ?? By(Agent), ticket.Id.ToString(), ActCatalog.Find(act)!, message);

    /// <summary>An act that must succeed.</summary>
    public async Task<TicketView> Done(TicketView ticket, string act, TicketAct message, TicketRequest? request = null) =>
        (await Act(ticket, act, message, request)).ShouldBeOfType<Answered>().Ticket;

    /// <summary>Makes a person's data unreadable.</summary>
    public async Task Erase(Guid subject)
    {
        await using var command = Database.Pooled.CreateCommand("update privacy.subject_keys set wrapped_key = null, erased_at = now() where subject_id = $1");
        command.Parameters.Add(new NpgsqlParameter { Value = subject });
        (await command.ExecuteNonQueryAsync()).ShouldBe(1);
    }

    /// <summary>The subject that a customer is.</summary>
    public async Task<Guid> SubjectOf(Guid customer) => (await First.Subjects.OfCustomerAsync(customer))[0].Id;

    /// <summary>What the database means to do for a statement.</summary>
    public async Task<string> Plan(string sql, params object[] values)
    {
        await using var command = Database.Pooled.CreateCommand("explain " + sql);
        foreach (var value in values) command.Parameters.Add(new NpgsqlParameter { Value = value });
        await using var reader = await command.ExecuteReaderAsync();
        var plan = new StringBuilder();
        while (await reader.ReadAsync()) plan.AppendLine(reader.GetString(0));
        return plan.ToString();
    }

    public async Task Execute(string sql, params object[] values)
    {
        await using var command = Database.Pooled.CreateCommand(sql);
        foreach (var value in values) command.Parameters.Add(new NpgsqlParameter { Value = value });
        await command.ExecuteNonQueryAsync();
    }

    public async Task<T> Scalar<T>(string sql, params object[] values)
    {
        await using var command = Database.Pooled.CreateCommand(sql);
        foreach (var value in values) command.Parameters.Add(new NpgsqlParameter { Value = value });
        return (T)(await command.ExecuteScalarAsync())!;
    }
}

/// <summary>A node: everything that a process has of its own.</summary>
public sealed class Node : IAsyncDisposable
{
    private readonly PostgresEventStore _store;
    private readonly ManualTime _time;
    private readonly TestRules _rules;

    public Node(string connectionString, ManualTime time, TestRules rules, MasterKeys masters)
    {
        (_time, _rules) = (time, rules);
        Database = new StoreDatabase(connectionString);
        _store = new PostgresEventStore(Database);
        Masters = masters;
        Keys = new SubjectKeys(Database.Pooled, masters, time);
        Numbers = new ServiceNumbers(Database.Pooled);
        Journal = new AccessJournal(_store, time, NullLogger<AccessJournal>.Instance);
        Reader = new TicketReader(_store, new TicketQuery(Database.Pooled), new QueueQuery(Database.Pooled), Keys, Journal, rules, time);
        Service = new TicketService(_store, Reader, Keys, Numbers, rules, time);
        History = new TicketHistory(_store, Reader);
        Due = new DueWorkers(Database, new TicketDueHandler(rules).Handle, new StoreSignals(), time: time);
    }

    public StoreDatabase Database { get; }
    public IEventStore Store => _store;
    public SubjectKeys Keys { get; }
    public MasterKeys Masters { get; }
    public MasterKeyRegister Register => new(Database.Pooled, Masters, _time);
    public SubjectTable Subjects => new(Database.Pooled);
    public SubjectErasure Erasure => new(_store, Subjects, Keys, _rules, _time);
    public ServiceNumbers Numbers { get; }
    public AccessJournal Journal { get; }
    public TicketReader Reader { get; }
    public TicketService Service { get; }
    public TicketHistory History { get; }
    public DueWorkers Due { get; }

    public async ValueTask DisposeAsync()
    {
        await Due.DisposeAsync();
        await Journal.DisposeAsync();
        await _store.DisposeAsync();
        Numbers.Dispose();
        await Database.DisposeAsync();
    }
}
