using System.Text;
using System.Text.Json.Nodes;
using ServiceOrders.Cli.Tests.Given;
using ServiceOrders.Host.Tests.Importing;

namespace ServiceOrders.Cli.Tests.Simulating;

/// <summary>What-if from the command line, against the whole service.</summary>
public sealed class SimulateCommandTests(OldDesk desk) : IClassFixture<OldDesk>, IDisposable
{
    private const string Strict = """
        { "name": "strict", "milestones": [ { "name": "resolution", "calendar": "lisbon-office", "target": { "working": "PT2H" }, "startsOn": ["opened"], "metBy": ["resolved"] } ] }
        """;

    private const string Holiday = """
        { "name": "lisbon-office", "timeZone": "Europe/Lisbon", "days": [ { "date": "2016-03-01", "name": "Founders' day", "intervals": [] } ],
          "week": { "monday": [["09:00", "18:00"]], "tuesday": [["09:00", "18:00"]], "wednesday": [["09:00", "18:00"]], "thursday": [["09:00", "18:00"]], "friday": [["09:00", "18:00"]] } }
        """;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("simulate-");

    public void Dispose() => _folder.Delete(recursive: true);

    private string FileOf(string name, string text)
    {
        var path = Path.Combine(_folder.FullName, name);
        File.WriteAllText(path, text);
        return path;
    }

    private async Task<Terminal> Simulate(int exitCode, params string[] more)
    {
        var terminal = new Terminal { Input = Encoding.UTF8.GetBytes("""[ { "act": "open", "occurredAt": "2016-03-01T09:00:00Z" }, { "act": "resolve", "occurredAt": "2016-03-01T12:30:00Z" } ]""") };
        terminal.Environment["SERVICE_ORDERS_KEY"] = OldDesk.Key;
        (await terminal.Types(["simulate", "--server", desk.Address.ToString(), .. more])).ShouldBe(exitCode, terminal.Error);
        return terminal;
    }

    /// <summary>The same two tickets for every test: what is there already is skipped.</summary>
    private async Task ImportedAsync() => await desk.Import(OldDesk.Line("what-1"), OldDesk.Line("what-2"));

    [Fact]
    public async Task Real_tickets_come_out_under_a_policy_from_a_file_with_a_line_each_and_a_table()
    {
        // Opened on Tuesday, 1 March 2016, at 9; resolved on Wednesday at 10.
        await ImportedAsync();
        var lines = Path.Combine(_folder.FullName, "lines.ndjson");

        var terminal = await Simulate(0, "--policy", FileOf("strict.json", Strict), "--opened-from", "2016-03-01T00:00Z", "--opened-to", "2016-03-02T00:00Z", "--until", "2016-04-01T00:00Z", "--out", lines);

        terminal.Error.ShouldContain("0 of 2 tickets");
        terminal.Output.ShouldContain("2 tickets until 2016-04-01T00:00:00Z; something differs for 2.");
        terminal.Output.ShouldMatch(@"resolution +actual +2 +2 +0 +0 +0 ");
        terminal.Output.ShouldMatch(@" candidate +2 +0 +2 +0 +0  PT23H +PT23H +newly breached 2, newly kept 0");
        var told = (await File.ReadAllLinesAsync(lines)).Select(line => JsonNode.Parse(line)!).ToList();
        told.Count.ShouldBe(2);
        told.ShouldAllBe(t => (string?)t["candidate"]![0]!["state"] == "metLate" && t["actual"]!.AsArray().Count > 1);
    }

    [Fact]
    public async Task A_calendar_stands_in_and_only_what_differs_is_told()
    {
        await ImportedAsync();
        var lines = Path.Combine(_folder.FullName, "lines.ndjson");

        var terminal = await Simulate(0, "--policy", FileOf("strict.json", Strict), "--calendar", FileOf("office.json", Holiday), "--until", "2016-04-01T00:00Z", "--json", "--out", lines, "--differing");

        // Nobody works on the first day, so two hours from Wednesday at nine.
        var resolution = JsonNode.Parse(terminal.Output)!["milestones"]!.AsArray().Single(m => (string?)m!["name"] == "resolution")!;
        ((long)resolution["newlyBreached"]!, resolution["candidate"]!["met"]!.GetValue<long>()).ShouldBe((0, resolution["candidate"]!["cycles"]!.GetValue<long>()));
        (await File.ReadAllLinesAsync(lines)).ShouldAllBe(line => line.Contains("\"dueAt\":\"2016-03-02T11:00:00Z\""));
    }

    [Fact]
    public async Task A_supposed_ticket_is_told_with_its_milestones()
    {
        var terminal = await Simulate(0, "--policy", FileOf("strict.json", Strict), "--acts", "-", "--until", "2016-03-02T00:00Z");

        terminal.Output.ShouldContain("Until 2016-03-02T00:00:00Z: resolved, escalation level 0, policy strict.");
        terminal.Output.ShouldMatch(@"resolution +1  metLate +2016-03-01T11:00:00Z +2016-03-01T12:30:00Z +PT1H30M");

        ((string?)JsonNode.Parse((await Simulate(0, "--policy", "standard", "--acts", "-", "--json")).Output)!["policy"]).ShouldBe("standard");
    }

    [Theory]
    [InlineData("--policy", "no-such-file.json")]
    [InlineData("--policy", "nobodys", "--acts", "-")]
    [InlineData("--policy", "standard", "--acts", "-", "--limit", "3")]
    [InlineData("--kind", "paint")]
    [InlineData("--limit", "0")]
    [InlineData("--opened-from", "yesterday")]
    public async Task A_command_line_that_is_wrong_says_so(params string[] arguments)
    {
        var terminal = await Simulate(2, arguments);

        terminal.Error.ShouldNotBeEmpty();
        terminal.Error.ShouldNotContain("   at ");
    }

    [Fact]
    public async Task Errors_in_a_file_are_told_by_their_paths()
    {
        (await Simulate(2, "--policy", FileOf("wrong.json", Strict.Replace("PT2H", "soon")), "--acts", "-")).Error.ShouldContain("policy.milestones[0].target.working");
        (await Simulate(2, "--policy", FileOf("broken.json", "{ \"name\": "), "--acts", "-")).Error.ShouldContain("broken.json is not what it should be");
        (await Simulate(2, "--calendar", FileOf("calendar.json", Holiday.Replace("timeZone", "zone")))).Error.ShouldContain("calendar.json is not what it should be");
    }

    [Fact]
    public async Task A_server_that_is_away_is_told()
    {
        var terminal = new Terminal();
        terminal.Environment["SERVICE_ORDERS_KEY"] = OldDesk.Key;

        (await terminal.Types("simulate", "--server", "http://127.0.0.1:1")).ShouldBe(3);

        terminal.Error.ShouldContain("cannot be reached");
    }
}
