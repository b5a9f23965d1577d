using ServiceOrders.Domain.Deadlines;
using ServiceOrders.Domain.Tests.Deadlines;
using ServiceOrders.Domain.Tickets;
using ServiceOrders.Domain.Tickets.Acts;

namespace ServiceOrders.Domain.Tests.Tickets.Acts;

public class AnnotateBreachTests
{
    private static Ticket Breached => Story.Opened(Rules.Of(Rules.Resolution()), "2026-11-02T00:00").Clock("2026-11-03T00:00").Ticket;

    [Fact]
    public void A_breach_is_explained_and_stays()
    {
        var before = Breached;
        Spec.Given(before).When(new AnnotateBreach { Milestone = "resolution", Reason = "配件进口延误" })
            .Then(new BreachAnnotated("resolution", 1, null, "sealed(配件进口延误)"))
            .AndTheTicket(t =>
            {
                var cycle = t.Milestones.Single();
                (cycle.State, cycle.BreachedAt, cycle.Annotations).ShouldBe((MilestoneState.Breached, before.Milestones.Single().BreachedAt, 1));
            });
    }

    [Fact]
    public void It_can_be_explained_again_and_after_the_ticket_has_ended()
    {
        var ended = Breached with { Policy = null, Status = TicketStatus.Closed };
        Spec.Given(ended.After(new AnnotateBreach { Milestone = "resolution", Reason = "a" })).When(new AnnotateBreach { Milestone = "resolution", Cycle = 1, Reason = "b" })
            .Then(new BreachAnnotated("resolution", 1, null, "sealed(b)")).AndTheTicket(t => t.Milestones.Single().Annotations.ShouldBe(2));
    }

    [Theory]
    [InlineData("acknowledge", null)]
    [InlineData("resolution", 2)]
    public void What_was_not_breached_cannot_be_explained(string milestone, int? cycle) =>
        Spec.Given(Breached).When(new AnnotateBreach { Milestone = milestone, Cycle = cycle, Reason = "a" }).ThenRefused("not-breached");

    [Fact]
    public void A_milestone_that_was_kept_has_no_breach_to_explain() =>
        Spec.Given(Story.Opened(Rules.Of(Rules.Resolution()), "2026-11-02T00:00").Do("2026-11-02T01:00", Rules.Resolved).Ticket)
            .When(new AnnotateBreach { Milestone = "resolution", Reason = "a" }).ThenRefused("not-breached");

    [Fact]
    public void It_needs_a_milestone_and_a_reason() =>
        Acting.Entry(new AnnotateBreach()).Validate(new AnnotateBreach(), false).Select(e => e.Field).ShouldBe(["milestone", "reason"]);
}
