using ServiceOrders.Domain.Tickets;
using ServiceOrders.Domain.Tickets.Acts;
using static ServiceOrders.Domain.Tests.Tickets.Acting;

namespace ServiceOrders.Domain.Tests.Tickets.Acts;

public class ProposeSolutionTests
{
    [Fact]
    public void The_solution_waits_for_the_customers_word() =>
        Spec.Given(ATicket.Opened()).When(new ProposeSolution { Text = "重启" }).Then(new SolutionProposed("sealed(重启)"))
            .AndTheTicket(t => (t.Status, t.SolutionPending).ShouldBe((TicketStatus.InProgress, true)));

    [Fact]
    public void A_better_one_takes_its_place() =>
        Spec.Given(ATicket.WithASolutionProposed()).When(new ProposeSolution { Text = "升级" }).Then(new SolutionProposed("sealed(升级)"));

    [Fact]
    public void A_resolved_ticket_needs_none() => Spec.Given(ATicket.Resolved()).When(new ProposeSolution { Text = "?" }).ThenRefused("ticket-resolved");
}
