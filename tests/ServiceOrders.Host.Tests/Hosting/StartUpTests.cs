using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using ServiceOrders.Host.Hosting;

namespace ServiceOrders.Host.Tests.Hosting;

/// <summary>The order of the start, and what happens while the database is away.</summary>
public sealed class StartUpTests
{
    private readonly HurriedTime _time = new();
    private readonly List<string> _done = [];

    [Fact]
    public async Task The_steps_are_done_in_order_and_only_then_are_requests_taken()
    {
        StartUp startUp = null!;
        startUp = Of(Step("migrations"), new StartUpStep("rules", _ =>
        {
            startUp.IsDone.ShouldBeFalse();
            _done.Add("rules");
            return Task.CompletedTask;
        }));

        await startUp.RunAsync(TestContext.Current.CancellationToken);

        _done.ShouldBe(["migrations", "rules"]);
        startUp.IsDone.ShouldBeTrue();
    }

    [Fact]
    public async Task A_database_that_is_away_is_waited_for_with_growing_pauses_that_have_a_limit()
    {
        var away = 10;
        var startUp = Of(new StartUpStep("migrations", _ => away-- > 0 ? throw new NpgsqlException("refused") : Task.CompletedTask), Step("rules"));

        await startUp.RunAsync(TestContext.Current.CancellationToken);

        _done.ShouldBe(["rules"]);
        _time.Pauses.Take(4).ShouldBe([TimeSpan.FromSeconds(0.25), TimeSpan.FromSeconds(0.5), TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(2)]);
        _time.Pauses.Count.ShouldBe(10);
        _time.Pauses.Max().ShouldBe(TimeSpan.FromSeconds(10));
    }

    [Fact]
    public async Task Anything_else_that_fails_ends_the_start()
    {
        var startUp = Of(new StartUpStep("migrations", _ => throw new InvalidOperationException("an edited script")), Step("rules"));

        await Should.ThrowAsync<InvalidOperationException>(() => startUp.RunAsync(TestContext.Current.CancellationToken));

        _done.ShouldBeEmpty();
        startUp.IsDone.ShouldBeFalse();
        _time.Pauses.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("/v1/tickets", 503)]
    [InlineData("/health/live", 200)]
    [InlineData("/health/ready", 200)]
    public async Task Until_it_is_done_everything_but_the_probes_is_told_to_come_back_later(string path, int status)
    {
        var startUp = Of(Step("migrations"));
        (await AskAsync(startUp, path)).StatusCode.ShouldBe(status);

        await startUp.RunAsync(TestContext.Current.CancellationToken);

        (await AskAsync(startUp, path)).StatusCode.ShouldBe(200);
    }

    [Fact]
    public async Task Whoever_is_turned_away_learns_when_to_try_again() =>
        (await AskAsync(Of(Step("migrations")), "/v1/tickets")).Headers.RetryAfter.ToString().ShouldBe("2");

    private static async Task<HttpResponse> AskAsync(StartUp startUp, string path)
    {
        var services = new ServiceCollection().AddSingleton(startUp).BuildServiceProvider();
        var pipeline = new ApplicationBuilder(services).UseStartUpGate();
        pipeline.Run(_ => Task.CompletedTask);
        var http = new DefaultHttpContext { RequestServices = services, Request = { Path = path } };
        await pipeline.Build()(http);
        return http.Response;
    }

    private StartUp Of(params StartUpStep[] steps) => new(steps, _time, NullLogger<StartUp>.Instance);

    private StartUpStep Step(string name) => new(name, _ =>
    {
        _done.Add(name);
        return Task.CompletedTask;
    });

    /// <summary>A clock on which every wait is over at once, and which remembers how long it would have been.</summary>
    private sealed class HurriedTime : TimeProvider
    {
        public List<TimeSpan> Pauses { get; } = [];

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            Pauses.Add(dueTime);
            return base.CreateTimer(callback, state, TimeSpan.Zero, period);
        }
    }
}
