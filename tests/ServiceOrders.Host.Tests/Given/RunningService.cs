using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Npgsql;
using ServiceOrders.EventStore;
using ServiceOrders.Host.Composition;
using ServiceOrders.Host.Retargetings;
using ServiceOrders.Testing;

namespace ServiceOrders.Host.Tests.Given;

/// <summary>The whole service, as the program composes it, on Kestrel and a fresh database of a real PostgreSQL; its clock stands still until a test moves it. One per test class.</summary>
public sealed class RunningService(TestServer server) : IAsyncLifetime
{
    public const string AdministratorKey = "key-of-the-first-administrator";

    private static readonly DirectoryInfo DataFolders = MakeDataFolders();

    private string _database = "";
    private WebApplication? _app;

    public ManualTime Time { get; } = new(new DateTimeOffset(2026, 3, 2, 1, 0, 0, TimeSpan.Zero));
    public IServiceProvider Services => _app!.Services;
    public ApiClient Nobody => new(Address, null);
    public ApiClient Administrator => new(Address, AdministratorKey);
    public ApiClient Shop { get; private set; } = null!;
    public ApiClient OtherShop { get; private set; } = null!;
    public ApiClient Agent { get; private set; } = null!;
    public ApiClient Auditor { get; private set; } = null!;

    public Uri Address => new(_app!.Urls.First());

    public async ValueTask InitializeAsync()
    {
        _database = await server.CreateDatabaseAsync();
        _app = await StartAsync(_database, Time);
        Shop = await RegisterAsync("/v1/channels", """{ "name": "wechat-shop", "medium": "wechat" }""");
        OtherShop = await RegisterAsync("/v1/channels", """{ "name": "web-shop", "medium": "web" }""");
        Agent = await RegisterAsync("/v1/staff", """{ "name": "li-wei", "role": "agent" }""");
        Auditor = await RegisterAsync("/v1/staff", """{ "name": "sun-li", "role": "auditor" }""");
    }

    public async ValueTask DisposeAsync()
    {
        if (_app is not null) await _app.StopServiceOrdersAsync();
        await server.DropDatabaseAsync(_database);
    }

    /// <summary>The data directory of the services on a database, so that one that is started again finds its keys and checkpoints.</summary>
    public static string DataFolderOf(string database) => Path.Combine(DataFolders.FullName, new NpgsqlConnectionStringBuilder(database).Database!);

    /// <summary>Starts the service as the program does.</summary>
    /// <param name="database">A superuser's connection string.</param>
    /// <param name="time">The clock.</param>
    /// <param name="settings">Further settings.</param>
    public static Task<WebApplication> StartAsync(string database, TimeProvider time, params (string Name, string Value)[] settings) => StartAsync(database, time, static _ => { }, settings);

    /// <summary>The same.</summary>
    /// <param name="database">A superuser's connection string.</param>
    /// <param name="time">The clock.</param>
    /// <param name="configure">Changes what is composed: where logs go.</param>
    /// <param name="settings">Further settings.</param>
    public static async Task<WebApplication> StartAsync(string database, TimeProvider time, Action<WebApplicationBuilder> configure, params (string Name, string Value)[] settings)
    {
        var builder = WebApplication.CreateBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        builder.Configuration["ConnectionStrings:ServiceOrders"] = database;
        builder.Configuration["ServiceOrders:MasterKey"] = Convert.ToBase64String([.. Enumerable.Range(0, 32).Select(i => (byte)i)]);
        builder.Configuration["ServiceOrders:AdministratorKey"] = AdministratorKey;
        builder.Configuration["ServiceOrders:DataDirectory"] = DataFolderOf(database);
        foreach (var (name, value) in settings) builder.Configuration[name] = value;
        builder.AddServiceOrders(time);
        configure(builder);
        var app = builder.Build();
        app.UseServiceOrders();
        await app.StartServiceOrdersAsync(TextWriter.Null);
        return app;
    }

    private static DirectoryInfo MakeDataFolders()
    {
        var made = Directory.CreateTempSubdirectory("service-orders-tests-");
        AppDomain.CurrentDomain.ProcessExit += (_, _) => made.Delete(recursive: true);
        return made;
    }

    /// <summary>Registers a channel or member of staff, and is its client.</summary>
    public async Task<ApiClient> RegisterAsync(string path, string body) => new(Address, (await Administrator.PostAsync(path, body)).Text("apiKey"));

    /// <summary>A client with some key.</summary>
    public ApiClient With(string key) => new(Address, key);

    /// <summary>The body of a ticket's opening.</summary>
    public static string Request(string? reference = null) => $$"""
        { "externalReference": {{(reference is null ? "null" : $"\"{reference}\"")}}, "kind": "repair", "urgency": "normal", "complexity": "standard", "description": "开机无反应,指示灯不亮",
          "product": { "model": "X200", "serialNumber": "X200-0007731" }, "contact": { "name": "王芳", "phone": "+86 138 0000 0000", "email": null, "preferredMedium": "phone" },
          "customerId": null, "region": "CN-31", "medium": "chat", "occurredAt": null }
        """;

    /// <summary>A ticket of the shop, just opened: its address.</summary>
    public async Task<string> OpenAsync() => (await Shop.PostAsync("/v1/tickets", Request())).Location!;

    /// <summary>Moves the clock, and settles what fell due: the due workers' own work, without waiting for them to wake.</summary>
    public async Task LetPassAsync(TimeSpan span)
    {
        Time.Advance(span);
        await Services.GetRequiredService<DueWorkers>().SettleDueAsync();
    }

    /// <summary>Moves the clock past the five seconds after which every node knows of a change of rules, and retargets running tickets: the worker's own work, done when this returns.</summary>
    public async Task LetRetargetAsync()
    {
        Time.Advance(TimeSpan.FromSeconds(6));
        await Services.GetRequiredService<RetargetingWorker>().RunDueAsync();
    }

    /// <summary>How many rows a table has.</summary>
    public async Task<long> CountAsync(string table)
    {
#pragma warning disable CA2100 // the tests' own texts
        await using var command = Services.GetRequiredService<StoreDatabase>().Pooled.CreateCommand($"select count(*) from {table}");
#pragma warning restore CA2100
        return Convert.ToInt64(await command.ExecuteScalarAsync(), CultureInfo.InvariantCulture);
    }
}
