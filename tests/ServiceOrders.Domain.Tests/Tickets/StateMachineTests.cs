using System.Text.Json;
using ServiceOrders.Domain.Tickets;
using ServiceOrders.Domain.Tickets.Acts;

namespace ServiceOrders.Domain.Tests.Tickets;

/// <summary>Holds the README's table of acts and statuses to what really happens, cell by cell.</summary>
public class StateMachineTests
{
    private static readonly TicketStatus[] Statuses = Enum.GetValues<TicketStatus>();

    private static readonly Dictionary<string, string[]> Table = ReadTable();

    public static TheoryData<string, TicketStatus> Cells()
    {
        var cells = new TheoryData<string, TicketStatus>();
        foreach (var entry in ActCatalog.All)
        {
            foreach (var status in Statuses) cells.Add(entry.Name, status);
        }
        return cells;
    }

    [Fact]
    public void The_table_has_a_row_for_every_act_and_a_column_for_every_status()
    {
        Table.Keys.Skip(1).ShouldBe(ActCatalog.All.Select(e => e.Name));
        Table["act"].ShouldBe(Statuses.Select(Named));
    }

    [Theory]
    [MemberData(nameof(Cells))]
    public void Every_act_does_in_every_status_what_the_table_says(string act, TicketStatus status)
    {
        var ticket = ATicket.ThatIs(status);
        ticket.Status.ShouldBe(status);
        var message = SampleActs.Of(act);
        Acting.Entry(message).Validate(message, false).ShouldBeEmpty();

        var outcome = ticket.Do(message, Acting.Context(ticket, ticket.Later(), Acting.Boris));

        Told(ticket, outcome).ShouldBe(Table[act][(int)status]);
    }

    [Theory]
    [MemberData(nameof(Cells))]
    public void Whatever_is_refused_leaves_no_trace_and_is_a_conflict_of_state(string act, TicketStatus status)
    {
        var ticket = ATicket.ThatIs(status);
        var outcome = ticket.Do(SampleActs.Of(act), Acting.Context(ticket, ticket.Later(), Acting.Boris));
        if (outcome.Refusal is not { } refusal)
        {
            outcome.Events.ShouldNotBeEmpty();
            return;
        }
        refusal.Kind.ShouldBe(RefusalKind.State);
        outcome.Events.ShouldBeEmpty();
        outcome.Ticket.ShouldBeSameAs(ticket);
    }

    [Theory]
    [MemberData(nameof(Acts))]
    public void Before_its_opening_nothing_happens_to_a_ticket(string act)
    {
        var outcome = Ticket.Unopened.Do(SampleActs.Of(act), Acting.Context(Ticket.Unopened, Acting.Morning, Acting.Anna));
        outcome.Refusal.ShouldNotBeNull().Code.ShouldBe("not-opened");
        outcome.Events.ShouldBeEmpty();
    }

    public static TheoryData<string> Acts() => new(ActCatalog.All.Select(e => e.Name));

    private static string Told(Ticket before, Outcome outcome) =>
        outcome.Refusal?.Code ?? (outcome.Ticket.Status == before.Status ? "✓" : $"→ {Named(outcome.Ticket.Status)}");

    private static string Named(TicketStatus status) => JsonNamingPolicy.CamelCase.ConvertName(status.ToString());

    private static Dictionary<string, string[]> ReadTable()
    {
        using var readme = new StreamReader(typeof(StateMachineTests).Assembly.GetManifestResourceStream("Tickets.README.md")!);
        return readme.ReadToEnd().Split('\n').SkipWhile(l => !l.StartsWith("| act ", StringComparison.Ordinal)).TakeWhile(l => l.StartsWith('|'))
            .Select(l => l.Trim('|', '\r').Split('|', StringSplitOptions.TrimEntries)).Where(c => !c[0].StartsWith('-'))
            .ToDictionary(c => c[0].Trim('`'), c => c[1..]);
    }
}
