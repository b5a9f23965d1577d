using ServiceOrders.Audit.Sampling;
using ServiceOrders.Cli.Tests.Given;

namespace ServiceOrders.Cli.Tests.Sampling;

/// <summary><c>service-orders sample redo</c>: with an export and nothing else.</summary>
public class SampleCommandTests
{
    private static readonly byte[] Seed = [.. Enumerable.Range(0, 32).Select(i => (byte)i)];
    private static readonly Guid[] Tickets = [.. Enumerable.Range(1, 23).Select(i => new Guid($"01990000-0000-7000-8000-{i:x12}"))];

    [Fact]
    public async Task A_draw_that_its_seed_makes_is_drawn_again_the_same()
    {
        var (exit, seen) = await RedoAsync(Fixed(), Listed(Tickets[..20]), Listed(Tickets[20..]), Drawn(SampleDraw.Of(Seed, Tickets)), End);
        exit.ShouldBe(0);
        seen.Output.ShouldContain("2026-11: 3 of 23 closed tickets, drawn again, the same.");
        seen.Output.ShouldContain("The seed was fixed at 2026-10-01T00:00:00Z, position 5; drawn at position 99.");
        seen.Output.ShouldContain("the sample's evidence proves it");
        seen.Error.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_draw_that_was_picked_by_hand_is_named()
    {
        var drawn = SampleDraw.Of(Seed, Tickets);
        var picked = Tickets.Except(drawn).First();
        var (exit, seen) = await RedoAsync(Fixed(), Listed(Tickets), Drawn([picked, .. drawn.Skip(1)]), End);
        exit.ShouldBe(1);
        seen.Output.ShouldContain($"{picked} was drawn, but its rank is not among the lowest.");
        seen.Output.ShouldContain($"{drawn[0]} was not drawn, though its rank is among the lowest.");
    }

    [Fact]
    public async Task Another_seed_than_the_one_fixed_is_named()
    {
        var (exit, seen) = await RedoAsync(Fixed(new string('0', 64)), Listed(Tickets), Drawn(SampleDraw.Of(Seed, Tickets)), End);
        exit.ShouldBe(1);
        seen.Output.ShouldContain("not the one that was fixed beforehand");
    }

    [Fact]
    public async Task A_seed_that_was_fixed_when_the_month_had_begun_is_named_but_in_the_first_month_of_the_service()
    {
        // November begins in Shanghai on 31 October, 16:00 UTC.
        string[] rest = [Listed(Tickets), Drawn(SampleDraw.Of(Seed, Tickets)), End];
        (await RedoAsync([Fixed(at: "2026-10-31T15:59:59Z"), .. rest])).Exit.ShouldBe(0);
        var (exit, seen) = await RedoAsync([Fixed(at: "2026-10-31T16:00:00Z"), .. rest]);
        exit.ShouldBe(1);
        seen.Output.ShouldContain("when the month had begun");
        (await RedoAsync([Fixed(at: "2026-11-12T00:00:00Z", first: true), .. rest])).Exit.ShouldBe(0);
        (await RedoAsync([Fixed(month: "2026-10"), Fixed(at: "2026-11-12T00:00:00Z", first: true), .. rest])).Exit.ShouldBe(1, "there was a month before");
    }

    [Fact]
    public async Task A_second_seed_is_named_wherever_it_stands_and_the_first_counts()
    {
        var (listed, drawn) = (Listed(Tickets), Drawn(SampleDraw.Of(Seed, Tickets)));
        foreach (var lines in (string[][])[[Fixed(), Fixed(), listed, drawn], [Fixed(), listed, drawn, Fixed(new string('0', 64))]])
        {
            var (exit, seen) = await RedoAsync([.. lines, End]);
            exit.ShouldBe(1);
            seen.Output.ShouldContain("A seed was fixed 2 times");
            seen.Output.ShouldNotContain("not the one that was fixed beforehand");
        }
        (await RedoAsync(Fixed(new string('0', 64)), Fixed(), listed, drawn, End)).Seen.Output.ShouldContain("not the one that was fixed beforehand");
    }

    [Fact]
    public async Task With_the_closings_in_the_file_a_ticket_that_was_left_out_or_made_up_is_named()
    {
        var closings = Tickets.Select(t => Closed(t)).ToArray();
        string[] sample = [Fixed(), Listed(Tickets), Drawn(SampleDraw.Of(Seed, Tickets)), End];
        var other = new Guid("01990000-0000-7000-8000-0000000000ff");
        var (exit, seen) = await RedoAsync([.. closings, .. sample]);
        (exit, seen.Output.Contains("is not shown", StringComparison.Ordinal)).ShouldBe((0, false));
        (await RedoAsync([.. closings, Closed(other, "2026-12-01T00:00:00Z"), Closed(other, position: 91), Closed(other, historical: true), .. sample])).Exit.ShouldBe(0, "another month's, one after the draw, an import's");
        (exit, seen) = await RedoAsync([.. closings, Closed(other), .. sample]);
        exit.ShouldBe(1);
        seen.Output.ShouldContain($"{other} was closed in the month, but is not listed.");
        (exit, seen) = await RedoAsync([.. closings[1..], .. sample]);
        exit.ShouldBe(1);
        seen.Output.ShouldContain($"{Tickets[0]} is listed, but no closing of it is there.");
    }

    [Fact]
    public async Task A_month_that_was_passed_over_is_named()
    {
        string[] rest = [Listed(Tickets), Drawn(SampleDraw.Of(Seed, Tickets)), End];
        (await RedoAsync([Fixed(), Fixed(month: "2026-12", at: "2026-11-01T00:00:00Z"), .. rest])).Exit.ShouldBe(0, "December is not over");
        var (exit, seen) = await RedoAsync([Fixed(month: "2026-10"), Fixed(), .. rest]);
        exit.ShouldBe(1);
        seen.Output.ShouldContain("2026-10: its seed was fixed, but it was never drawn");
        seen.Output.ShouldContain("drawn again, the same");
        (exit, seen) = await RedoAsync([Fixed(), Fixed(month: "2027-01"), .. rest]);
        exit.ShouldBe(1);
        seen.Output.ShouldContain("2026-12: no seed was fixed for it");
    }

    [Fact]
    public async Task Tickets_that_were_lawfully_deleted_since_are_no_reproach_but_are_counted_with_their_record()
    {
        string[] known = [.. Tickets[2..].Select(t => Closed(t)), Fixed(), Listed(Tickets), Drawn(SampleDraw.Of(Seed, Tickets))];
        var (exit, seen) = await RedoAsync([.. known, Deleted(300, Tickets[0]), Deleted(301, Tickets[1]), Deleted(302, Tickets[5]), End]);
        exit.ShouldBe(0, seen.Output);
        seen.Output.ShouldContain("1 of the tickets listed were deleted since, by the record at position 300");
        seen.Output.ShouldContain("1 of the tickets listed were deleted since, by the record at position 301");
        seen.Output.ShouldNotContain("302");
        (exit, seen) = await RedoAsync([.. known, Deleted(300, Tickets[0]), End]);
        exit.ShouldBe(1);
        seen.Output.ShouldContain($"{Tickets[1]} is listed, but no closing of it is there.");
        (await RedoAsync([Deleted(40, [.. Tickets[..2]]), .. known, End])).Exit.ShouldBe(1, "deleted before the draw: it cannot have been listed");
    }

    [Fact]
    public async Task A_month_begins_where_the_month_before_ended_in_its_own_time_zone()
    {
        // October by UTC, November by Shanghai's: sixteen o'clock to midnight of 31 October is October's, once.
        string[] known = [Fixed(month: "2026-10", zone: "UTC", at: "2026-09-01T00:00:00Z"), Listed([Other], "2026-10"), DrawnOctober, .. Tickets.Select(t => Closed(t)), Closed(Other, "2026-10-31T20:00:00Z", position: 20)];
        var (exit, seen) = await RedoAsync([.. known, Fixed(), Listed(Tickets), Drawn(SampleDraw.Of(Seed, Tickets)), End]);
        exit.ShouldBe(0, seen.Output);
        seen.Output.ShouldContain("2026-10: 1 of 1 closed tickets, drawn again, the same.");
        seen.Output.ShouldContain("2026-11: 3 of 23 closed tickets, drawn again, the same.");
        // Seeds are fixed before the month begins: there, and not earlier by the new zone.
        (exit, seen) = await RedoAsync([.. known, Fixed(at: "2026-10-31T20:00:00Z"), Listed(Tickets), Drawn(SampleDraw.Of(Seed, Tickets)), End]);
        exit.ShouldBe(0, seen.Output);
    }

    [Fact]
    public async Task What_a_file_does_not_show_is_said()
    {
        var (exit, seen) = await RedoAsync(Listed(Tickets), Drawn(SampleDraw.Of(Seed, Tickets)));
        exit.ShouldBe(0);
        seen.Error.ShouldContain("The export was cut");
        seen.Output.ShouldContain("That the seed was fixed beforehand is not shown");
    }

    [Theory]
    [InlineData("""{"type":"ticket_opened"}""", 3)]
    [InlineData("""{"type":"sample_drawn"}""", 2)]
    [InlineData("no json", 2)]
    public async Task A_file_without_a_sample_is_refused(string line, int exit) => (await RedoAsync(line)).Exit.ShouldBe(exit);

    private const string End = """{"end":{"exportId":"0199","count":3,"lastPosition":99,"upTo":99}}""";

    private static async Task<(int Exit, Terminal Seen)> RedoAsync(params string[] lines)
    {
        var terminal = new Terminal { Input = Terminal.Lines(lines) };
        return (await terminal.Types("sample", "redo", "-"), terminal);
    }

    private static readonly Guid Other = new("01990000-0000-7000-8000-0000000000ff");

    private static readonly string DrawnOctober = $$$"""
        {"position":30,"streamId":"0199-s2026-10","type":"sample_drawn","data":{"month":"2026-10","seed":"{{{Convert.ToHexStringLower(Seed)}}}","closed":1,"upTo":25,"drawn":["{{{Other}}}"]}}
        """;

    private static string Deleted(int position, params Guid[] tickets) => $$$"""
        {"position":{{{position}}},"streamId":"0199-r","type":"records_deleted","recordedAt":"2030-11-10T00:00:00Z","data":{"streams":[{{{string.Join(',', tickets.Select(t => $$"""{"streamId":"{{t}}"}"""))}}}]}}
        """;

    private static string Fixed(string? commitment = null, string at = "2026-10-01T00:00:00Z", bool first = false, string month = "2026-11", string zone = "Asia/Shanghai") => $$$"""
        {"position":5,"streamId":"0199-s{{{(month == "2026-11" ? "" : month)}}}","type":"sample_seed_fixed","recordedAt":"{{{at}}}","data":{"month":"{{{month}}}","timeZone":"{{{zone}}}","commitment":"{{{commitment ?? SampleDraw.CommitmentOf(Seed)}}}","isFirstMonth":{{{(first ? "true" : "false")}}} } }
        """;

    private static string Closed(Guid ticket, string at = "2026-11-10T00:00:00Z", int position = 50, bool historical = false) => $$$"""
        {"position":{{{position}}},"streamId":"{{{ticket}}}","type":"ticket_closed","recordedAt":"{{{at}}}","historical":{{{(historical ? "true" : "false")}}},"data":{}}
        """;

    private static string Listed(Guid[] tickets, string month = "") => $$$"""{"position":98,"streamId":"0199-s{{{month}}}","type":"sample_population_listed","data":{"tickets":[{{{Ids(tickets)}}}]}}""";

    private static string Drawn(IEnumerable<Guid> drawn) => $$$"""
        {"position":99,"streamId":"0199-s","type":"sample_drawn","data":{"month":"2026-11","seed":"{{{Convert.ToHexStringLower(Seed)}}}","closed":23,"upTo":90,"drawn":[{{{Ids(drawn)}}}]}}
        """;

    private static string Ids(IEnumerable<Guid> ids) => string.Join(',', ids.Select(id => $"\"{id}\""));
}
