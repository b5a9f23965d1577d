using ServiceOrders.Audit.Keys;
using ServiceOrders.AuditLog.Building;
using ServiceOrders.AuditLog.Sending;
using ServiceOrders.AuditLog.Signing;
using ServiceOrders.Cli.Tests.Given;
using ServiceOrders.EventStore;
using ServiceOrders.Host.Hosting;
using ServiceOrders.Testing;

namespace ServiceOrders.Cli.Tests.Commands;

/// <summary>Whoever has a connection, a key and a file of checkpoints verifies a database without the service.</summary>
public sealed class AuditVerifyCommandTests(TestDatabase database) : IClassFixture<TestDatabase>, IAsyncLifetime
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("audit");
    private readonly SigningKey _key = SigningKey.Create();

    private string Checkpoints => Path.Combine(_folder.FullName, "checkpoints.log");

    private string KeyFile => Path.Combine(_folder.FullName, "key.pem");

    public async ValueTask InitializeAsync()
    {
        await using var store = new StoreDatabase(database.ConnectionString);
        await Migrator.ApplyAsync(store, ServiceSchema.Scripts);
        await using (var events = new PostgresEventStore(store))
        {
            for (var i = 0; i < 20; i++)
            {
                await events.AppendAsync(new Append
                {
                    StreamId = Guid.CreateVersion7(), StreamType = "thing", ExpectedVersion = 0, Now = TimeProvider.System.GetUtcNow(),
                    Events = [new NewEvent(Guid.CreateVersion7(), "thing_done", "Things.Done, Things", "{}", "{}", null, null, "staff:li")],
                });
            }
        }
        await using (var builder = new SubscriptionRunner(store, new LogBuilder(), new StoreSignals())) await builder.CatchUpAsync();
        await using (var insert = store.Pooled.CreateCommand("insert into audit.keys (id, serial, public_key, introduced_at) values ($1, 1, $2, now())"))
        {
            foreach (var value in (object[])[_key.Id, _key.Public.Der]) insert.Parameters.Add(new() { Value = value });
            await insert.ExecuteNonQueryAsync();
        }
        ICheckpointSink[] sinks = [new FileSink(Checkpoints)];
        var keys = SigningKeys.Given(_key.ToPem(), null);
        await new CheckpointSigner(store, keys, sinks, "node", TimeProvider.System).SignAsync();
        await new CheckpointSender(store.Pooled, sinks, keys, TimeProvider.System).SendAsync();
        await File.WriteAllTextAsync(KeyFile, _key.Public.Pem);
    }

    public ValueTask DisposeAsync()
    {
        _key.Dispose();
        _folder.Delete(recursive: true);
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task A_clean_database_is_0_one_that_was_tampered_with_is_2_and_what_cannot_be_done_is_3()
    {
        var (exit, output, error) = await VerifyAsync("--checkpoints", Checkpoints, "--key", KeyFile);
        (exit, output).ShouldBe((0, ""), error);
        error.ShouldContain("20 events in it, 20 read");
        error.ShouldContain("0 findings");
        error.ShouldNotContain("not yet protected");

        (exit, _, error) = await VerifyAsync();
        exit.ShouldBe(0);
        error.ShouldContain("not yet protected: the last 20 events");
        error.ShouldContain("no --key was given");

        await TamperAsync("update events.mt_events set timestamp = timestamp - interval '1 day' where seq_id = 7");
        (exit, output, _) = await VerifyAsync("--checkpoints", Checkpoints, "--key", KeyFile);
        exit.ShouldBe(2);
        output.ShouldStartWith("Changed\tevent\tThe event at position 7 ");

        // The end cut off, events, log and checkpoints: the file outside tells.
        await TamperAsync("""
            update events.mt_events set timestamp = timestamp + interval '1 day' where seq_id = 7; delete from events.mt_events where seq_id > 15; delete from audit.checkpoints;
            update audit.leaf_tiles set positions = positions[1:15], hashes = substring(hashes for 15 * 32)
            """);
        (exit, output, _) = await VerifyAsync("--checkpoints", Checkpoints, "--key", KeyFile);
        exit.ShouldBe(2);
        output.ShouldStartWith("Truncated\toutside checkpoint 20\t");
        output.ShouldContain("5 events more");

        using var stranger = SigningKey.Create();
        await File.WriteAllTextAsync(KeyFile, stranger.Public.Pem);
        (await VerifyAsync("--checkpoints", Checkpoints, "--key", KeyFile)).Output.ShouldContain("CheckpointForged");

        (await VerifyAsync("--checkpoints", "/no/such/file")).Exit.ShouldBe(3);
        (await VerifyAsync("--key", Checkpoints)).Exit.ShouldBe(3);
        foreach (var wrong in new[] { "Colour=red;Password=secret", "Host=127.0.0.1;Port=1;Password=secret;Timeout=2" })
        {
            var terminal = new Terminal();
            (await terminal.Types("audit", "verify", "--connection", wrong)).ShouldBe(3);
            terminal.Error.ShouldNotContain("secret");
            terminal.Error.ShouldNotContain("   at ");
        }
        (await new Terminal().Types("audit", "verify")).ShouldBe(3);
        foreach (var wrong in new[] { ["--colour", "red"], ["--connection"], new[] { "more" } }) (await new Terminal().Types(["audit", "verify", .. wrong])).ShouldBe(3, "2 would say that something was found");
        (await new Terminal().Types("verify")).ShouldBe(2);

        // What cannot be verified at all is none of the connection string's faults.
        await TamperAsync("alter table audit.leaf_tiles rename to elsewhere");
        var (broken, _, why) = await VerifyAsync();
        broken.ShouldBe(3);
        why.ShouldContain("42P01");
    }

    private async Task<(int Exit, string Output, string Error)> VerifyAsync(params string[] options)
    {
        var terminal = new Terminal();
        terminal.Environment["ConnectionStrings__ServiceOrders"] = database.ConnectionString;
        return (await terminal.Types(["audit", "verify", .. options]), terminal.Output, terminal.Error);
    }

    private async Task TamperAsync(string sql)
    {
        await using var command = database.DataSource.CreateCommand($"set session_replication_role = replica; {sql}; set session_replication_role = origin");
        await command.ExecuteNonQueryAsync();
    }
}
