using ServiceOrders.Domain.Tickets;
using ServiceOrders.Domain.Tickets.Acts;
using static ServiceOrders.Domain.Tests.Tickets.Acting;

namespace ServiceOrders.Domain.Tests.Tickets.Acts;

public class LegalHoldTests
{
    [Theory]
    [InlineData(TicketStatus.Open)]
    [InlineData(TicketStatus.OnHold)]
    [InlineData(TicketStatus.Closed)]
    [InlineData(TicketStatus.Cancelled)]
    public void A_hold_is_placed_in_any_status_and_leaves_the_work_and_the_wait_as_they_are(TicketStatus status)
    {
        var ticket = ATicket.ThatIs(status);
        Spec.Given(ticket).When(new PlaceLegalHold { Reason = "诉讼" }).Then(new LegalHoldPlaced("sealed(诉讼)"))
            .AndTheTicket(t => t.LegalHold.ShouldBe(new LegalHold(ticket.Later(), Anna)))
            .AndTheTicket(t => (t.Status, t.Hold, t.EndedAt, t.NextDue).ShouldBe((status, ticket.Hold, ticket.EndedAt, ticket.NextDue)));
    }

    [Fact]
    public void A_second_hold_is_refused_so_that_lifting_one_never_lifts_anothers() =>
        Spec.Given(ATicket.UnderLegalHold()).When(new PlaceLegalHold { Reason = "审计" }).ThenRefused("already-on-legal-hold");

    [Fact]
    public void A_hold_is_lifted_and_can_be_placed_anew()
    {
        Spec.Given(ATicket.UnderLegalHold()).When(new LiftLegalHold { Reason = "结案" }).Then(new LegalHoldLifted("sealed(结案)")).AndTheTicket(t => t.LegalHold.ShouldBeNull());
        ATicket.UnderLegalHold().After(new LiftLegalHold { Reason = "结案" }).After(new PlaceLegalHold { Reason = "上诉" }).LegalHold.ShouldNotBeNull();
    }

    [Fact]
    public void Where_there_is_no_hold_none_is_lifted() => Spec.Given(ATicket.Closed()).When(new LiftLegalHold { Reason = "结案" }).ThenRefused("not-on-legal-hold");

    [Fact]
    public void Reopening_and_closing_again_leave_the_hold_in_force() =>
        ATicket.UnderLegalHold().After(new Reopen()).After(new Resolve { Text = "!" }).After(new Close()).LegalHold.ShouldBe(ATicket.UnderLegalHold().LegalHold);

    [Fact]
    public void Both_need_a_reason()
    {
        Spec.Given(ATicket.Closed()).When(new PlaceLegalHold { Reason = " " }).ThenRefused("legal-hold-needs-a-reason", RefusalKind.Rule, "reason");
        Spec.Given(ATicket.UnderLegalHold()).When(new LiftLegalHold()).ThenRefused("legal-hold-needs-a-reason", RefusalKind.Rule, "reason");
        Entry(new PlaceLegalHold()).Validate(new PlaceLegalHold { Reason = new string('x', 2_001) }, false).Select(e => e.Field).ShouldBe(["reason"]);
        Entry(new LiftLegalHold()).Validate(new LiftLegalHold { Reason = new string('x', 2_001) }, false).Select(e => e.Field).ShouldBe(["reason"]);
    }

    [Theory]
    [InlineData("place-legal-hold")]
    [InlineData("lift-legal-hold")]
    public void Only_a_supervisor_or_an_administrator_may(string act) => ActCatalog.Find(act)!.Callers.ShouldBe(Callers.Supervisor | Callers.Administrator);
}
