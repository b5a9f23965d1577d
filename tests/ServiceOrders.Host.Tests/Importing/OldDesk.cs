using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;
using ServiceOrders.Host.Composition;
using ServiceOrders.Host.Importing;
using ServiceOrders.Host.Web;
using ServiceOrders.Testing;

namespace ServiceOrders.Host.Tests.Importing;

/// <summary>The whole service over HTTP on a fresh database, with a channel <c>old-desk</c> to import into. One per test class.</summary>
public sealed class OldDesk(TestServer server) : IAsyncLifetime
{
    public const string Key = "administrator-of-the-old-desk";
    private readonly string _folder = Directory.CreateTempSubdirectory("old-desk-").FullName;
    private WebApplication? _app;
    private NpgsqlDataSource? _database;
    private string _connection = "";

    public Uri Address => new(_app!.Urls.First());

    public async ValueTask InitializeAsync()
    {
        _connection = await server.CreateDatabaseAsync();
        _database = NpgsqlDataSource.Create(_connection);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Configuration["ConnectionStrings:ServiceOrders"] = _connection;
        builder.Configuration["ServiceOrders:DataDirectory"] = _folder;
        builder.Configuration["ServiceOrders:AdministratorKey"] = Key;
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        builder.AddServiceOrders(TimeProvider.System);
        _app = builder.Build();
        _app.UseServiceOrders();
        await _app.StartServiceOrdersAsync(TextWriter.Null);
        using var made = await Client().PostAsync("/v1/channels", Json("""{ "name": "old-desk", "medium": "phone" }"""));
        made.EnsureSuccessStatusCode();
        using var calendar = await Client().PostAsync("/v1/calendars", Json("""
            { "name": "lisbon-office", "timeZone": "Europe/Lisbon", "week": { "monday": [["09:00", "18:00"]], "tuesday": [["09:00", "18:00"]], "wednesday": [["09:00", "18:00"]],
              "thursday": [["09:00", "18:00"]], "friday": [["09:00", "18:00"]] } }
            """));
        calendar.EnsureSuccessStatusCode();
    }

    public async ValueTask DisposeAsync()
    {
        if (_app is not null) await _app.StopServiceOrdersAsync();
        if (_database is not null) await _database.DisposeAsync();
        await server.DropDatabaseAsync(_connection);
        Directory.Delete(_folder, recursive: true);
    }

    public HttpClient Client(string key = Key) => new() { BaseAddress = Address, DefaultRequestHeaders = { Authorization = new AuthenticationHeaderValue("Bearer", key) } };

    public static StringContent Json(string text) => new(text, Encoding.UTF8, "application/json");

    /// <summary>Imports lines into <c>old-desk</c> under the policy <c>standard</c>.</summary>
    public Task<ImportAnswer[]> Import(params string[] lines) => ImportWith("channel=old-desk&policy=standard&detail=true", lines);

    public async Task<ImportAnswer[]> ImportWith(string query, params string[] lines)
    {
        using var client = Client();
        using var answer = await client.PostAsync("/v1/imports?" + query, new StringContent(string.Join('\n', lines), Encoding.UTF8, ImportEndpoint.MediaType));
        var body = await answer.Content.ReadAsStringAsync();
        ((int)answer.StatusCode).ShouldBe(200, body);
        return Read(body);
    }

    public static ImportAnswer[] Read(string body) =>
        [.. body.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonSerializer.Deserialize<ImportAnswer>(line, ApiJson.Options)!)];

    public async Task<JsonNode> Get(string path)
    {
        using var client = Client();
        return JsonNode.Parse(await client.GetStringAsync(path))!;
    }

    /// <summary>A line: an incident of long ago that was acknowledged, resolved and closed.</summary>
    public static string Line(string reference, string acts = """
        { "act": "acknowledge", "occurredAt": "2016-03-01T10:00:00Z", "by": "Ann" },
        { "act": "resolve", "occurredAt": "2016-03-02T10:00:00Z", "by": "Bob" },
        { "act": "close", "occurredAt": "2016-03-05T10:00:00Z" }
        """, string more = "") =>
        ($$"""{ "externalReference": "{{reference}}", "kind": "repair", "occurredAt": "2016-03-01T09:00:00Z", "by": "Eve", {{more}} "acts": [{{acts}}] }""").ReplaceLineEndings(" ");

    public static string[] Lines(string prefix, int count) => [.. Enumerable.Range(1, count).Select(i => Line(string.Create(CultureInfo.InvariantCulture, $"{prefix}-{i}")))];

    /// <summary>How often tickets whose references begin so were opened, by reference.</summary>
    public async Task<Dictionary<string, long>> Opened(string prefix)
    {
        await using var command = _database!.CreateCommand(
            "select data->>'externalReference', count(*) from events.mt_events where type = 'ticket_opened' and data->>'externalReference' like $1 group by 1");
        command.Parameters.Add(new() { Value = prefix + "-%" });
        await using var reader = await command.ExecuteReaderAsync();
        var counts = new Dictionary<string, long>();
        while (await reader.ReadAsync()) counts[reader.GetString(0)] = reader.GetInt64(1);
        return counts;
    }

    public async Task<T?> Scalar<T>(string sql, params object[] values)
    {
        await using var command = _database!.CreateCommand(sql);
        foreach (var value in values) command.Parameters.Add(new() { Value = value });
        return await command.ExecuteScalarAsync() is T found ? found : default;
    }
}

internal static class ImportAnswerReading
{
    public static ImportSummary Summary(this ImportAnswer[] answers) => answers[^1].ShouldBeOfType<ImportSummary>();

    public static TicketTold Ticket(this ImportAnswer[] answers, string reference) => answers.OfType<TicketTold>().Single(t => t.ExternalReference == reference);

    public static LineRejected[] Rejected(this ImportAnswer[] answers) => [.. answers.OfType<LineRejected>().OrderBy(r => r.Line)];
}
