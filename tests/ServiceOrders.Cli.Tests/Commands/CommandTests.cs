using ServiceOrders.Cli.Tests.Given;
using ServiceOrders.Host.Tests.Importing;
using ServiceOrders.Testing;

namespace ServiceOrders.Cli.Tests.Commands;

public class CommandTests(OldDesk desk, TestDatabase database) : IClassFixture<OldDesk>, IClassFixture<TestDatabase>
{
    [Fact]
    public async Task Help_tells_what_there_is()
    {
        var terminal = new Terminal();

        (await terminal.Types("--help")).ShouldBe(0);
        (await terminal.Types("import", "--help")).ShouldBe(0);
        (await terminal.Types("simulate", "--help")).ShouldBe(0);

        foreach (var word in new[] { "import", "migrate", "rebuild", "simulate", "--from", "--time-zone", "--calendar", "--policy", "--channel", "--acts", "--opened-from", "SERVICE_ORDERS_KEY", "verify", "audit" }) terminal.Output.ShouldContain(word);
    }

    [Theory]
    [InlineData("import")]
    [InlineData("import", "-", "--colour", "red")]
    [InlineData("import", "-", "--from", "paper")]
    [InlineData("import", "-")]
    [InlineData("import", "-", "--key", "k", "--server", "nowhere")]
    [InlineData("import", "/no/such/file", "--key", "k")]
    [InlineData("rebuild", "inline")]
    [InlineData("simulate")]
    [InlineData("migrate")]
    [InlineData("migrate", "--connection", "Colour=red")]
    [InlineData("repaint")]
    public Task A_command_line_that_is_wrong_does_nothing_and_says_so(params string[] arguments) => IsRefused(2, arguments);

    /// <summary>There 2 says that something was found.</summary>
    [Theory]
    [InlineData("audit")]
    [InlineData("audit", "verify", "--colour")]
    public Task A_verification_that_is_asked_for_wrongly_is_none(params string[] arguments) => IsRefused(3, arguments);

    private static async Task IsRefused(int code, string[] arguments)
    {
        var terminal = new Terminal();

        (await terminal.Types(arguments)).ShouldBe(code);

        terminal.Error.ShouldNotBeEmpty();
        terminal.Error.ShouldNotContain("   at ");
    }

    [Fact]
    public async Task Migrating_a_new_database_makes_its_schema_and_doing_it_again_finds_nothing_to_do()
    {
        var terminal = new Terminal();
        terminal.Environment["ConnectionStrings__ServiceOrders"] = database.ConnectionString;
        var again = new Terminal();
        again.Environment["ConnectionStrings__ServiceOrders"] = database.ConnectionString;

        (await terminal.Types("migrate")).ShouldBe(0, terminal.Error);
        (await again.Types("migrate")).ShouldBe(0, again.Error);

        terminal.Output.ShouldContain("001_");
        again.Output.ShouldBeEmpty();
        again.Error.ShouldContain("nothing to do");
        await using var command = database.DataSource.CreateCommand("select count(*) from events.mt_events");
        (await command.ExecuteScalarAsync()).ShouldBe(0L);
    }

    [Fact]
    public async Task A_database_that_is_not_there_is_told_without_its_password()
    {
        var terminal = new Terminal();

        (await terminal.Types("migrate", "--connection", "Host=127.0.0.1;Port=1;Username=u;Password=s3cret;Timeout=2")).ShouldBe(3);

        terminal.Error.ShouldNotBeEmpty();
        terminal.Error.ShouldNotContain("s3cret");
    }

    [Fact]
    public async Task Rebuilding_ends_when_the_new_read_model_serves()
    {
        await desk.Import(OldDesk.Line("rebuilt-1"));
        var before = await Generation();
        var terminal = new Terminal();

        (await terminal.Types("rebuild", "inline", "--server", desk.Address.ToString(), "--key", OldDesk.Key)).ShouldBe(0, terminal.Error);

        (await Generation()).ShouldBe(before + 1);
        ((int)(await desk.Get("/v1/tickets?limit=10"))["items"]!.AsArray().Count).ShouldBe(1);
    }

    [Fact]
    public async Task A_read_model_that_nobody_knows_is_refused()
    {
        var terminal = new Terminal();

        (await terminal.Types("rebuild", "nobodys", "--server", desk.Address.ToString(), "--key", OldDesk.Key)).ShouldBe(3);

        terminal.Error.ShouldContain("404");
    }

    private async Task<int> Generation() => (int)(await desk.Get("/v1/projections"))["items"]!.AsArray().Single(p => (string?)p!["name"] == "inline")!["generation"]!;
}
