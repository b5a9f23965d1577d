using ServiceOrders.Domain.Tickets;
using ServiceOrders.Domain.Tickets.Acts;
using static ServiceOrders.Domain.Tests.Tickets.Acting;

namespace ServiceOrders.Domain.Tests.Tickets.Acts;

public class AddNoteTests
{
    [Theory]
    [InlineData(TicketStatus.Open)]
    [InlineData(TicketStatus.Closed)]
    [InlineData(TicketStatus.Cancelled)]
    public void A_note_can_always_be_added_and_changes_nothing(TicketStatus status) =>
        Spec.Given(ATicket.ThatIs(status)).When(new AddNote { Text = "客户已搬家" }).Then(new NoteAdded("sealed(客户已搬家)"))
            .AndTheTicket(t => t.Status.ShouldBe(status));
}
