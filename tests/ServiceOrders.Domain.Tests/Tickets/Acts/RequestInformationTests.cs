using ServiceOrders.Domain.Tickets;
using ServiceOrders.Domain.Tickets.Acts;
using static ServiceOrders.Domain.Tests.Tickets.Acting;

namespace ServiceOrders.Domain.Tests.Tickets.Acts;

public class RequestInformationTests
{
    [Fact]
    public void The_ticket_waits_for_the_customer() =>
        Spec.Given(ATicket.Opened()).When(new RequestInformation { Fields = ["contact.email", "contact.email"], Text = "邮箱?" })
            .Then(new InformationRequested(["contact.email"], "sealed(邮箱?)"), new TicketHeld(HoldReason.AwaitingCustomer, null, null))
            .AndTheTicket(t => t.ShouldSatisfyAllConditions(
                () => t.Status.ShouldBe(TicketStatus.AwaitingInformation),
                () => t.MissingInformation.ShouldBe(["contact.email"])));

    [Fact]
    public void Without_fields_everything_that_is_missing_is_asked_for() =>
        Spec.Given(ATicket.WithoutItsSerialNumber()).When(new RequestInformation { Fields = [] })
            .Then(new InformationRequested(["product.serialNumber"], null), new TicketHeld(HoldReason.AwaitingCustomer, null, null))
            .AndTheTicket(t => t.MissingInformation.ShouldBe(["product.serialNumber"]));

    [Fact]
    public void A_question_needs_no_field() =>
        Spec.Given(ATicket.InProgress()).When(new RequestInformation { Text = "什么时候开始的?", Reason = "called at noon" })
            .Then(new InformationRequested([], "sealed(什么时候开始的?)"), new TicketHeld(HoldReason.AwaitingCustomer, null, null), new NoteAdded("sealed(called at noon)"));

    [Fact]
    public void A_ticket_that_waits_already_is_not_held_twice() =>
        Spec.Given(ATicket.OnHold()).When(new RequestInformation { Text = "?" }).Then(new InformationRequested([], "sealed(?)"))
            .AndTheTicket(t => t.Hold.ShouldNotBeNull().Reason.ShouldBe(HoldReason.AwaitingParts));

    [Fact]
    public void Asking_for_nothing_is_refused() =>
        Spec.Given(ATicket.Opened()).When(new RequestInformation { Text = " " }).ThenRefused("nothing-asked", RefusalKind.Rule, "fields");
}
