using ServiceOrders.Domain.Tickets;
using ServiceOrders.Domain.Tickets.Acts;
using static ServiceOrders.Domain.Tests.Tickets.Acting;

namespace ServiceOrders.Domain.Tests.Tickets.Acts;

public class ArriveTests
{
    [Fact]
    public void The_technician_has_come_and_when_stands_with_the_visit() =>
        Spec.Given(ATicket.WithAVisitAgreed()).When(new Arrive(), at: Morning.AddDays(1).AddMinutes(-4)).Then(new VisitArrived())
            .AndTheTicket(t => (t.Visit!.ArrivedAt, t.Visit.CompletedAt).ShouldBe((Morning.AddDays(1).AddMinutes(-4), null)));

    [Fact]
    public void Why_it_is_reported_late_is_kept_as_a_note() =>
        Spec.Given(ATicket.WithAVisitAgreed()).When(new Arrive { Reason = "现场无信号" }).Then(new VisitArrived(), new NoteAdded("sealed(现场无信号)"));

    [Fact]
    public void Nobody_arrives_twice() => Spec.Given(ATicket.WithATechnicianThere()).When(new Arrive()).ThenRefused("already-arrived");

    [Fact]
    public void Nobody_arrives_for_a_visit_that_is_over() => Spec.Given(ATicket.Visited()).When(new Arrive()).ThenRefused("no-visit");

    [Fact]
    public void Nobody_arrives_unannounced() => Spec.Given(ATicket.InProgress()).When(new Arrive()).ThenRefused("no-visit");
}
