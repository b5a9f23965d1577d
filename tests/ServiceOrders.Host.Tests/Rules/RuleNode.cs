using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using ServiceOrders.EventStore;
using ServiceOrders.Host.Access;
using ServiceOrders.Host.Configuration;
using ServiceOrders.Host.Rules;
using ServiceOrders.Host.Web;
using ServiceOrders.ReadModels.Credentials;
using ServiceOrders.ReadModels.Settings;
using ServiceOrders.Testing;

namespace ServiceOrders.Host.Tests.Rules;

/// <summary>A node that serves rules, channels and staff over HTTP, on a database that other nodes may share.</summary>
public sealed class RuleNode : IAsyncDisposable
{
    private readonly WebApplication _app;

    private RuleNode(WebApplication app) => _app = app;

    public IServiceProvider Services => _app.Services;
    public RulebookSource Rules => Services.GetRequiredService<RulebookSource>();

    /// <summary>Composes a node without starting it.</summary>
    public static RuleNode On(string database)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        var services = builder.Services;
        services.AddSingleton(TimeProvider.System).AddSingleton(new WebLimits()).AddSingleton<RequestKeys>().AddSingleton<RateLimits>();
        services.AddSingleton(_ => new StoreDatabase(database)).AddSingleton<IEventStore>(provider => new PostgresEventStore(provider.GetRequiredService<StoreDatabase>()));
        services.AddSingleton(provider => new CredentialQuery(provider.GetRequiredService<StoreDatabase>().Pooled)).AddSingleton<Credentials>().AddSingleton<ConfiguredStreams>().AddSingleton<FirstAdministrator>();
        services.AddRules();
        var app = builder.Build();
        app.UseMiddleware<Trouble>();
        app.UseRouting();
        app.UseMiddleware<Door>();
        app.MapRules();
        app.MapChannels();
        app.MapStaff();
        return new RuleNode(app);
    }

    public Task InstallAsync() => Services.GetRequiredService<ShippedRules>().EnsureAsync(CancellationToken.None);

    public async Task StartAsync()
    {
        await Rules.StartAsync(CancellationToken.None);
        await _app.StartAsync();
    }

    public RuleClient Client(string key) => new(new Uri(_app.Urls.First()), key);

    /// <summary>The example that the OpenAPI document gives for an operation.</summary>
    public string ExampleOf(string operation) => Services.GetRequiredService<Microsoft.AspNetCore.Routing.EndpointDataSource>().Endpoints
        .Single(e => e.Metadata.GetMetadata<Microsoft.AspNetCore.Routing.IEndpointNameMetadata>()?.EndpointName == operation).Metadata.GetMetadata<BodyInfo>()!.Example!;

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
    }
}

/// <summary>One node on a fresh database, with shipped rules, an administrator, an agent and a channel. One per test class.</summary>
public sealed class RuleDesk(TestServer server) : IAsyncLifetime
{
    public string Database { get; private set; } = "";
    public RuleNode Node { get; private set; } = null!;
    public RuleClient Administrator { get; private set; } = null!;
    public RuleClient Agent { get; private set; } = null!;
    public RuleClient Auditor { get; private set; } = null!;
    public RuleClient Channel { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Database = await server.CreateDatabaseAsync();
        await MigrateAsync(Database);
        Node = RuleNode.On(Database);
        await Node.InstallAsync();
        await Node.Services.GetRequiredService<FirstAdministrator>().EnsureAsync("the-first-key", CancellationToken.None);
        await Node.StartAsync();
        Administrator = Node.Client("the-first-key");
        Agent = Node.Client(await KeyAsync("/v1/staff", """{ "name": "li-wei", "role": "agent" }"""));
        Auditor = Node.Client(await KeyAsync("/v1/staff", """{ "name": "sun-li", "role": "auditor" }"""));
        Channel = Node.Client(await KeyAsync("/v1/channels", """{ "name": "wechat-shop", "medium": "wechat" }"""));
    }

    public static async Task MigrateAsync(string connection)
    {
        await using var database = new StoreDatabase(connection);
        await Migrator.ApplyAsync(database, typeof(PostgresEventStore).Assembly, typeof(SettingTable).Assembly);
    }

    public async ValueTask DisposeAsync()
    {
        await Node.DisposeAsync();
        await server.DropDatabaseAsync(Database);
    }

    private async Task<string> KeyAsync(string path, string body) => (await Administrator.PostAsync(path, body)).Json["apiKey"]!.GetValue<string>();
}

/// <summary>A client of the API with a key.</summary>
public sealed class RuleClient(Uri address, string key)
{
    private static readonly HttpClient Http = new();

    public Task<RuleAnswer> GetAsync(string path) => SendAsync(HttpMethod.Get, path, null);
    public Task<RuleAnswer> PostAsync(string path, string body, params (string Name, string Value)[] headers) => SendAsync(HttpMethod.Post, path, body, headers);
    public Task<RuleAnswer> SendTextAsync(string path, string text, string mediaType, params (string Name, string Value)[] headers) =>
        SendAsync(HttpMethod.Post, path, new StringContent(text) { Headers = { ContentType = MediaTypeHeaderValue.Parse(mediaType) } }, headers);
    public Task<RuleAnswer> PutAsync(string path, string body, params (string Name, string Value)[] headers) => SendAsync(HttpMethod.Put, path, body, headers);

    private Task<RuleAnswer> SendAsync(HttpMethod method, string path, string? body, params (string Name, string Value)[] headers) =>
        SendAsync(method, path, body is null ? null : new StringContent(body, Encoding.UTF8, "application/json"), headers);

    private async Task<RuleAnswer> SendAsync(HttpMethod method, string path, HttpContent? content, (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, new Uri(address, path)) { Content = content };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
        foreach (var (name, value) in headers) request.Headers.TryAddWithoutValidation(name, value);
        using var response = await Http.SendAsync(request);
        return new RuleAnswer((int)response.StatusCode, (await response.Content.ReadFromJsonAsync<JsonNode>())!, response.Headers.ETag?.Tag, response.Headers.Location?.ToString());
    }
}

/// <summary>An answer of the API.</summary>
public sealed record RuleAnswer(int Status, JsonNode Json, string? ETag, string? Location)
{
    public string? Problem => Json["type"]?.GetValue<string>();
    public IEnumerable<string> Fields => Json["errors"] is JsonObject errors ? errors.Select(e => e.Key) : [];
    public T Value<T>(string name) => Json[name]!.GetValue<T>();
}
