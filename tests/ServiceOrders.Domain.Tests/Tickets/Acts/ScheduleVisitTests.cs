using ServiceOrders.Domain.Tickets;
using ServiceOrders.Domain.Tickets.Acts;
using static ServiceOrders.Domain.Tests.Tickets.Acting;

namespace ServiceOrders.Domain.Tests.Tickets.Acts;

public class ScheduleVisitTests
{
    private static readonly DateTimeOffset Tomorrow = Morning.AddDays(1);
    private static readonly DateTimeOffset TheDayAfter = Morning.AddDays(2);

    [Fact]
    public void A_visit_is_agreed_and_work_has_begun() =>
        Spec.Given(ATicket.Acknowledged()).When(new ScheduleVisit { At = Tomorrow, Technician = " zhao ", Reason = "客户上午在家" })
            .Then(new VisitScheduled(Tomorrow, null, "zhao", "sealed(客户上午在家)"))
            .AndTheTicket(t => (t.Status, t.Visit, t.Agreed["visit"]).ShouldBe((TicketStatus.InProgress, new Visit(Tomorrow, null, "zhao"), Tomorrow)));

    [Fact]
    public void Of_a_window_its_end_is_what_was_promised() =>
        Spec.Given(ATicket.InProgress()).When(new ScheduleVisit { At = Tomorrow, Until = Tomorrow.AddHours(2) }).Then(new VisitScheduled(Tomorrow, Tomorrow.AddHours(2), null, null))
            .AndTheTicket(t => (t.Visit!.ScheduledAt, t.Agreed["visit"]).ShouldBe((Tomorrow, Tomorrow.AddHours(2))));

    [Fact]
    public void Times_are_kept_in_UTC_whatever_the_offset_they_were_said_in() =>
        Spec.Given(ATicket.InProgress()).When(new ScheduleVisit { At = Tomorrow.ToOffset(TimeSpan.FromHours(8)), Until = TheDayAfter.ToOffset(TimeSpan.FromHours(8)) })
            .Then(new VisitScheduled(Tomorrow, TheDayAfter, null, null));

    [Fact]
    public void Until_the_technician_has_come_another_time_can_be_agreed() =>
        Spec.Given(ATicket.WithAVisitAgreed()).When(new ScheduleVisit { At = TheDayAfter, Reason = "客户改期" }).Then(new VisitScheduled(TheDayAfter, null, null, "sealed(客户改期)"))
            .AndTheTicket(t => (t.Visit, t.Agreed["visit"]).ShouldBe((new Visit(TheDayAfter, null, null), TheDayAfter)));

    [Fact]
    public void After_a_visit_the_next_one_can_be_agreed() =>
        Spec.Given(ATicket.Visited()).When(new ScheduleVisit { At = TheDayAfter }).Then(new VisitScheduled(TheDayAfter, null, null, null))
            .AndTheTicket(t => t.Visit.ShouldBe(new Visit(TheDayAfter, null, null)));

    [Fact]
    public void While_the_technician_is_there_no_other_visit_is_agreed() =>
        Spec.Given(ATicket.WithATechnicianThere()).When(new ScheduleVisit { At = TheDayAfter }).ThenRefused("visit-in-progress");

    [Fact]
    public void It_can_be_agreed_while_parts_are_awaited() =>
        Spec.Given(ATicket.OnHold()).When(new ScheduleVisit { At = Tomorrow }).Then(new VisitScheduled(Tomorrow, null, null, null))
            .AndTheTicket(t => t.Status.ShouldBe(TicketStatus.OnHold));

    [Fact]
    public void A_time_that_is_past_is_refused() =>
        Spec.Given(ATicket.InProgress()).When(new ScheduleVisit { At = Morning }).ThenRefused("expected-in-the-past", RefusalKind.Rule, "at");
}
