using ServiceOrders.Domain.Tickets;
using ServiceOrders.Domain.Tickets.Acts;
using static ServiceOrders.Domain.Tests.Tickets.Acting;

namespace ServiceOrders.Domain.Tests.Tickets.Acts;

public class AcknowledgeTests
{
    [Fact]
    public void An_open_ticket_becomes_acknowledged() =>
        Spec.Given(ATicket.Opened()).When(new Acknowledge { Text = "收到" }).Then(new TicketAcknowledged("sealed(收到)"))
            .AndTheTicket(t => t.ShouldSatisfyAllConditions(
                () => t.Status.ShouldBe(TicketStatus.Acknowledged),
                () => t.AcknowledgedAt.ShouldBe(Morning.AddMinutes(1))));

    [Fact]
    public void Nothing_needs_to_be_said() => Spec.Given(ATicket.Opened()).When(new Acknowledge()).Then(new TicketAcknowledged(null));

    [Fact]
    public void It_can_follow_the_first_steps_of_work_and_takes_nothing_back() =>
        Spec.Given(ATicket.Opened().After(new Assign { Team = "repair" })).When(new Acknowledge()).Then(new TicketAcknowledged(null))
            .AndTheTicket(t => t.Status.ShouldBe(TicketStatus.InProgress));

    [Fact]
    public void A_ticket_that_waits_for_information_goes_on_waiting() =>
        Spec.Given(ATicket.AwaitingInformation()).When(new Acknowledge()).Then(new TicketAcknowledged(null))
            .AndTheTicket(t => t.Status.ShouldBe(TicketStatus.AwaitingInformation));

    [Fact]
    public void Twice_is_refused() => Spec.Given(ATicket.Acknowledged()).When(new Acknowledge()).ThenRefused("already-acknowledged");

    [Fact]
    public void Why_it_is_reported_late_is_kept_as_a_note() =>
        Spec.Given(ATicket.Opened()).When(new Acknowledge { Text = "ok", Reason = "network down" })
            .Then(new TicketAcknowledged("sealed(ok)"), new NoteAdded("sealed(network down)"));
}
