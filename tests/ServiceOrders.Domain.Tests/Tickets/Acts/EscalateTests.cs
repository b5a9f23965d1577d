using ServiceOrders.Domain.Deadlines;
using ServiceOrders.Domain.Teams;
using ServiceOrders.Domain.Tickets;
using ServiceOrders.Domain.Tickets.Acts;
using static ServiceOrders.Domain.Tests.Tickets.Acting;

namespace ServiceOrders.Domain.Tests.Tickets.Acts;

public class EscalateTests
{
    [Fact]
    public void The_ticket_goes_up_a_level_to_the_one_who_is_named() =>
        Spec.Given(ATicket.Opened()).When(new Escalate { To = "technical support", Reason = "第三方" })
            .Then(new TicketEscalated(1, false, "manual", "technical support", "sealed(第三方)"))
            .AndTheTicket(t => (t.EscalationLevel, t.Status).ShouldBe((1, TicketStatus.Open)));

    [Fact]
    public void And_another() =>
        Spec.Given(ATicket.OnHold().After(new Escalate())).When(new Escalate()).Then(new TicketEscalated(2, false, "manual", null, null));

    [Fact]
    public void It_may_climb_several_levels_at_once_but_never_down()
    {
        Spec.Given(ATicket.Opened()).When(new Escalate { Level = 3 }).Then(new TicketEscalated(3, false, "manual", null, null));
        Spec.Given(ATicket.Opened().After(new Escalate { Level = 3 })).When(new Escalate { Level = 3 }).ThenRefused("nothing-changes", RefusalKind.Rule, "level");
        Entry(new Escalate()).Validate(new Escalate { Level = 10 }, false).Single().Field.ShouldBe("level");
    }

    [Fact]
    public void Where_nobody_is_named_it_goes_to_the_teams_supervisor_of_that_level()
    {
        var rules = new Rulebook([], [], [new Team { Name = "hardware", Supervisors = [new(1, "wang"), new(3, "director")] }]);
        var ticket = ATicket.Opened().After(new Assign { Team = "hardware" });
        Spec.Given(ticket).When(new Escalate(), with: c => c with { Rules = rules }).Then(new TicketEscalated(1, false, "manual", "wang", null))
            .AndTheTicket(t => t.EscalatedTo.ShouldBe("wang"));
        Spec.Given(ticket).When(new Escalate { Level = 2 }, with: c => c with { Rules = rules }).Then(new TicketEscalated(2, false, "manual", "wang", null));
        Spec.Given(ticket).When(new Escalate { Level = 4 }, with: c => c with { Rules = rules }).Then(new TicketEscalated(4, false, "manual", "director", null));
        Spec.Given(ticket).When(new Escalate { To = "legal" }, with: c => c with { Rules = rules }).Then(new TicketEscalated(1, false, "manual", "legal", null));
    }

    [Fact]
    public void Above_the_highest_level_there_is_none()
    {
        var ticket = ATicket.Opened();
        for (var level = 1; level <= Escalate.HighestLevel; level++) ticket = ticket.After(new Escalate());
        ticket.EscalationLevel.ShouldBe(Escalate.HighestLevel);
        Spec.Given(ticket).When(new Escalate()).ThenRefused("highest-level");
    }
}
