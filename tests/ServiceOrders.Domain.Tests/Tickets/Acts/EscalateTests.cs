using ServiceOrders.Domain.Tickets;
using ServiceOrders.Domain.Tickets.Acts;
using static ServiceOrders.Domain.Tests.Tickets.Acting;

namespace ServiceOrders.Domain.Tests.Tickets.Acts;

public class EscalateTests
{
    [Fact]
    public void The_ticket_goes_up_a_level_to_the_one_who_is_named() =>
        Spec.Given(ATicket.Opened()).When(new Escalate { To = "technical support", Reason = "第三方" })
            .Then(new TicketEscalated(1, false, "manual", "technical support", "sealed(第三方)"))
            .AndTheTicket(t => (t.EscalationLevel, t.Status).ShouldBe((1, TicketStatus.Open)));

    [Fact]
    public void And_another() =>
        Spec.Given(ATicket.OnHold().After(new Escalate())).When(new Escalate()).Then(new TicketEscalated(2, false, "manual", null, null));

    [Fact]
    public void Above_the_highest_level_there_is_none()
    {
        var ticket = ATicket.Opened();
        for (var level = 1; level <= Escalate.HighestLevel; level++) ticket = ticket.After(new Escalate());
        ticket.EscalationLevel.ShouldBe(Escalate.HighestLevel);
        Spec.Given(ticket).When(new Escalate()).ThenRefused("highest-level");
    }
}
