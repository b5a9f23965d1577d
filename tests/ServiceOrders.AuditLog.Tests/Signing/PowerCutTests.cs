using Npgsql;
using ServiceOrders.Audit.Checkpoints;
using ServiceOrders.Audit.Merkle;
using ServiceOrders.AuditLog.Reading;
using ServiceOrders.AuditLog.Building;
using ServiceOrders.AuditLog.Tests.Given;
using ServiceOrders.EventStore;
using ServiceOrders.Postgres;

namespace ServiceOrders.AuditLog.Tests.Signing;

/// <summary>A database that dies loses nothing that was signed, though the tiles are committed without waiting for the disk.</summary>
public sealed class PowerCutTests
{
    [Fact]
    public async Task What_was_signed_is_there_after_the_database_was_killed_and_the_log_goes_on_from_it()
    {
        await using var postgres = await PrivatePostgres.StartAsync();
        var connection = await postgres.CreateDatabaseAsync("killed");
        SignedNote[] signed;
        await using (var database = new StoreDatabase(connection))
        {
            await Migrator.ApplyAsync(database, typeof(PostgresEventStore).Assembly, typeof(AuditLogMetrics).Assembly);
            await using var notary = new Notary(connection);
            await notary.IntroduceAsync();
            await FillAsync(database, notary, 3);
            signed = [.. notary.Filed];
            signed.Length.ShouldBe(3);

            await postgres.KillAsync();
            await postgres.RestartAsync();
            foreach (var source in (NpgsqlDataSource[])[database.Pooled, database.Background, database.Dedicated]) source.Clear();

            // The commit of a checkpoint waits for the disk, and with it for every tile before it.
            var nodes = new TileNodes(new LogTiles(database.Pooled));
            (await new LogReader(database.Pooled).ExtentAsync()).Size.ShouldBeGreaterThanOrEqualTo(signed[^1].Checkpoint.Size);
            foreach (var note in signed) (await ProofBuilder.RootAsync(nodes, note.Checkpoint.Size)).ShouldBe(note.Checkpoint.Root);
            await using var again = new Notary(connection, like: notary, file: notary.File);
            await FillAsync(database, again, 1);
            again.Filed.Count.ShouldBe(4);
        }
    }

    private static async Task FillAsync(StoreDatabase database, Notary notary, int rounds)
    {
        await using var runner = new SubscriptionRunner(database, new LogBuilder(), new StoreSignals());
        for (var i = 0; i < rounds; i++)
        {
            await using var fill = database.Pooled.CreateCommand(
                "insert into events.mt_events (seq_id, id, version, data, type) select nextval('events.mt_events_sequence'), gen_random_uuid(), n, '{}', 'thing_done' from generate_series(1, 400) n");
            await fill.ExecuteNonQueryAsync();
            await runner.CatchUpAsync();
            await notary.SignAndSendAsync();
        }
    }
}
