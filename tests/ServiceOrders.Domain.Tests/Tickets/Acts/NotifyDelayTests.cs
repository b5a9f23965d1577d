using ServiceOrders.Domain.Tickets;
using ServiceOrders.Domain.Tickets.Acts;
using static ServiceOrders.Domain.Tests.Tickets.Acting;

namespace ServiceOrders.Domain.Tests.Tickets.Acts;

public class NotifyDelayTests
{
    [Fact]
    public void The_time_now_expected_becomes_that_of_the_hold() =>
        Spec.Given(ATicket.OnHold()).When(new NotifyDelay { ExpectedResolution = Morning.AddDays(2), Text = "缺货" })
            .Then(new DelayNotified(Morning.AddDays(2), "sealed(缺货)"))
            .AndTheTicket(t => t.Hold.ShouldNotBeNull().ExpectedUntil.ShouldBe(Morning.AddDays(2)));

    [Fact]
    public void A_delay_without_a_hold_can_be_told_as_well() =>
        Spec.Given(ATicket.InProgress()).When(new NotifyDelay { Text = "稍等" }).Then(new DelayNotified(null, "sealed(稍等)"));

    [Fact]
    public void A_time_that_is_past_is_refused() =>
        Spec.Given(ATicket.OnHold()).When(new NotifyDelay { ExpectedResolution = Morning }).ThenRefused("expected-in-the-past", RefusalKind.Rule, "expectedResolution");
}
