using ServiceOrders.Domain.Tickets;
using ServiceOrders.Domain.Tickets.Acts;
using static ServiceOrders.Domain.Tests.Tickets.Acting;

namespace ServiceOrders.Domain.Tests.Tickets.Acts;

public class ConfirmTests
{
    [Fact]
    public void The_loop_is_closed() =>
        Spec.Given(ATicket.Resolved()).When(new Confirm { Text = "好了" }, by: Shop).Then(new ResolutionConfirmed("sealed(好了)"))
            .AndTheTicket(t => t.Status.ShouldBe(TicketStatus.Confirmed));

    [Fact]
    public void Without_a_resolution_there_is_nothing_to_confirm() => Spec.Given(ATicket.WithASolutionProposed()).When(new Confirm(), by: Shop).ThenRefused("not-resolved");

    [Fact]
    public void Twice_is_refused() => Spec.Given(ATicket.Confirmed()).When(new Confirm(), by: Shop).ThenRefused("already-confirmed");

    [Fact]
    public void A_closed_ticket_stays_closed() => Spec.Given(ATicket.Resolved().After(new Close())).When(new Confirm(), by: Shop).ThenRefused("ticket-closed");
}
