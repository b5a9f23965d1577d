using System.Diagnostics;
using Microsoft.AspNetCore.Builder;
using Npgsql;
using ServiceOrders.Host.Composition;
using ServiceOrders.Host.Tests.Given;
using ServiceOrders.Postgres;

namespace ServiceOrders.Host.Tests.Web;

/// <summary>The database goes away and comes back, on a server of our own: callers are told, nothing is half-written, nothing is lost, and nobody has to restart the service.</summary>
public sealed class TroubleTests : IAsyncLifetime
{
    private PrivatePostgres _server = null!;
    private WebApplication _app = null!;
    private ApiClient _administrator = null!;
    private ApiClient _shop = null!;

    public async ValueTask InitializeAsync()
    {
        _server = await PrivatePostgres.StartAsync();
        _app = await RunningService.StartAsync(await _server.CreateDatabaseAsync("trouble"), TimeProvider.System);
        _administrator = new ApiClient(new Uri(_app.Urls.First()), RunningService.AdministratorKey);
        _shop = new ApiClient(new Uri(_app.Urls.First()), (await _administrator.PostAsync("/v1/channels", """{ "name": "wechat-shop", "medium": "wechat" }""")).Text("apiKey"));
        (await _shop.GetAsync("/v1/tickets")).Status.ShouldBe(200);
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopServiceOrdersAsync();
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task While_the_database_is_down_callers_are_told_to_come_back_and_afterwards_all_is_well()
    {
        var kept = await _shop.PostAsync("/v1/tickets", RunningService.Request("before"));
        await _server.StopAsync();

        foreach (var answer in new[]
        {
            await _shop.PostAsync("/v1/tickets", RunningService.Request("during"), ("Idempotency-Key", "during")),
            await _shop.GetAsync("/v1/tickets"), await _shop.GetAsync(kept.Location!), await _shop.PostAsync(kept.Location + "/message", """{ "text": "x" }"""),
            await _administrator.PostAsync("/v1/staff", """{ "name": "li", "role": "agent" }"""),
        })
        {
            answer.Status.ShouldBe(503);
            answer.Problem.ShouldBeOneOf("database-unavailable", "outcome-unknown");
            answer.RetryAfter.ShouldNotBeNull();
            answer.Body.ShouldNotContain("Npgsql");
        }
        (await _administrator.GetAsync("/health/live")).Status.ShouldBe(200);
        var ready = await _administrator.GetAsync("/health/ready");
        (ready.Status, ready.RetryAfter is not null).ShouldBe((503, true));

        await _server.RestartAsync();
        var again = await UntilServedAsync(() => _shop.PostAsync("/v1/tickets", RunningService.Request("during"), ("Idempotency-Key", "during")));
        again.Status.ShouldBeOneOf(200, 201);
        (await _shop.GetAsync("/v1/tickets?externalReference=during")).Items.Count.ShouldBe(1);
        (await _shop.GetAsync(kept.Location!)).ETag.ShouldBe(kept.ETag);
        (await _shop.GetAsync(kept.Location + "/history")).Items.Count.ShouldBe((int)kept.Value<long>("version"));
    }

    [Fact]
    public async Task A_restart_under_load_loses_nothing_that_was_acknowledged_and_doubles_nothing()
    {
        using var stop = new CancellationTokenSource();
        var callers = Enumerable.Range(0, 4).Select(caller => PostUntilAsync(caller, stop.Token)).ToArray();
        await UntilServedAsync(() => _shop.GetAsync("/v1/tickets?externalReference=c0-3"), answer => answer.Status == 200 && answer.Items.Count == 1);
        await _server.KillAsync();
        await _server.RestartAsync();
        await UntilServedAsync(() => _shop.PostAsync("/v1/tickets", RunningService.Request("afterwards")));
        await stop.CancelAsync();
        foreach (var reference in (await Task.WhenAll(callers)).SelectMany(r => r))
            (await _shop.GetAsync("/v1/tickets?externalReference=" + reference)).Items.Count.ShouldBe(1, reference);
    }

    [Fact]
    public async Task A_database_that_stalls_is_waited_for_no_longer_than_a_statement_may_take()
    {
        await using var locker = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(_server.ConnectionTo("trouble")).ConnectionString);
        await locker.OpenAsync();
        await using var transaction = await locker.BeginTransactionAsync();
        await using (var hold = new NpgsqlCommand("lock table read.credentials in access exclusive mode", locker, transaction)) await hold.ExecuteNonQueryAsync();
        var started = Stopwatch.GetTimestamp();
        var answer = await new ApiClient(new Uri(_app.Urls.First()), "sok_somebody").GetAsync("/v1/tickets");
        (answer.Status, answer.Problem).ShouldBe((503, "database-unavailable"));
        Stopwatch.GetElapsedTime(started).ShouldBeLessThan(TimeSpan.FromSeconds(30));
        await transaction.RollbackAsync();
        (await _shop.GetAsync("/v1/tickets")).Status.ShouldBe(200);
    }

    /// <summary>Posts tickets, one after the other; what was acknowledged.</summary>
    private async Task<List<string>> PostUntilAsync(int caller, CancellationToken stop)
    {
        List<string> acknowledged = [];
        for (var i = 0; !stop.IsCancellationRequested; i++)
        {
            var reference = $"c{caller}-{i}";
            var answer = await _shop.PostAsync("/v1/tickets", RunningService.Request(reference));
            if (answer.Status is 200 or 201) acknowledged.Add(reference);
            else answer.Status.ShouldBe(503);
        }
        return acknowledged;
    }

    // The service comes back by itself, after pauses of its own; every attempt is a whole request, so this does not spin.
    private static async Task<ApiAnswer> UntilServedAsync(Func<Task<ApiAnswer>> ask, Func<ApiAnswer, bool>? served = null)
    {
        var started = Stopwatch.GetTimestamp();
        while (true)
        {
            var answer = await ask();
            if (served?.Invoke(answer) ?? answer.Status < 500) return answer;
            Stopwatch.GetElapsedTime(started).ShouldBeLessThan(TimeSpan.FromSeconds(60), answer.Body);
        }
    }
}
