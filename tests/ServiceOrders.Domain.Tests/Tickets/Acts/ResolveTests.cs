using ServiceOrders.Domain.Tickets;
using ServiceOrders.Domain.Tickets.Acts;
using static ServiceOrders.Domain.Tests.Tickets.Acting;

namespace ServiceOrders.Domain.Tests.Tickets.Acts;

public class ResolveTests
{
    [Fact]
    public void The_customer_has_the_word() =>
        Spec.Given(ATicket.WithASolutionProposed()).When(new Resolve { Text = "换了电源" }).Then(new TicketResolved("sealed(换了电源)"))
            .AndTheTicket(t => t.ShouldSatisfyAllConditions(
                () => t.Status.ShouldBe(TicketStatus.Resolved),
                () => t.ResolvedAt.ShouldBe(Morning.AddMinutes(4)),
                () => t.SolutionPending.ShouldBeFalse()));

    [Theory]
    [InlineData(TicketStatus.OnHold)]
    [InlineData(TicketStatus.AwaitingInformation)]
    public void Nothing_is_waited_for_any_more(TicketStatus status) =>
        Spec.Given(ATicket.ThatIs(status)).When(new Resolve { Text = "好了" }).Then(new TicketResumed(null), new TicketResolved("sealed(好了)"))
            .AndTheTicket(t => (t.Status, t.Hold).ShouldBe((TicketStatus.Resolved, null)));

    [Fact]
    public void Twice_is_refused() => Spec.Given(ATicket.Resolved()).When(new Resolve { Text = "?" }).ThenRefused("ticket-resolved");
}
