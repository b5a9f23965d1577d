using System.Reflection;
using ServiceOrders.Domain.Deadlines;
using ServiceOrders.Domain.Tickets;
using ServiceOrders.ReadModels.Tests.Given;
using ServiceOrders.ReadModels.Tickets;

namespace ServiceOrders.ReadModels.Tests.Tickets;

public class TicketDocumentTests
{
    [Fact]
    public void A_ticket_with_everything_in_it_comes_back_exactly() => ComesBack(Given.Tickets.Full());

    [Fact]
    public void A_ticket_just_opened_comes_back_exactly() => ComesBack(Given.Tickets.New());

    [Fact]
    public void A_ticket_with_nothing_in_it_comes_back_exactly() => ComesBack(Ticket.Unopened);

    [Fact]
    public void The_same_state_is_the_same_text()
    {
        var ticket = Given.Tickets.Full();
        TicketDocument.Write(ticket).ShouldBe(TicketDocument.Write(Back(ticket)));
        TicketDocument.Write(ticket with { UpdatedAt = ticket.UpdatedAt.AddDays(1) }).ShouldBe(TicketDocument.Write(ticket), "the time of recording has a column of its own");
    }

    [Fact]
    public void No_field_of_a_ticket_was_forgotten_by_these_tests()
    {
        EveryFieldIsSet(Given.Tickets.Full(), Ticket.Unopened);
        EveryFieldIsSet(Given.Tickets.Full().Milestones[1], new MilestoneCycle { Name = "", Cycle = 0, Target = new Target() });
    }

    [Fact]
    public void A_new_tickets_text_is_short() => TicketDocument.Write(Given.Tickets.New()).Length.ShouldBeLessThan(1_000);

    private static void ComesBack(Ticket ticket) => Back(ticket).ShouldBeTheSameAs(ticket);

    private static Ticket Back(Ticket ticket) => TicketDocument.Read(ticket.Id, ticket.Version, ticket.ActVersion, ticket.UpdatedAt, TicketDocument.Write(ticket));

    private static void EveryFieldIsSet<T>(T full, T empty)
    {
        foreach (var property in typeof(T).GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(p => p.CanWrite))
        {
            property.GetValue(full).ShouldNotBe(property.GetValue(empty), $"{typeof(T).Name}.{property.Name} has to be in the sample");
        }
    }
}
