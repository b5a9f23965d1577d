using ServiceOrders.Domain.Tickets;
using ServiceOrders.Domain.Tickets.Acts;
using static ServiceOrders.Domain.Tests.Tickets.Acting;

namespace ServiceOrders.Domain.Tests.Tickets.Acts;

public class ResumeWorkTests
{
    [Fact]
    public void The_ticket_stands_where_it_stood_before() =>
        Spec.Given(ATicket.Acknowledged().After(new PutOnHold { Reason = HoldReason.AwaitingParts })).When(new ResumeWork { Reason = "到货" })
            .Then(new TicketResumed("sealed(到货)"))
            .AndTheTicket(t => (t.Status, t.Hold).ShouldBe((TicketStatus.Acknowledged, null)));

    [Fact]
    public void Staff_can_end_the_wait_for_information() =>
        Spec.Given(ATicket.AwaitingInformation()).When(new ResumeWork()).Then(new TicketResumed(null)).AndTheTicket(t => t.Status.ShouldBe(TicketStatus.Open));

    [Fact]
    public void What_does_not_wait_is_not_resumed() => Spec.Given(ATicket.InProgress()).When(new ResumeWork()).ThenRefused("not-on-hold");
}
