using System.Text.Json;
using ServiceOrders.Domain.Tickets;
using ServiceOrders.Domain.Tickets.Acts;

namespace ServiceOrders.Domain.Tests.Tickets;

/// <summary>No free text enters an event but through the seal, whatever act it comes with (row K5).</summary>
public class SealingTests
{
    private const string Secret = "王芳 lives here";

    /// <summary>What stands in the clear, as the README lists it: names of teams, staff and channels, references and codes, never what a customer says.</summary>
    private static readonly string[] InTheClear =
        ["OpenTicket.ExternalReference", "OpenTicket.Region", "OpenTicket.Channel", "Assign.Team", "Assign.Assignee", "Escalate.To", "ContactCustomer.ExpectedWait", "ScheduleVisit.Technician", "AnnotateBreach.Milestone"];

    public static TheoryData<string> Acts() => new(ActCatalog.All.Select(e => e.Name).Prepend("open"));

    [Theory]
    [MemberData(nameof(Acts))]
    public void Every_text_of_an_act_is_sealed(string act)
    {
        var happened = 0;
        Ticket[] existing = [.. Enum.GetValues<TicketStatus>().Select(ATicket.ThatIs), ATicket.WithASolutionProposed(), ATicket.WithAVisitAgreed(), ATicket.WithATechnicianThere(), ATicket.WithABreach(), ATicket.UnderLegalHold()];
        foreach (var ticket in act == "open" ? [Ticket.Unopened] : existing)
        {
            var message = Talkative(act == "open" ? ATicket.Request with { Description = null } : SampleActs.Of(act), out var texts);
            var seals = 0;
            var outcome = ticket.Do(message, Acting.Context(ticket, ticket.Later(), Acting.Boris) with { Seal = text => { seals++; return "s1.opaque"; } });
            if (outcome.Refusal is not null) continue;
            happened++;
            seals.ShouldBe(texts, "every text is kept");
            foreach (var e in outcome.Events) JsonSerializer.Serialize(e.Event, e.Event.GetType(), Readable).ShouldNotContain("lives here");
        }
        happened.ShouldBePositive();
    }

    [Fact]
    public void What_stands_in_the_clear_is_what_messages_really_have()
    {
        var fields = ActCatalog.All.Append(ActCatalog.Open).SelectMany(e => e.Message.GetProperties().Where(p => p.PropertyType == typeof(string)).Select(p => $"{e.Message.Name}.{p.Name}"));
        InTheClear.ShouldBeSubsetOf(fields);
    }

    /// <summary>The act with the secret in each of its free texts, and how many those are.</summary>
    private static TicketAct Talkative(TicketAct act, out int texts)
    {
        texts = 0;
        foreach (var property in act.GetType().GetProperties())
        {
            if (InTheClear.Contains($"{act.GetType().Name}.{property.Name}")) continue;
            if (property.PropertyType == typeof(string)) property.SetValue(act, Secret);
            else if (property.PropertyType == typeof(Contact)) property.SetValue(act, new Contact(Secret, Secret, Secret, Medium.Phone));
            else continue;
            texts++;
        }
        return act;
    }

    private static readonly JsonSerializerOptions Readable = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
}
