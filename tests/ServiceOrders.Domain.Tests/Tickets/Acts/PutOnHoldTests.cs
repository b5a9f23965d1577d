using ServiceOrders.Domain.Tickets;
using ServiceOrders.Domain.Tickets.Acts;
using static ServiceOrders.Domain.Tests.Tickets.Acting;

namespace ServiceOrders.Domain.Tests.Tickets.Acts;

public class PutOnHoldTests
{
    [Theory]
    [InlineData(HoldReason.AwaitingCustomer)]
    [InlineData(HoldReason.AwaitingParts)]
    [InlineData(HoldReason.AwaitingThirdParty)]
    public void The_ticket_waits(HoldReason reason) =>
        Spec.Given(ATicket.InProgress()).When(new PutOnHold { Reason = reason, ExpectedUntil = Morning.AddDays(3).ToOffset(TimeSpan.FromHours(8)), Detail = "电源" })
            .Then(new TicketHeld(reason, Morning.AddDays(3), "sealed(电源)"))
            .AndTheTicket(t => t.ShouldSatisfyAllConditions(
                () => t.Status.ShouldBe(TicketStatus.OnHold),
                () => t.Hold.ShouldBe(new Hold(reason, Morning.AddMinutes(3), Morning.AddDays(3), TicketStatus.InProgress))));

    [Fact]
    public void Its_end_need_not_be_known() => Spec.Given(ATicket.Opened()).When(new PutOnHold { Reason = HoldReason.AwaitingParts }).Then(new TicketHeld(HoldReason.AwaitingParts, null, null));

    [Theory]
    [InlineData(TicketStatus.OnHold)]
    [InlineData(TicketStatus.AwaitingInformation)]
    public void Waiting_twice_is_refused(TicketStatus status) =>
        Spec.Given(ATicket.ThatIs(status)).When(new PutOnHold { Reason = HoldReason.AwaitingThirdParty }).ThenRefused("already-on-hold");

    [Fact]
    public void A_wait_that_ends_as_it_begins_is_refused() =>
        Spec.Given(ATicket.InProgress()).When(new PutOnHold { Reason = HoldReason.AwaitingParts, ExpectedUntil = Morning.AddMinutes(3) })
            .ThenRefused("expected-in-the-past", RefusalKind.Rule, "expectedUntil");

    [Fact]
    public void A_late_report_has_its_reason_in_the_hold_itself() =>
        Spec.Given(ATicket.InProgress()).When(new PutOnHold { Reason = HoldReason.AwaitingParts, OccurredAt = Morning.AddMinutes(10) }, at: Morning.AddHours(2))
            .Then(new TicketHeld(HoldReason.AwaitingParts, null, null))
            .AndTheTicket(t => t.Hold.ShouldNotBeNull().Since.ShouldBe(Morning.AddMinutes(10)));
}
