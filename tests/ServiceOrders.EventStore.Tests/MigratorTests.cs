using Npgsql;
using ServiceOrders.EventStore.Tests.Given;

namespace ServiceOrders.EventStore.Tests;

/// <summary>Scripts are applied once, in order, and stay as they were released.</summary>
public sealed class MigratorTests(TestDatabase database) : IClassFixture<TestDatabase>
{
    [Fact]
    public async Task Eight_nodes_that_start_at_once_apply_each_script_once()
    {
        MigrationScript[] scripts = [new("Starting", 1, "table", "create table public.started (n int);"), new("Starting", 2, "row", "insert into public.started values (1); insert into public.started values (2);")];
        var applied = await Task.WhenAll(Enumerable.Range(0, 8).Select(async _ =>
        {
            await using var node = new StoreDatabase(database.ConnectionString);
            return await Migrator.ApplyAsync(node, scripts);
        }));

        applied.Count(list => list.Count > 0).ShouldBe(1);
        applied.SelectMany(list => list).ShouldBe(["Starting/001_table", "Starting/002_row"]);
        (await database.ScalarAsync<long>("select count(*) from public.started")).ShouldBe(2);
    }

    [Fact]
    public async Task An_edited_released_script_is_refused_and_line_ends_are_no_edit()
    {
        await Migrator.ApplyAsync(database.Store, [new MigrationScript("Edited", 1, "one", "select 1;\nselect 2;")]);

        (await Migrator.ApplyAsync(database.Store, [new MigrationScript("Edited", 1, "one", "select 1;\r\nselect 2;")])).ShouldBeEmpty();
        (await Should.ThrowAsync<MigrationException>(() => Migrator.ApplyAsync(database.Store, [new MigrationScript("Edited", 1, "one", "select 1;\nselect 3;")]))).Message.ShouldContain("Edited/001_one");
    }

    [Fact]
    public async Task A_script_put_in_before_released_ones_is_refused()
    {
        await Migrator.ApplyAsync(database.Store, [new MigrationScript("Between", 2, "two", "select 2;")]);
        await Should.ThrowAsync<MigrationException>(() => Migrator.ApplyAsync(database.Store, [new MigrationScript("Between", 1, "one", "select 1;"), new MigrationScript("Between", 2, "two", "select 2;")]));
    }

    [Fact]
    public async Task A_script_that_fails_leaves_nothing_and_can_be_mended_and_applied()
    {
        await Should.ThrowAsync<PostgresException>(() => Migrator.ApplyAsync(database.Store, [new MigrationScript("Failing", 1, "one", "create table public.half (n int); select 1 / 0;")]));
        (await database.ScalarAsync<bool>("select to_regclass('public.half') is null")).ShouldBeTrue();
        (await Migrator.ApplyAsync(database.Store, [new MigrationScript("Failing", 1, "one", "create table public.half (n int);")])).Count.ShouldBe(1);
    }

    [Fact]
    public async Task A_login_that_may_change_nothing_finds_the_schema_up_to_date_and_is_told_when_it_is_not()
    {
        await using var service = new StoreDatabase(new NpgsqlConnectionStringBuilder(database.ConnectionString) { Options = "-c role=service_orders_app" }.ConnectionString);

        (await Migrator.ApplyAsync(service, typeof(PostgresEventStore).Assembly)).ShouldBeEmpty();

        var lacking = new MigrationScript("Lacking", 1, "one", "create table events.lacking (n int);");
        (await Should.ThrowAsync<MigrationException>(() => Migrator.ApplyAsync(service, [lacking]))).Message.ShouldContain("Lacking/001_one");
        (await database.ScalarAsync<bool>("select to_regclass('events.lacking') is null")).ShouldBeTrue();
    }
}
