using ServiceOrders.Domain.Deadlines;
using ServiceOrders.Domain.Intake;
using ServiceOrders.Domain.Simulations;
using ServiceOrders.Domain.Tests.Deadlines;
using ServiceOrders.Domain.Tickets;
using ServiceOrders.Domain.Tickets.Acts;

namespace ServiceOrders.Domain.Tests.Simulations;

/// <summary>Given a candidate policy; when acts are supposed; then the milestones as they would be.</summary>
public class ActSimulationTests
{
    private static readonly Policy Candidate = Rules.Of(
        Rules.Resolution() with { OnBreach = [new BreachAction { Escalate = 1 }] },
        new MilestoneRule { Name = "escalation", Target = Target.OfElapsed("PT4H"), StartsOn = ["breached:resolution"], MetBy = ["escalated"] }) with { Version = 0, AppliesTo = new Applicability { Channel = ["nobodys"] } };

    private static SupposedOutcome Suppose(string until, params SupposedAct[] acts) =>
        ActSimulation.Run(acts, new Rulebook([], []).Trying(Candidate, []), Classifier.Empty, Medium.Web, Story.At(until));

    private static SupposedAct Act(string at, string act, TicketAct? message = null) =>
        new(act == "open" ? ActCatalog.Open : ActCatalog.Find(act)!, (message ?? SimulatedSample(act)) with { OccurredAt = Story.At(at) });

    private static TicketAct SimulatedSample(string act) => act == "open" ? new OpenTicket { Kind = TicketKind.Repair } : Tests.Tickets.SampleActs.Of(act);

    [Fact]
    public void The_given_policy_applies_whatever_it_is_for_and_nobody_has_to_be_named()
    {
        var ticket = Suppose("2026-11-02T12:00", Act("2026-11-02T09:00", "open")).Ticket;

        ticket.Policy.ShouldBe("story");
        ticket.Milestones.Single().DueAt.ShouldBe(Story.At("2026-11-02T19:00"));
        ticket.Milestones.Single().State.ShouldBe(MilestoneState.Running);
    }

    [Fact]
    public void Deadlines_breach_and_escalate_between_the_acts_as_in_earnest()
    {
        var ticket = Suppose("2026-11-10T00:00", Act("2026-11-02T09:00", "open"), Act("2026-11-03T09:00", "resolve")).Ticket;

        ticket.EscalationLevel.ShouldBe(1);
        ticket.Milestones.Select(m => (m.Name, m.State, m.Overrun)).ShouldBe(
            [("resolution", MilestoneState.MetLate, TimeSpan.FromHours(14)), ("escalation", MilestoneState.Met, null)]);
        ticket.Milestones[0].Warnings.ShouldAllBe(warning => warning.WarnedAt == warning.At);
    }

    [Fact]
    public void Acts_and_the_end_may_lie_years_ahead_and_waits_pause()
    {
        var ticket = Suppose("2099-01-01T00:00", Act("2098-11-02T09:00", "open"), Act("2098-11-02T10:00", "hold", new PutOnHold { Reason = HoldReason.AwaitingCustomer }),
            Act("2098-11-05T10:00", "resume"), Act("2098-11-05T18:00", "resolve")).Ticket;

        var resolution = ticket.Milestones.Single();
        (resolution.State, resolution.DueAt, resolution.Pauses.Length).ShouldBe((MilestoneState.Met, Story.At("2098-11-05T19:00"), 1));
    }

    [Fact]
    public void A_legal_hold_is_supposed_without_its_reason_like_every_text()
    {
        Suppose("2026-11-03T12:00", Act("2026-11-02T09:00", "open"), Act("2026-11-02T10:00", "place-legal-hold", new PlaceLegalHold())).Ticket.LegalHold.ShouldNotBeNull();
        Suppose("2026-11-03T12:00", Act("2026-11-02T09:00", "open"), Act("2026-11-02T10:00", "place-legal-hold", new PlaceLegalHold()), Act("2026-11-02T11:00", "lift-legal-hold", new LiftLegalHold())).Ticket.LegalHold.ShouldBeNull();
    }

    [Fact]
    public void What_is_due_at_the_very_end_is_not_yet_missed()
    {
        Suppose("2026-11-02T19:00", Act("2026-11-02T09:00", "open")).Ticket.Milestones[0].State.ShouldBe(MilestoneState.Running);
        Suppose("2026-11-02T19:00:01", Act("2026-11-02T09:00", "open")).Ticket.Milestones[0].State.ShouldBe(MilestoneState.Breached);
    }

    [Fact]
    public void Without_a_candidate_the_rules_in_force_then_decide()
    {
        var published = new Rulebook([new PublishedPolicy(Rules.Of(Rules.Resolution()), Story.At("2026-11-02T00:00"))], []);

        ActSimulation.Run([Act("2026-11-02T09:00", "open")], published, Classifier.Empty, Medium.Web, Story.At("2026-11-03T00:00")).Ticket.Policy.ShouldBe("story");
        ActSimulation.Run([Act("2026-11-01T09:00", "open")], published, Classifier.Empty, Medium.Web, Story.At("2026-11-03T00:00")).Ticket.Policy.ShouldBeNull();
    }

    [Fact]
    public void An_act_that_a_rule_refuses_is_named_by_its_place()
    {
        var fault = Suppose("2026-11-10T00:00", Act("2026-11-02T09:00", "open"), Act("2026-11-02T10:00", "acknowledge"), Act("2026-11-02T11:00", "close")).Fault.ShouldNotBeNull();
        (fault.Index, fault.Refusal?.Code).ShouldBe((2, "not-resolved"));

        Suppose("2026-11-10T00:00", Act("2026-11-02T09:00", "acknowledge")).Fault.ShouldNotBeNull().Refusal!.Code.ShouldBe("not-opened");
        Suppose("2026-11-10T00:00", Act("2026-11-02T09:00", "open"), Act("2026-11-02T09:00", "open")).Fault.ShouldNotBeNull().Refusal!.Code.ShouldBe("already-opened");
    }

    [Theory]
    [InlineData("2026-11-02T08:59", "must not be before the act that precedes it")]
    [InlineData("2026-11-10T00:01", "must not be after until")]
    [InlineData("1969-12-31T00:00", "must not be before 1970")]
    [InlineData(null, "is required")]
    public void Acts_come_in_the_order_of_their_times(string? at, string message)
    {
        var second = new SupposedAct(ActCatalog.Find("acknowledge")!, new Acknowledge { OccurredAt = at is null ? null : Story.At(at) });

        var fault = Suppose("2026-11-10T00:00", Act("2026-11-02T09:00", "open"), second).Fault.ShouldNotBeNull();

        fault.Index.ShouldBe(1);
        fault.Errors.Select(e => (e.Field, e.Message)).ShouldBe([("occurredAt", message)]);
    }

    [Fact]
    public void A_field_that_holds_what_it_must_not_is_told()
    {
        var fault = Suppose("2026-11-10T00:00", Act("2026-11-02T09:00", "open"), Act("2026-11-02T10:00", "rate", new Rate { Score = 9 })).Fault.ShouldNotBeNull();

        (fault.Index, fault.Errors.Single().Field).ShouldBe((1, "score"));
    }

    [Fact]
    public void A_supposed_ticket_does_not_grow_without_end()
    {
        // Every message begins forty cycles, which are all warned and breached before the reply.
        var many = Rules.Of([.. Enumerable.Range(0, 40).Select(i => new MilestoneRule
        {
            Name = $"m{i}", Target = Target.OfElapsed("PT1M"), StartsOn = ["customerMessage"], MetBy = ["staffReply"], Repeat = true, WarnAt = [10, 50], OnBreach = [new BreachAction { Escalate = 1 }],
        })]) with { Version = 0 };
        SupposedAct[] acts = [Act("2026-11-02T09:00", "open"), .. Enumerable.Range(0, 400).Select(i =>
            Act("2026-11-02T10:00", i % 2 == 0 ? "message" : "reply")).Select((told, i) => told with { Act = told.Act with { OccurredAt = told.Act.OccurredAt!.Value.AddHours(i) } })];

        var fault = ActSimulation.Run(acts, new Rulebook([], []).Trying(many, []), Classifier.Empty, Medium.Web, Story.At("2027-11-02T09:00")).Fault.ShouldNotBeNull();

        fault.Refusal!.Code.ShouldBe("ticket-full");
        fault.Index.ShouldBeInRange(20, 200);
    }

    [Fact]
    public void A_simulation_that_is_given_up_stops_before_the_next_act() =>
        Should.Throw<OperationCanceledException>(() => ActSimulation.Run(
            [Act("2026-11-02T09:00", "open")], new Rulebook([], []).Trying(Candidate, []), Classifier.Empty, Medium.Web, Story.At("2026-11-03T09:00"), new CancellationToken(true)));
}
