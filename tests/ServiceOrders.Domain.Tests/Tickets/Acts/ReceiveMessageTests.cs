using ServiceOrders.Domain.Tickets;
using ServiceOrders.Domain.Tickets.Acts;
using static ServiceOrders.Domain.Tests.Tickets.Acting;

namespace ServiceOrders.Domain.Tests.Tickets.Acts;

public class ReceiveMessageTests
{
    [Fact]
    public void A_message_is_kept_and_changes_nothing_else() =>
        Spec.Given(ATicket.Opened()).When(new ReceiveMessage { Text = "还有多久?" }, by: Shop).Then(new CustomerMessageReceived(Id(2), Medium.Wechat, "sealed(还有多久?)"))
            .AndTheTicket(t => t.ShouldSatisfyAllConditions(
                () => t.Status.ShouldBe(TicketStatus.Open),
                () => t.Messages.ShouldBe([Id(2)])));

    [Fact]
    public void A_message_ends_the_wait_for_the_customer() =>
        Spec.Given(ATicket.OnHold(HoldReason.AwaitingCustomer)).When(new ReceiveMessage { Text = "是的", Medium = Medium.Phone })
            .Then(new CustomerMessageReceived(Id(5), Medium.Phone, "sealed(是的)"), new TicketResumed(null))
            .AndTheTicket(t => t.Status.ShouldBe(TicketStatus.InProgress));

    [Fact]
    public void A_message_ends_the_wait_for_information() =>
        Spec.Given(ATicket.AwaitingInformation()).When(new ReceiveMessage { Text = "不知道" }, by: Shop)
            .Then(new CustomerMessageReceived(Id(4), Medium.Wechat, "sealed(不知道)"), new TicketResumed(null))
            .AndTheTicket(t => t.ShouldSatisfyAllConditions(
                () => t.Status.ShouldBe(TicketStatus.Open),
                () => t.MissingInformation.ShouldBe(["product.serialNumber"])));

    [Theory]
    [InlineData(HoldReason.AwaitingParts)]
    [InlineData(HoldReason.AwaitingThirdParty)]
    public void A_message_does_not_bring_what_others_owe(HoldReason reason) =>
        Spec.Given(ATicket.OnHold(reason)).When(new ReceiveMessage { Text = "?" }).Then(new CustomerMessageReceived(Id(5), Medium.Wechat, "sealed(?)"))
            .AndTheTicket(t => t.Status.ShouldBe(TicketStatus.OnHold));

    [Fact]
    public void A_word_of_thanks_does_not_reopen_a_resolved_ticket() =>
        Spec.Given(ATicket.Resolved()).When(new ReceiveMessage { Text = "谢谢" }, by: Shop).Then(new CustomerMessageReceived(Id(5), Medium.Wechat, "sealed(谢谢)"))
            .AndTheTicket(t => t.Status.ShouldBe(TicketStatus.Resolved));
}
