using ServiceOrders.Domain.Tickets;
using ServiceOrders.Domain.Tickets.Acts;
using static ServiceOrders.Domain.Tests.Tickets.Acting;

namespace ServiceOrders.Domain.Tests.Tickets.Acts;

public class CancelTests
{
    [Theory]
    [InlineData(TicketStatus.Open)]
    [InlineData(TicketStatus.OnHold)]
    public void The_request_is_withdrawn(TicketStatus status)
    {
        var ticket = ATicket.ThatIs(status);
        Spec.Given(ticket).When(new Cancel { Reason = "不需要了" }, by: Shop).Then(new TicketCancelled("sealed(不需要了)"))
            .AndTheTicket(t => (t.Status, t.Hold, t.EndedAt).ShouldBe((TicketStatus.Cancelled, null, ticket.Later())));
    }

    [Fact]
    public void What_is_resolved_is_not_withdrawn() => Spec.Given(ATicket.Resolved()).When(new Cancel()).ThenRefused("ticket-resolved");

    [Fact]
    public void Twice_is_refused() => Spec.Given(ATicket.Cancelled()).When(new Cancel()).ThenRefused("ticket-cancelled");
}
