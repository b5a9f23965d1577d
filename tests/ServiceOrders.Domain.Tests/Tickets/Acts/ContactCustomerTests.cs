using ServiceOrders.Domain.Tickets;
using ServiceOrders.Domain.Tickets.Acts;
using static ServiceOrders.Domain.Tests.Tickets.Acting;

namespace ServiceOrders.Domain.Tests.Tickets.Acts;

public class ContactCustomerTests
{
    [Fact]
    public void The_first_response_acknowledges_by_deed() =>
        Spec.Given(ATicket.Opened()).When(new ContactCustomer { Medium = Medium.Email, Text = "您好" }).Then(new FirstResponseGiven(Medium.Email, "sealed(您好)", null))
            .AndTheTicket(t => t.ShouldSatisfyAllConditions(
                () => t.Status.ShouldBe(TicketStatus.Acknowledged),
                () => t.FirstRespondedAt.ShouldBe(Morning.AddMinutes(1)),
                () => t.AcknowledgedAt.ShouldBeNull()));

    [Fact]
    public void A_notice_of_queueing_with_the_expected_wait_is_a_response() =>
        Spec.Given(ATicket.Opened()).When(new ContactCustomer { ExpectedWait = "PT5M" }).Then(new FirstResponseGiven(Medium.Phone, null, "PT5M"));

    [Fact]
    public void Without_a_preference_the_medium_is_the_one_by_which_the_request_came() =>
        Spec.Given(Ticket.Unopened.After(ATicket.Request with { Contact = new Contact("王芳", "138", null, null) }))
            .When(new ContactCustomer()).Then(new FirstResponseGiven(Medium.Wechat, null, null));

    [Fact]
    public void A_second_first_response_is_refused() =>
        Spec.Given(ATicket.Opened().After(new ContactCustomer())).When(new ContactCustomer()).ThenRefused("already-responded");
}
