using ServiceOrders.Domain.Tickets;
using ServiceOrders.Domain.Tickets.Acts;
using static ServiceOrders.Domain.Tests.Tickets.Acting;

namespace ServiceOrders.Domain.Tests.Tickets.Acts;

public class RejectTests
{
    [Fact]
    public void A_rejected_resolution_reopens_the_ticket() =>
        Spec.Given(ATicket.Resolved()).When(new Reject { Reason = "还是不行" }, by: Shop).Then(new ResolutionRejected("sealed(还是不行)"))
            .AndTheTicket(t => (t.Status, t.ReopenCount, t.ResolvedAt).ShouldBe((TicketStatus.InProgress, 1, null)));

    [Fact]
    public void A_rejected_preliminary_solution_leaves_the_ticket_in_work_and_escalates_nothing_by_itself() =>
        Spec.Given(ATicket.WithASolutionProposed()).When(new Reject(), by: Shop).Then(new SolutionRejected(null))
            .AndTheTicket(t => (t.Status, t.SolutionPending, t.EscalationLevel).ShouldBe((TicketStatus.InProgress, false, 0)));

    [Fact]
    public void A_rejection_is_an_answer_and_ends_the_wait_for_the_customer() =>
        Spec.Given(ATicket.WithASolutionProposed().After(new PutOnHold { Reason = HoldReason.AwaitingCustomer })).When(new Reject { Reason = "不行" }, by: Shop)
            .Then(new SolutionRejected("sealed(不行)"), new TicketResumed(null))
            .AndTheTicket(t => t.Status.ShouldBe(TicketStatus.InProgress));

    [Fact]
    public void The_parts_are_awaited_as_before() =>
        Spec.Given(ATicket.WithASolutionProposed().After(new PutOnHold { Reason = HoldReason.AwaitingParts })).When(new Reject(), by: Shop).Then(new SolutionRejected(null))
            .AndTheTicket(t => t.Status.ShouldBe(TicketStatus.OnHold));

    [Fact]
    public void A_resolution_takes_the_place_of_the_preliminary_solution() =>
        Spec.Given(ATicket.WithASolutionProposed().After(new Resolve { Text = "换了" })).When(new Reject(), by: Shop).Then(new ResolutionRejected(null));

    [Fact]
    public void The_same_solution_is_not_rejected_twice() =>
        Spec.Given(ATicket.WithASolutionProposed().After(new Reject(), by: Shop)).When(new Reject(), by: Shop).ThenRefused("nothing-pending");

    [Fact]
    public void What_was_confirmed_is_not_rejected_but_reopened() => Spec.Given(ATicket.Confirmed()).When(new Reject(), by: Shop).ThenRefused("ticket-confirmed");
}
