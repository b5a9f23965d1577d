using ServiceOrders.Domain.Tickets;
using ServiceOrders.Domain.Tickets.Acts;
using static ServiceOrders.Domain.Tests.Tickets.Acting;

namespace ServiceOrders.Domain.Tests.Tickets.Acts;

public class RateTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    public void A_score_and_an_opinion(int score) =>
        Spec.Given(ATicket.Resolved()).When(new Rate { Score = score, Comment = "快" }, by: Shop).Then(new TicketRated(score, "sealed(快)"))
            .AndTheTicket(t => (t.Rating, t.Status).ShouldBe((score, TicketStatus.Resolved)));

    [Fact]
    public void A_closed_ticket_can_be_rated() =>
        Spec.Given(ATicket.Closed()).When(new Rate { Score = 3 }, by: Shop).Then(new TicketRated(3, null)).AndTheTicket(t => t.Status.ShouldBe(TicketStatus.Closed));

    [Fact]
    public void The_last_rating_holds() =>
        Spec.Given(ATicket.Resolved().After(new Rate { Score = 2 })).When(new Rate { Score = 4 }).Then(new TicketRated(4, null)).AndTheTicket(t => t.Rating.ShouldBe(4));

    [Fact]
    public void Work_that_goes_on_is_not_rated() => Spec.Given(ATicket.InProgress()).When(new Rate { Score = 3 }, by: Shop).ThenRefused("not-resolved");
}
