using System.Diagnostics;
using Npgsql;

namespace ServiceOrders.Postgres.Tests;

/// <summary>The private server against the real programs: whom it runs as, and what it survives.</summary>
public sealed class PrivatePostgresTests : IDisposable
{
    private readonly string _folder = Path.Combine(Directory.CreateTempSubdirectory("service-orders-test-").FullName, "postgres");

    public PrivatePostgresTests()
    {
        // The parent of the data folder must let the server's user through.
        if (OperatingSystem.IsWindows()) return;
        var parent = Path.GetDirectoryName(_folder)!;
        File.SetUnixFileMode(parent, File.GetUnixFileMode(parent) | UnixFileMode.OtherExecute | UnixFileMode.OtherRead);
    }

    public void Dispose() => Directory.Delete(Path.GetDirectoryName(_folder)!, recursive: true);

    [Fact]
    public async Task A_server_accepts_connections_as_soon_as_it_is_started_and_makes_databases()
    {
        await using var server = await PrivatePostgres.StartAsync(new PrivatePostgresOptions { Durable = false });
        var database = await server.CreateDatabaseAsync("it's a \"name\"");

        (await Scalar<string>(database, "select current_database()::text")).ShouldBe("it's a \"name\"");
        (await server.CreateDatabaseAsync("it's a \"name\"")).ShouldBe(database, "a database that exists is kept");
        (await Scalar<string>(database, "show server_encoding")).ShouldBe("UTF8");
        (await Scalar<string>(database, "select lower('ÄÖ')")).ShouldBe("äö");
        server.MajorVersion.ShouldBeGreaterThanOrEqualTo(15);
    }

    [Fact]
    public async Task A_process_of_root_steps_down_and_no_other_user_s_process_changes_its_user()
    {
        await using var server = await PrivatePostgres.StartAsync(new PrivatePostgresOptions { Durable = false });

        var owner = await Scalar<string>(server.ConnectionString, "select split_part(pg_read_file('/proc/self/status'), E'\\nUid:\\t', 2)");
        var userId = uint.Parse(owner.Split('\t')[0], System.Globalization.CultureInfo.InvariantCulture);
        if (Environment.IsPrivilegedProcess) userId.ShouldNotBe(0u);
        else File.ReadAllText("/proc/self/status").ShouldContain($"Uid:\t{userId}\t");
    }

    [Fact]
    public async Task Nobody_gets_in_without_the_password_which_only_the_server_s_user_can_read()
    {
        await using var server = await PrivatePostgres.StartAsync(new PrivatePostgresOptions { Durable = false });

        var without = new NpgsqlConnectionStringBuilder(server.ConnectionString) { Password = "guess" }.ConnectionString;
        (await Should.ThrowAsync<PostgresException>(() => Scalar<int>(without, "select 1"))).SqlState.ShouldBe(PostgresErrorCodes.InvalidPassword);
        (await Scalar<string>(server.ConnectionString, "show listen_addresses")).ShouldBe("127.0.0.1");
        (await Scalar<string>(server.ConnectionString, "show unix_socket_directories")).ShouldBe("");
        if (!OperatingSystem.IsWindows())
        {
            File.GetUnixFileMode(Path.Combine(server.DataDirectory, "password")).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }
    }

    [Fact]
    public async Task Data_survive_an_orderly_end_and_the_next_start_is_found_at_the_same_port()
    {
        int port;
        await using (var server = await PrivatePostgres.StartAsync(At(_folder)))
        {
            await Execute(server.ConnectionString, "create table kept as select 1 as n");
            port = server.Port;
        }
        Running(_folder).ShouldBeEmpty();

        await using var again = await PrivatePostgres.StartAsync(At(_folder));
        (await Scalar<int>(again.ConnectionString, "select n from kept")).ShouldBe(1);
        again.Port.ShouldBe(port);
    }

    [Fact]
    public async Task A_server_whose_port_was_taken_meanwhile_waits_for_it_and_takes_no_other()
    {
        await using var server = await PrivatePostgres.StartAsync(At(_folder));
        await server.KillAsync();
        using (var thief = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, server.Port))
        {
            thief.Start();
            await Should.ThrowAsync<PrivatePostgresException>(() => server.RestartAsync());
        }
        await server.RestartAsync();
        (await Scalar<int>(server.ConnectionString, "select 1")).ShouldBe(1);
    }

    [Fact]
    public async Task A_killed_server_comes_back_with_everything_that_was_committed_and_nothing_that_was_not()
    {
        await using var server = await PrivatePostgres.StartAsync(At(_folder) with { Durable = true });
        await Execute(server.ConnectionString, "create table kept (n int)");
        for (var round = 1; round <= 3; round++)
        {
            await Execute(server.ConnectionString, $"insert into kept values ({round})");
            await using var open = new NpgsqlConnection(Unpooled(server.ConnectionString));
            await open.OpenAsync();
            await using var transaction = await open.BeginTransactionAsync();
            await using (var command = new NpgsqlCommand("insert into kept values (-1)", open, transaction)) await command.ExecuteNonQueryAsync();

            await server.KillAsync();
            Running(_folder).ShouldBeEmpty();
            await Should.ThrowAsync<NpgsqlException>(() => Scalar<int>(server.ConnectionString, "select 1"));
            await server.RestartAsync();

            (await Scalar<string>(server.ConnectionString, "select string_agg(n::text, ',' order by n) from kept")).ShouldBe(string.Join(',', Enumerable.Range(1, round)));
        }
    }

    [Fact]
    public async Task A_server_whose_owner_was_killed_is_stopped_by_the_next_start_which_takes_over_its_data()
    {
        // The lock vanishes with its owner; the server goes on. Letting go of the lock alone is what such a death leaves behind.
        var orphaned = await PrivatePostgres.StartAsync(At(_folder));
        await Execute(orphaned.ConnectionString, "create table kept as select 1 as n");
        var orphan = Running(_folder).ShouldHaveSingleItem();
        ReleaseLock(orphaned);

        await using var next = await PrivatePostgres.StartAsync(At(_folder));

        Running(_folder).ShouldHaveSingleItem().ShouldNotBe(orphan);
        (await Scalar<int>(next.ConnectionString, "select n from kept")).ShouldBe(1);
    }

    [Fact]
    public async Task A_mark_left_by_a_crash_that_now_names_a_living_stranger_does_not_stop_the_next_start()
    {
        await using (var server = await PrivatePostgres.StartAsync(At(_folder))) await Execute(server.ConnectionString, "create table kept as select 1 as n");
        using var stranger = Process.Start(new ProcessStartInfo("sleep", "600"))!;
        try
        {
            await File.WriteAllTextAsync(Path.Combine(_folder, "cluster", "postmaster.pid"), $"{stranger.Id}\n{_folder}/cluster\n0\n1\n\n127.0.0.1\n         1         1\nready\n");

            await using var next = await PrivatePostgres.StartAsync(At(_folder));

            (await Scalar<int>(next.ConnectionString, "select n from kept")).ShouldBe(1);
            stranger.HasExited.ShouldBeFalse("a stranger must not be signalled");
        }
        finally
        {
            stranger.Kill();
        }
    }

    [Fact]
    public async Task Of_two_starts_on_one_folder_the_second_is_refused_and_the_first_is_not_disturbed()
    {
        await using var first = await PrivatePostgres.StartAsync(At(_folder));
        await Execute(first.ConnectionString, "create table kept as select 1 as n");

        var refused = await Should.ThrowAsync<PrivatePostgresException>(() => PrivatePostgres.StartAsync(At(_folder)));

        refused.Message.ShouldContain("in use by another process");
        (await Scalar<int>(first.ConnectionString, "select n from kept")).ShouldBe(1);
    }

    [Fact]
    public async Task A_cluster_that_was_left_half_made_is_made_anew()
    {
        Directory.CreateDirectory(Path.Combine(_folder, "unfinished"));
        await File.WriteAllTextAsync(Path.Combine(_folder, "unfinished", "PG_VERSION"), "15");

        await using var server = await PrivatePostgres.StartAsync(At(_folder));

        (await Scalar<int>(server.ConnectionString, "select 1")).ShouldBe(1);
    }

    [Fact]
    public async Task A_folder_with_other_files_in_it_is_refused_and_left_alone()
    {
        Directory.CreateDirectory(_folder);
        await File.WriteAllTextAsync(Path.Combine(_folder, "thesis.txt"), "years of work");

        (await Should.ThrowAsync<PrivatePostgresException>(() => PrivatePostgres.StartAsync(At(_folder)))).Message.ShouldContain("thesis.txt");

        (await File.ReadAllTextAsync(Path.Combine(_folder, "thesis.txt"))).ShouldBe("years of work");
    }

    [Fact]
    public async Task Without_server_programs_the_message_says_what_to_install_or_to_set()
    {
        var refused = await Should.ThrowAsync<PrivatePostgresException>(() => PrivatePostgres.StartAsync(At(_folder) with { BinDirectory = Path.GetTempPath() }));

        refused.Message.ShouldContain("apt-get install postgresql");
        refused.Message.ShouldContain("ConnectionStrings__ServiceOrders");
    }

    [Fact]
    public async Task A_server_that_ends_at_its_start_tells_why()
    {
        var settings = new Dictionary<string, string> { ["no_such_setting"] = "on" };

        (await Should.ThrowAsync<PrivatePostgresException>(() => PrivatePostgres.StartAsync(At(_folder) with { Settings = settings }))).Message.ShouldContain("no_such_setting");

        await using var server = await PrivatePostgres.StartAsync(At(_folder));
        (await Scalar<int>(server.ConnectionString, "select 1")).ShouldBe(1, "the failed start must not leave the folder locked");
    }

    [Fact]
    public async Task A_temporary_server_takes_its_folder_with_it_and_clears_away_one_whose_owner_died()
    {
        var abandoned = await PrivatePostgres.StartAsync(new PrivatePostgresOptions { Durable = false });
        ReleaseLock(abandoned);

        string temporary;
        await using (var server = await PrivatePostgres.StartAsync(new PrivatePostgresOptions { Durable = false })) temporary = server.DataDirectory;

        Directory.Exists(temporary).ShouldBeFalse();
        Directory.Exists(abandoned.DataDirectory).ShouldBeFalse();
        Running(abandoned.DataDirectory).ShouldBeEmpty();
    }

    private static PrivatePostgresOptions At(string folder) => new() { DataDirectory = folder, Durable = false };

    private static IReadOnlyList<int> Running(string folder) => new ClusterProcesses("no cluster's name", Path.Combine(folder, "cluster")).Postmasters();

    private static void ReleaseLock(PrivatePostgres server) => server.Folder.Dispose();

    private static string Unpooled(string connectionString) => new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false }.ConnectionString;

    private static async Task<T> Scalar<T>(string connectionString, string sql)
    {
        await using var connection = new NpgsqlConnection(Unpooled(connectionString));
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        return (T)(await command.ExecuteScalarAsync())!;
    }

    private static async Task Execute(string connectionString, string sql)
    {
        await using var connection = new NpgsqlConnection(Unpooled(connectionString));
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }
}
