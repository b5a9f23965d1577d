using ServiceOrders.Domain.Tickets;
using ServiceOrders.Domain.Tickets.Acts;
using static ServiceOrders.Domain.Tests.Tickets.Acting;

namespace ServiceOrders.Domain.Tests.Tickets.Acts;

public class CallBackTests
{
    [Fact]
    public void Someone_else_asks_whether_it_is_solved() =>
        Spec.Given(ATicket.Resolved()).When(new CallBack { Reached = true, Solved = true, Text = "满意" }, by: Boris).Then(new FollowUpCalled(true, true, "sealed(满意)"))
            .AndTheTicket(t => t.Status.ShouldBe(TicketStatus.Resolved));

    [Fact]
    public void That_it_is_not_solved_is_recorded_and_reopens_nothing_by_itself() =>
        Spec.Given(ATicket.Confirmed()).When(new CallBack { Reached = true, Solved = false }, by: Boris).Then(new FollowUpCalled(true, false, null))
            .AndTheTicket(t => t.Status.ShouldBe(TicketStatus.Confirmed));

    [Fact]
    public void A_call_that_nobody_answers_is_recorded_on_a_closed_ticket_as_well() =>
        Spec.Given(ATicket.Closed()).When(new CallBack { Reached = false }, by: Boris).Then(new FollowUpCalled(false, null, null))
            .AndTheTicket(t => t.Status.ShouldBe(TicketStatus.Closed));

    [Fact]
    public void Whoever_did_the_work_does_not_call_back() =>
        Spec.Given(ATicket.Resolved()).When(new CallBack { Reached = true }, by: Anna).ThenRefused("own-work", RefusalKind.Rule);

    [Fact]
    public void An_imported_log_says_who_it_was_as_it_was() =>
        Spec.Given(ATicket.Resolved()).When(new CallBack { Reached = true }, by: Anna, with: c => c with { Historical = true }).Then(new FollowUpCalled(true, null, null));

    [Fact]
    public void Without_a_resolution_there_is_nothing_to_ask() => Spec.Given(ATicket.InProgress()).When(new CallBack { Reached = true }, by: Boris).ThenRefused("not-resolved");
}
