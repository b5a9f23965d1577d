using ServiceOrders.Domain.Tickets;
using ServiceOrders.Domain.Tickets.Acts;
using static ServiceOrders.Domain.Tests.Tickets.Acting;

namespace ServiceOrders.Domain.Tests.Tickets.Acts;

public class CloseTests
{
    [Theory]
    [InlineData(TicketStatus.Resolved)]
    [InlineData(TicketStatus.Confirmed)]
    public void What_is_resolved_is_closed_confirmed_or_not(TicketStatus status)
    {
        var ticket = ATicket.ThatIs(status);
        Spec.Given(ticket).When(new Close { Reason = "完成" }).Then(new TicketClosed("sealed(完成)"))
            .AndTheTicket(t => (t.Status, t.EndedAt).ShouldBe((TicketStatus.Closed, ticket.Later())));
    }

    [Fact]
    public void What_is_not_resolved_is_cancelled_instead() => Spec.Given(ATicket.InProgress()).When(new Close()).ThenRefused("not-resolved");
}
