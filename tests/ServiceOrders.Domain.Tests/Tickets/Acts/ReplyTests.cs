using ServiceOrders.Domain.Tickets;
using ServiceOrders.Domain.Tickets.Acts;
using static ServiceOrders.Domain.Tests.Tickets.Acting;

namespace ServiceOrders.Domain.Tests.Tickets.Acts;

public class ReplyTests
{
    private static readonly Ticket WithAMessage = ATicket.Opened().After(new ReceiveMessage { Text = "?" }, by: Shop);

    [Fact]
    public void A_reply_names_the_message_that_it_answers() =>
        Spec.Given(WithAMessage).When(new Reply { Text = "明天", InReplyTo = Id(2) }).Then(new StaffReplySent(Id(3), Medium.Phone, "sealed(明天)", Id(2)))
            .AndTheTicket(t => t.Messages.ShouldBe([Id(2), Id(3)]));

    [Fact]
    public void A_reply_can_answer_nothing_in_particular() =>
        Spec.Given(ATicket.InProgress()).When(new Reply { Text = "进展顺利", Medium = Medium.Wechat }).Then(new StaffReplySent(Id(4), Medium.Wechat, "sealed(进展顺利)", null));

    [Fact]
    public void A_reply_leaves_a_wait_as_it_is() =>
        Spec.Given(ATicket.OnHold(HoldReason.AwaitingCustomer)).When(new Reply { Text = "?" }).Then(new StaffReplySent(Id(5), Medium.Phone, "sealed(?)", null))
            .AndTheTicket(t => t.Status.ShouldBe(TicketStatus.OnHold));

    [Fact]
    public void A_reply_to_a_message_of_another_ticket_is_refused() =>
        Spec.Given(WithAMessage).When(new Reply { Text = "明天", InReplyTo = Id(99) }).ThenRefused("unknown-message", RefusalKind.Rule, "inReplyTo");
}
