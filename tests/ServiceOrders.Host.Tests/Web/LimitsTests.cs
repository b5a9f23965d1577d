using Microsoft.AspNetCore.Builder;
using ServiceOrders.Host.Access;
using ServiceOrders.Host.Composition;
using ServiceOrders.Host.Tests.Given;
using ServiceOrders.Testing;

namespace ServiceOrders.Host.Tests.Web;

/// <summary>What is bounded says so, and what must answer always does.</summary>
public sealed class LimitsTests(TestServer server) : IAsyncLifetime
{
    private readonly ManualTime _time = new(new DateTimeOffset(2026, 3, 2, 1, 0, 0, TimeSpan.Zero));
    private string _database = "";
    private WebApplication _app = null!;

    private ApiClient Administrator => new(new Uri(_app.Urls.First()), RunningService.AdministratorKey);
    private ApiClient Nobody => new(new Uri(_app.Urls.First()), null);
    private ApiClient Stranger => new(new Uri(_app.Urls.First()), "sok_guess");

    public async ValueTask InitializeAsync()
    {
        _database = await server.CreateDatabaseAsync();
        _app = await RunningService.StartAsync(_database, _time,
            ("ServiceOrders:Web:RequestsPerSecond", "2"), ("ServiceOrders:Web:Burst", "3"), ("ServiceOrders:Web:UnknownKeysPerSecond", "0.5"));
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopServiceOrdersAsync();
        await server.DropDatabaseAsync(_database);
    }

    [Fact]
    public async Task A_caller_that_asks_too_much_is_told_when_to_come_back()
    {
        for (var i = 0; i < 3; i++) (await Administrator.GetAsync("/v1/channels")).Status.ShouldBe(200);
        var limited = await Administrator.GetAsync("/v1/channels");
        (limited.Status, limited.Problem, limited.RetryAfter).ShouldBe((429, "rate-limited", TimeSpan.FromSeconds(1)));
        _time.Advance(TimeSpan.FromSeconds(0.5));
        (await Administrator.GetAsync("/v1/channels")).Status.ShouldBe(200);
        (await Administrator.GetAsync("/v1/channels")).Status.ShouldBe(429);
    }

    [Fact]
    public async Task Whoever_guesses_keys_is_slowed_down()
    {
        for (var i = 0; i < 5; i++) (await Stranger.GetAsync("/v1/channels")).Status.ShouldBe(401);
        (await Stranger.GetAsync("/v1/channels")).Status.ShouldBe(429);
        _time.Advance(TimeSpan.FromSeconds(2));
        (await Stranger.GetAsync("/v1/channels")).Status.ShouldBe(401);
    }

    [Fact]
    public async Task Whoever_guesses_keys_shuts_nobody_out_who_shares_the_address_and_is_known_here()
    {
        (await Administrator.PostAsync("/v1/staff", """{ "name": "li", "role": "agent" }""")).Status.ShouldBe(201);
        (await Administrator.PostAsync("/v1/staff/li/deactivate", "{}")).Status.ShouldBe(200);
        for (var i = 0; i < 5; i++) (await Stranger.GetAsync("/v1/channels")).Status.ShouldBe(401);
        (await Stranger.GetAsync("/v1/channels")).Status.ShouldBe(429);
        (await Administrator.GetAsync("/v1/channels")).Status.ShouldBe(200);

        _time.Advance(Credentials.Lifetime);
        while ((await Stranger.GetAsync("/v1/channels")).Status == 401) { }
        (await Administrator.GetAsync("/v1/channels")).Status.ShouldBe(200, "that its key has to be looked up anew is no reason");
    }

    [Fact]
    public async Task Health_problems_and_documents_need_no_key()
    {
        (await Nobody.GetAsync("/health/live")).Text("status").ShouldBe("alive");
        (await Nobody.GetAsync("/health/ready")).Value<bool>("ready").ShouldBeTrue();
        (await Nobody.GetAsync("/problems/rate-limited")).Value<int>("status").ShouldBe(429);
        (await Nobody.GetAsync("/problems/nonsense")).Problem.ShouldBe("not-found");
        (await Nobody.GetAsync("/swagger/v1/swagger.json")).Json["paths"]!["/v1/tickets"]!["post"].ShouldNotBeNull();
        var page = await Nobody.GetAsync("/swagger/index.html");
        page.Status.ShouldBe(200);
        (await Nobody.GetAsync("/swagger/swagger-ui-bundle.js")).Status.ShouldBe(200);
        page.Body.ShouldNotContain("http://");
        page.Body.ShouldNotContain("https://");
    }
}
