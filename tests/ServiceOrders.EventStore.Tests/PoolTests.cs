using Npgsql;
using ServiceOrders.EventStore.Tests.Given;

namespace ServiceOrders.EventStore.Tests;

/// <summary>A node takes no more of PostgreSQL's sessions than it says, and its background work does not wait behind its readers.</summary>
public sealed class PoolTests(TestDatabase database) : IClassFixture<TestDatabase>
{
    [Fact]
    public async Task A_storm_of_reads_takes_a_bounded_number_of_sessions_and_holds_up_no_deadline()
    {
        await using var node = new StoreDatabase(Unbounded(application: "storm"));
        await using var store = new PostgresEventStore(node);
        var (due, now) = (Appends.New() with { Due = DueChange.To(Appends.Noon) }, Appends.Noon.AddHours(1));
        (await store.AppendAsync(due)).ShouldBeOfType<Appended>();
        await using var gate = await database.Sql.OpenConnectionAsync();
        await RunAsync(gate, "select pg_advisory_lock(99)");
        var reads = Enumerable.Range(0, 3 * StoreDatabase.MaxReads).Select(async _ =>
        {
            await using var command = node.Pooled.CreateCommand("select pg_advisory_xact_lock_shared(99)");
            await command.ExecuteNonQueryAsync();
        }).ToArray();
        await UntilAsync(async () => await SessionsAsync("storm") >= StoreDatabase.MaxReads);

        await using var workers = new DueWorkers(node, (id, events, at) => Appends.To(id, events.Count, now: at) with { Due = DueChange.To(null) }, new StoreSignals(), time: new ManualTime(now));
        (await workers.SettleDueAsync()).ShouldBe(1);

        (await SessionsAsync("storm")).ShouldBeLessThanOrEqualTo(StoreDatabase.MaxReads + StoreDatabase.MaxBackground + 1);
        await RunAsync(gate, "select pg_advisory_unlock(99)");
        await Task.WhenAll(reads);
    }

    [Theory]
    [InlineData("", StoreDatabase.MaxReads, StoreDatabase.MaxBackground)]
    [InlineData(";Maximum Pool Size=50", 50, StoreDatabase.MaxBackground)]
    [InlineData(";MaxPoolSize=5", 5, 5)]
    [InlineData(";Maximum Pool Size=100", 100, StoreDatabase.MaxBackground)]
    [InlineData(";Minimum Pool Size=40", 40, StoreDatabase.MaxBackground)]
    public async Task What_the_connection_string_says_of_the_pool_is_honoured(string said, int reads, int background)
    {
        await using var node = new StoreDatabase("Host=nowhere;Database=none" + said);
        new NpgsqlConnectionStringBuilder(node.Pooled.ConnectionString).MaxPoolSize.ShouldBe(reads);
        new NpgsqlConnectionStringBuilder(node.Background.ConnectionString).MaxPoolSize.ShouldBe(background);
    }

    private string Unbounded(string application)
    {
        var settings = new NpgsqlConnectionStringBuilder(database.ConnectionString) { ApplicationName = application };
        settings.Remove("Maximum Pool Size");
        return settings.ConnectionString;
    }

    private Task<long> SessionsAsync(string application) => database.ScalarAsync<long>("select count(*) from pg_stat_activity where application_name = $1", application);

    private static async Task UntilAsync(Func<Task<bool>> holds)
    {
        for (var tries = 0; !await holds(); tries++) tries.ShouldBeLessThan(10_000);
    }

    private static async Task RunAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }
}
