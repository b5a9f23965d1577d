using ServiceOrders.Cli.Tests.Given;
using ServiceOrders.Host.Tests.Importing;

namespace ServiceOrders.Cli.Tests.Commands;

public sealed class CalendarCommandTests(OldDesk desk) : IClassFixture<OldDesk>
{
    private static readonly byte[] Feed = Terminal.Lines("BEGIN:VCALENDAR", "BEGIN:VEVENT", "DTSTART;VALUE=DATE:20270206", "DTEND;VALUE=DATE:20270208", "SUMMARY:春节", "END:VEVENT",
        "BEGIN:VEVENT", "DTSTART;VALUE=DATE:20270214", "SUMMARY:春节 补班", "END:VEVENT", "BEGIN:VEVENT", "DTSTART:20270215T010000Z", "SUMMARY:meeting", "END:VEVENT", "END:VCALENDAR");

    private async Task<(int Exit, Terminal Terminal)> ImportAsync(byte[] input, params string[] options)
    {
        var terminal = new Terminal { Input = input };
        return (await terminal.Types(["calendar", "import", "cn-office", "-", "--server", desk.Address.ToString(), "--key", OldDesk.Key, .. options]), terminal);
    }

    [Fact]
    public async Task An_iCalendar_file_is_taken_told_and_given_again_changes_nothing()
    {
        string[] year = ["--from", "2027-01-01", "--to", "2027-12-31", "--work-hours", "10:00-16:00"];
        var (exit, terminal) = await ImportAsync(Feed, year);

        exit.ShouldBe(0, terminal.Error);
        terminal.Output.ReplaceLineEndings("|").ShouldBe("2027-02-06 春节 off|2027-02-07 春节 off|2027-02-14 春节 补班 10:00-16:00|");
        terminal.Error.ShouldContain("line 11: meeting is left out");
        terminal.Error.ShouldContain("cn-office version 2: 3 days taken, 0 removed");
        ((string?)(await desk.Get("/v1/calendars/cn-office"))["knownUntil"]).ShouldBe("2027-12-31");

        var again = await ImportAsync(Feed, year);
        (again.Exit, again.Terminal.Output).ShouldBe((0, ""));
        again.Terminal.Error.ShouldContain("nothing to do");

        var list = await ImportAsync(Terminal.Lines("""{ "year": 2027, "days": [ { "name": "元旦", "date": "2027-01-01", "isOffDay": true } ] }"""), "--replace");
        list.Exit.ShouldBe(0, list.Terminal.Error);
        list.Terminal.Output.ReplaceLineEndings("|").ShouldBe("2027-01-01 元旦 off|2027-02-06 春节 off removed|2027-02-07 春节 off removed|2027-02-14 春节 补班 10:00-16:00 removed|");
    }

    [Fact]
    public async Task What_the_server_refuses_is_told_with_its_line()
    {
        var (exit, terminal) = await ImportAsync(Terminal.Lines("BEGIN:VCALENDAR", "BEGIN:VEVENT", "DTSTART;VALUE=DATE:soon", "END:VEVENT", "END:VCALENDAR"));
        (exit, terminal.Output).ShouldBe((3, ""));
        terminal.Error.ShouldContain("line 3");
        (await new Terminal().Types("calendar", "import", "cn-office", "/no/such/file", "--key", "k")).ShouldBe(2);
    }
}
