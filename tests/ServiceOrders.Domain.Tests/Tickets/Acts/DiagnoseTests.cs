using ServiceOrders.Domain.Tickets;
using ServiceOrders.Domain.Tickets.Acts;
using static ServiceOrders.Domain.Tests.Tickets.Acting;

namespace ServiceOrders.Domain.Tests.Tickets.Acts;

public class DiagnoseTests
{
    [Fact]
    public void The_cause_is_recorded_and_work_has_begun() =>
        Spec.Given(ATicket.Acknowledged()).When(new Diagnose { Cause = FaultCause.Hardware, Findings = "电源" })
            .Then(new FaultDiagnosed(FaultCause.Hardware, true, "sealed(电源)"))
            .AndTheTicket(t => (t.Status, t.FaultCause).ShouldBe((TicketStatus.InProgress, FaultCause.Hardware)));

    [Fact]
    public void A_diagnosis_on_site_corrects_the_remote_one() =>
        Spec.Given(ATicket.InProgress().After(new Diagnose { Cause = FaultCause.Software })).When(new Diagnose { Cause = FaultCause.Environment, Remote = false })
            .Then(new FaultDiagnosed(FaultCause.Environment, false, null))
            .AndTheTicket(t => t.FaultCause.ShouldBe(FaultCause.Environment));

    [Fact]
    public void It_can_be_made_while_parts_are_awaited() =>
        Spec.Given(ATicket.OnHold()).When(new Diagnose { Cause = FaultCause.Handling }).Then(new FaultDiagnosed(FaultCause.Handling, true, null))
            .AndTheTicket(t => t.Status.ShouldBe(TicketStatus.OnHold));

    [Fact]
    public void A_resolved_ticket_is_not_examined_any_more() => Spec.Given(ATicket.Resolved()).When(new Diagnose { Cause = FaultCause.Other }).ThenRefused("ticket-resolved");
}
