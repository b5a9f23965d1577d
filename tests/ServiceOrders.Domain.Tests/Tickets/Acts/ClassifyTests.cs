using ServiceOrders.Domain.Tickets;
using ServiceOrders.Domain.Tickets.Acts;
using static ServiceOrders.Domain.Tests.Tickets.Acting;

namespace ServiceOrders.Domain.Tests.Tickets.Acts;

public class ClassifyTests
{
    [Fact]
    public void What_is_given_changes_and_the_rest_stays() =>
        Spec.Given(ATicket.Opened()).When(new Classify { Complexity = Complexity.Complex, Reason = "third party" })
            .Then(new TicketClassified(TicketKind.Repair, Urgency.Normal, Complexity.Complex, CustomerTier.Standard, "sealed(third party)"))
            .AndTheTicket(t => t.Status.ShouldBe(TicketStatus.Open));

    [Fact]
    public void All_four_can_be_corrected_at_once() =>
        Spec.Given(ATicket.Opened())
            .When(new Classify { Kind = TicketKind.Return, Urgency = Urgency.Urgent, Complexity = Complexity.Simple, Tier = CustomerTier.High })
            .Then(new TicketClassified(TicketKind.Return, Urgency.Urgent, Complexity.Simple, CustomerTier.High, null));

    [Fact]
    public void Nothing_given_is_refused() =>
        Spec.Given(ATicket.Opened()).When(new Classify()).ThenRefused("nothing-changes", RefusalKind.Rule);

    [Fact]
    public void What_it_is_already_is_refused() =>
        Spec.Given(ATicket.Opened()).When(new Classify { Kind = TicketKind.Repair, Urgency = Urgency.Normal, Reason = "?" }).ThenRefused("nothing-changes", RefusalKind.Rule);

    [Fact]
    public void A_resolved_ticket_is_still_open_to_correction() =>
        Spec.Given(ATicket.Resolved()).When(new Classify { Kind = TicketKind.Replacement })
            .Then(new TicketClassified(TicketKind.Replacement, Urgency.Normal, Complexity.Standard, CustomerTier.Standard, null))
            .AndTheTicket(t => t.Status.ShouldBe(TicketStatus.Resolved));

    [Fact]
    public void A_resolved_ticket_does_not_become_complex_afterwards() =>
        Spec.Given(ATicket.Resolved()).When(new Classify { Complexity = Complexity.Complex }).ThenRefused("ticket-resolved");
}
