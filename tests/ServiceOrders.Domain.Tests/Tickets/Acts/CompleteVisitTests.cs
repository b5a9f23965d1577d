using ServiceOrders.Domain.Tickets;
using ServiceOrders.Domain.Tickets.Acts;
using static ServiceOrders.Domain.Tests.Tickets.Acting;

namespace ServiceOrders.Domain.Tests.Tickets.Acts;

public class CompleteVisitTests
{
    [Fact]
    public void The_visit_is_over_and_the_problem_still_to_be_resolved() =>
        Spec.Given(ATicket.WithATechnicianThere()).When(new CompleteVisit { Text = "换了电源" }, at: Morning.AddDays(1).AddHours(1)).Then(new VisitCompleted("sealed(换了电源)"))
            .AndTheTicket(t => (t.Status, t.Visit!.CompletedAt, t.Agreed.Count).ShouldBe((TicketStatus.InProgress, Morning.AddDays(1).AddHours(1), 0)));

    [Fact]
    public void What_was_resolved_there_can_be_completed_later() =>
        Spec.Given(ATicket.WithATechnicianThere().After(new Resolve { Text = "好了" })).When(new CompleteVisit()).Then(new VisitCompleted(null))
            .AndTheTicket(t => t.Status.ShouldBe(TicketStatus.Resolved));

    [Fact]
    public void A_visit_to_which_nobody_has_come_is_not_over() => Spec.Given(ATicket.WithAVisitAgreed()).When(new CompleteVisit()).ThenRefused("not-arrived");

    [Fact]
    public void A_visit_is_over_once() => Spec.Given(ATicket.Visited()).When(new CompleteVisit()).ThenRefused("not-arrived");
}
