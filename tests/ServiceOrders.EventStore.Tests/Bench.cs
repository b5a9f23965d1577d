using System.Diagnostics;
using ServiceOrders.EventStore.Tests.Given;

namespace ServiceOrders.EventStore.Tests;

/// <summary>Figures, not judgements: runs with <c>SO_BENCH=1</c> only, against a PostgreSQL with fsync on.</summary>
public sealed class Bench(TestDatabase database, ITestOutputHelper output) : IClassFixture<TestDatabase>
{
    private static readonly bool On = Environment.GetEnvironmentVariable("SO_BENCH") == "1";
    private static readonly string Body = $$"""{"text":"{{new string('x', 460)}}","kind":"Repair"}""";
    private static readonly string Headers = """{"occurredAt":"2026-03-02T12:00:00Z","actor":{"kind":"Channel","id":"shop"},"channel":"shop"}""";

    [Theory]
    [InlineData(1, 3_000)]
    [InlineData(8, 12_000)]
    [InlineData(64, 40_000)]
    public async Task Ticket_creations(int callers, int count)
    {
        Assert.SkipUnless(On, "SO_BENCH=1");
        await Things.SetUpAsync(database);
        await using var store = new PostgresEventStore(database.Store);
        Things[] tables = [new(), new(), new()];
        await CreateAsync(store, tables, callers, count / 10);
        var (clock, here, there) = (Stopwatch.StartNew(), Process.GetCurrentProcess().TotalProcessorTime, await ServerTimeAsync());
        await CreateAsync(store, tables, callers, count);
        Report($"{callers} callers", count / clock.Elapsed.TotalSeconds, "creations/s");
        // On a machine that others use too, processor time tells more than the clock.
        Report("  processor time here", (Process.GetCurrentProcess().TotalProcessorTime - here).TotalMicroseconds / count, "us per creation");
        Report("  processor time of the server's session", (await ServerTimeAsync() - there).TotalMicroseconds / count, "us per creation");
    }

    [Fact]
    public async Task Ten_thousand_streams_due_at_one_instant()
    {
        Assert.SkipUnless(On, "SO_BENCH=1");
        await Things.SetUpAsync(database);
        var signals = new StoreSignals();
        await using var store = new PostgresEventStore(database.Store, signals);
        var due = DateTimeOffset.UtcNow.AddSeconds(12);
        await CreateAsync(store, [new Things()], 50, 10_000, due);
        var (lateness, all) = (new List<double>(), new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        using var listener = new System.Diagnostics.Metrics.MeterListener();
        listener.InstrumentPublished = (instrument, l) => { if (instrument.Name == "store.due.lateness") l.EnableMeasurementEvents(instrument); };
        listener.SetMeasurementEventCallback<double>((_, value, _, _) => { lock (lateness) { lateness.Add(value); if (lateness.Count == 10_000) all.TrySetResult(); } });
        listener.Start();
        await using var workers = new DueWorkers(database.Store, (id, events, now) => Appends.To(id, events[^1].Version, now: now) with { Due = DueChange.To(null) }, signals);
        workers.Start();
        await all.Task.WaitAsync(TimeSpan.FromSeconds(60));
        lateness.Sort();
        Report("due burst p50", lateness[lateness.Count / 2], "ms");
        Report("due burst p99", lateness[lateness.Count * 99 / 100], "ms");
        lateness.Count.ShouldBe(10_000);
    }

    [Fact]
    public async Task Rebuild()
    {
        Assert.SkipUnless(On, "SO_BENCH=1");
        await Things.SetUpAsync(database);
        await using var store = new PostgresEventStore(database.Store);
        await CreateAsync(store, [new Things()], 50, 25_000);
        var events = await database.ScalarAsync<long>("select count(*) from events.mt_events");
        var clock = Stopwatch.StartNew();
        await new InlineRebuild(database.Store, [new Things()]).RunAsync();
        Report("rebuild", events / clock.Elapsed.TotalSeconds, "events/s");
    }

    private static Task CreateAsync(PostgresEventStore store, Things[] tables, int callers, int count, DateTimeOffset? due = null) => Task.WhenAll(Enumerable.Range(0, callers).Select(async _ =>
    {
        for (var i = 0; i < count / callers; i++)
        {
            var id = Guid.CreateVersion7();
            var now = DateTimeOffset.UtcNow;
            (await store.AppendAsync(new Append
            {
                StreamId = id,
                StreamType = "ticket",
                ExpectedVersion = 0,
                Now = now,
                Events = [.. Enumerable.Range(0, 4).Select(_ => new NewEvent(Guid.CreateVersion7(), "ticket_opened", "Tickets.TicketOpened, Domain", Body, Headers, "0123456789abcdef", null, "channel:shop"))],
                Keys = [new UniqueKey("idempotency:shop", id.ToByteArray(), new byte[32], 201, now.AddDays(7)), new UniqueKey("reference:shop", id.ToByteArray())],
                Due = DueChange.To(due ?? now.AddHours(2)),
                Rows = [.. tables.Select(table => new InlineRow(table, new ThingRow(id, 4)))],
            })).ShouldBeOfType<Appended>();
        }
    }));

    /// <summary>Of the writer's session, where the server runs on this machine.</summary>
    private async Task<TimeSpan> ServerTimeAsync()
    {
        var pid = await database.ScalarAsync<int>("select coalesce((select l.pid from pg_locks l where l.locktype = 'advisory' and l.objsubid = 1 and l.database = (select oid from pg_database where datname = current_database()) limit 1), 0)");
        if (!File.Exists($"/proc/{pid}/stat")) return default;
        var fields = (await File.ReadAllTextAsync($"/proc/{pid}/stat")).Split(") ")[1].Split(' ');
        return TimeSpan.FromMilliseconds(10 * (long.Parse(fields[11], null) + long.Parse(fields[12], null)));
    }

    private void Report(string what, double figure, string unit) => output.WriteLine($"{what}: {figure:N0} {unit}");
}
