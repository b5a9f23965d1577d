using Microsoft.Extensions.Logging;
using ServiceOrders.Domain.Tickets;
using ServiceOrders.Domain.Tickets.Acts;
using ServiceOrders.EventStore;
using ServiceOrders.Host.Operating;
using ServiceOrders.Host.Tests.Given;
using ServiceOrders.Host.Tickets;
using ServiceOrders.ReadModels.Reporting;
using ServiceOrders.ReadModels.Tickets;

namespace ServiceOrders.Host.Tests.Tickets;

/// <summary>Read models that are made again from the events.</summary>
public class RebuildTests(Desk desk) : IClassFixture<Desk>
{
    [Fact]
    public async Task Rebuilt_rows_equal_the_live_ones_byte_for_byte()
    {
        await SomeTickets();
        var (tickets, queue) = (await Rows("read.tickets"), await Rows("read.queue"));
        tickets.Length.ShouldBeGreaterThanOrEqualTo(3);
        var generation = await new InlineRebuild(desk.Database, [new TicketReadModels()]).RunAsync();
        (await desk.Scalar<bool>($"select to_regclass('read.queue_g{generation}') is not null and to_regclass('read.queue_g{generation - 1}') is null")).ShouldBeTrue();
        (await Rows("read.tickets")).ShouldBe(tickets);
        (await Rows("read.queue")).ShouldBe(queue);
    }

    [Fact]
    public async Task A_rebuilt_generation_has_the_indexes_of_the_one_before_also_where_the_rebuild_was_interrupted()
    {
        await SomeTickets();
        var before = await IndexesAsync(await desk.Scalar<int>("select current from events.generations where name = 'inline'"));
        before.Length.ShouldBeGreaterThan(9);

        using (var stop = new CancellationTokenSource())
        {
            // Interrupted while the indexes are set aside: after the first page.
            await Should.ThrowAsync<OperationCanceledException>(() => new InlineRebuild(desk.Database, [new TicketReadModels()]).RunAsync(new Stopping(stop), stop.Token));
        }
        (await desk.Scalar<long>("select count(*) from read.indexes_set_aside")).ShouldBeGreaterThan(0);
        var generation = await new InlineRebuild(desk.Database, [new TicketReadModels()]).RunAsync();

        (await IndexesAsync(generation)).ShouldBe(before);
        (await desk.Scalar<long>("select count(*) from read.indexes_set_aside")).ShouldBe(0);
        await Should.ThrowAsync<Npgsql.PostgresException>(() => desk.Scalar<object>("select read.set_ticket_indexes_aside($1)", generation), "what serves keeps its indexes");
    }

    /// <summary>The definitions of a generation's indexes, without its number.</summary>
    private Task<string[]> IndexesAsync(int generation) => desk.Scalar<string[]>($"""
        select array_agg(replace(indexdef, '_g{generation}', '') order by indexname) from pg_indexes where schemaname = 'read' and tablename in ('tickets_g{generation}', 'queue_g{generation}')
        """);

    private sealed class Stopping(CancellationTokenSource stop) : IProgress<RebuildProgress>
    {
        public void Report(RebuildProgress value) => stop.Cancel();
    }

    [Fact]
    public async Task A_rebuild_in_the_background_tells_the_log_that_its_generation_serves()
    {
        await SomeTickets();
        using var logs = new HeardLogs("of the inline read models serves");
        await using var rebuilds = new Rebuilds(desk.Database, [new TicketReadModels()], [new MilestoneReport()], desk.Time, logs);
        rebuilds.TryStart(Generations.Inline).ShouldNotBeNull();
        await logs.Heard.WaitAsync(TimeSpan.FromMinutes(1));
    }

    [Fact]
    public async Task Tickets_that_are_opened_and_changed_during_a_rebuild_are_in_the_new_generation()
    {
        await SomeTickets();
        var node = desk.StartNode();
        using var stop = new CancellationTokenSource();
        var working = Task.Run(async () =>
        {
            var opened = new List<Guid>();
            while (!stop.IsCancellationRequested)
            {
                var ticket = (await node.Service.OpenAsync(Desk.By(Desk.Shop), Desk.Request(), new OpeningChannel("wechat-shop", Medium.Wechat))).ShouldBeOfType<Answered>().Ticket;
                await node.Service.ActAsync(Desk.By(Desk.Agent), ticket.Number, ActCatalog.Find("assign")!, new Assign { Team = "during" });
                opened.Add(ticket.Id);
            }
            return opened;
        });
        for (var i = 0; i < 3; i++) await new InlineRebuild(desk.Database, [new TicketReadModels()]).RunAsync();
        await stop.CancelAsync();
        var during = await working;
        during.Count.ShouldBeGreaterThan(0);
        (await desk.Scalar<long>("select count(*) from read.queue where id = any($1) and team = 'during'", during.ToArray())).ShouldBe(during.Count);
        // The live rows of now equal those of one more rebuild: nothing fell between the generations.
        var rows = await Rows("read.tickets");
        await new InlineRebuild(desk.Database, [new TicketReadModels()]).RunAsync();
        (await Rows("read.tickets")).ShouldBe(rows);
    }

    [Fact]
    public async Task The_milestone_report_is_the_same_followed_live_or_rebuilt()
    {
        await SomeTickets();
        await using var runner = new SubscriptionRunner(desk.Database, new GenerationalSubscription(new MilestoneReport()), new StoreSignals());
        await runner.CatchUpAsync();
        await SomeTickets();
        await runner.CatchUpAsync();
        var followed = await Rows("reporting.milestones");
        followed.Length.ShouldBe((int)await desk.Scalar<long>("select count(*) from events.mt_events where type = 'milestone_started'"));
        await new ProjectionRebuild(desk.Database, new MilestoneReport()).RunAsync();
        (await Rows("reporting.milestones")).ShouldBe(followed);
    }

    [Fact]
    public async Task The_milestone_report_tells_what_was_met_and_what_was_missed()
    {
        var ticket = await desk.Opened();
        await desk.Done(ticket, "assign", new Assign { Team = "repair", Assignee = "li" });
        desk.Time.Advance(TimeSpan.FromHours(3));
        await desk.Done(ticket, "acknowledge", new Acknowledge());
        await desk.Done(ticket, "assign", new Assign { Team = "warehouse", Assignee = "wu" });
        await desk.Done(ticket, "resolve", new Resolve { Text = "new fuse" });
        await using var runner = new SubscriptionRunner(desk.Database, new GenerationalSubscription(new MilestoneReport()), new StoreSignals());
        await runner.CatchUpAsync();
        (await desk.Scalar<string>("""
            select string_agg(format('%s %s %s %s %s %s', milestone, state, in_time, overrun_seconds::float, team, ended_by), '; ' order by milestone)
            from reporting.milestones where ticket_id = $1
            """, ticket.Id)).ShouldBe("acknowledge metLate f 3600 repair acknowledged; resolution met t  warehouse resolved");
    }

    private async Task SomeTickets()
    {
        for (var i = 0; i < 3; i++)
        {
            var ticket = await desk.Opened($"R-{Guid.NewGuid()}");
            await desk.Done(ticket, "request-information", new RequestInformation { Fields = ["product.serialNumber"], Text = "which one?" });
            desk.Time.Advance(TimeSpan.FromMinutes(7) + TimeSpan.FromMicroseconds(13));
            await desk.Done(ticket, "message", new ReceiveMessage { Text = "this one" }, Desk.By(Desk.Shop));
            desk.Time.Advance(TimeSpan.FromHours(i * 2));
            await desk.First.Due.SettleDueAsync();
            await desk.Done(ticket, "resolve", new Resolve { Text = "new fuse" });
            if (i == 1) await desk.Done(ticket, "reject", new Reject { Reason = "still dark" }, Desk.By(Desk.Shop));
            if (i == 2) await desk.Done(ticket, "classify", new Classify { Urgency = Urgency.Urgent });
        }
    }

    private Task<string[]> Rows(string table) => desk.Scalar<string[]>($"select array_agg(r::text order by r::text) from {table} r");

    /// <summary>Logs that wait for a sentence.</summary>
    private sealed class HeardLogs(string sentence) : ILoggerFactory, ILogger
    {
        private readonly TaskCompletionSource _heard = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Heard => _heard.Task;

        public ILogger CreateLogger(string categoryName) => this;

        public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException();

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (formatter(state, exception).Contains(sentence, StringComparison.Ordinal)) _heard.TrySetResult();
        }

        public void Dispose() { }
    }
}
