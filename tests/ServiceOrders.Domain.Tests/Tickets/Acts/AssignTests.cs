using ServiceOrders.Domain.Tickets;
using ServiceOrders.Domain.Tickets.Acts;
using static ServiceOrders.Domain.Tests.Tickets.Acting;

namespace ServiceOrders.Domain.Tests.Tickets.Acts;

public class AssignTests
{
    [Fact]
    public void A_team_becomes_responsible_and_work_begins() =>
        Spec.Given(ATicket.Acknowledged()).When(new Assign { Team = " repair ", Reason = "hardware" }).Then(new TicketAssigned("repair", null, "sealed(hardware)"))
            .AndTheTicket(t => t.Status.ShouldBe(TicketStatus.InProgress));

    [Fact]
    public void A_person_of_the_team_becomes_responsible() =>
        Spec.Given(ATicket.Acknowledged().After(new Assign { Team = "repair" })).When(new Assign { Assignee = "boris" }).Then(new TicketAssigned("repair", "boris", null));

    [Fact]
    public void Another_team_leaves_its_person_open() =>
        Spec.Given(ATicket.InProgress()).When(new Assign { Team = "warehouse" }).Then(new TicketAssigned("warehouse", null, null))
            .AndTheTicket(t => t.Assignee.ShouldBeNull());

    [Fact]
    public void The_same_team_alone_takes_it_back_from_the_person() =>
        Spec.Given(ATicket.InProgress()).When(new Assign { Team = "repair" }).Then(new TicketAssigned("repair", null, null));

    [Fact]
    public void A_resolved_ticket_can_be_given_to_whoever_calls_back() =>
        Spec.Given(ATicket.Resolved()).When(new Assign { Team = "quality", Assignee = "boris" }).Then(new TicketAssigned("quality", "boris", null))
            .AndTheTicket(t => t.Status.ShouldBe(TicketStatus.Resolved));

    [Fact]
    public void The_same_person_again_is_refused() =>
        Spec.Given(ATicket.InProgress()).When(new Assign { Assignee = "anna" }).ThenRefused("nothing-changes", RefusalKind.Rule);
}
