using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using ServiceOrders.Domain.Calendars;
using ServiceOrders.Domain.Deadlines;
using ServiceOrders.Domain.Shipped;
using ServiceOrders.Domain.Simulations;
using ServiceOrders.Domain.Tests.Tickets;
using ServiceOrders.Domain.Tickets;
using ServiceOrders.Domain.Tickets.Acts;
using Outcome = ServiceOrders.Domain.Tickets.Outcome;

namespace ServiceOrders.Domain.Tests.Simulations;

/// <summary>
/// Whatever acts come in whatever order, some of them reported late, with the clock coming by or not: simulated under its own rules the ticket comes out exactly as it is, with its pauses,
/// reopenings, retargets, overruns and warnings, and with what a policy for running tickets and a corrected calendar did to it half-way. So whatever differs under other rules comes from those rules.
/// </summary>
public class SameRulesProperties
{
    /// <summary>An act of the catalog some minutes after the last; reported so many minutes late; whether the clock comes by before.</summary>
    private static readonly Arbitrary<(int Act, int Minutes, int Late, bool Clock)[]> Stories = Arb.From(
        (from act in Gen.Choose(0, ActCatalog.All.Count - 1)
         from minutes in Gen.OneOf(Gen.Constant(0), Gen.Choose(1, 30), Gen.Choose(1, 10_000))
         from late in Gen.Frequency((3, Gen.Constant(0)), (1, Gen.Choose(1, 5_000)))
         from clock in Gen.Elements(true, false)
         select (act, minutes, late, clock)).ArrayOf(40),
        story => story.Select((_, i) => ((int, int, int, bool)[])[.. story[..i], .. story[(i + 1)..]]));

    [Fact]
    public void Under_its_own_rules_a_ticket_comes_out_as_it_is() => Check.One(Config.QuickThrowOnFailure.WithMaxTest(500), Prop.ForAll(Stories, story =>
    {
        var (history, now) = Live(story, rulesChange: true);

        var simulated = TicketSimulation.Run(history, Guid.Empty, Candidate.Of(Later, null, [], Deadlines.Story.At("2026-11-02T00:00")), now)!;

        Told(simulated.Candidate).ShouldBe(Told(simulated.Actual));
        simulated.Milestones.ShouldAllBe(pair => !pair.Differs);
    }));

    [Fact]
    public void The_same_policy_as_a_candidate_differs_in_nothing_but_its_version() => Check.One(Config.QuickThrowOnFailure.WithMaxTest(100), Prop.ForAll(Stories, story =>
    {
        var (history, now) = Live(story, rulesChange: false);
        var same = Rules.Policy("standard", 1) with { Version = 0 };

        var simulated = TicketSimulation.Run(history, Guid.Empty, Candidate.Of(Rules, same, [], Deadlines.Story.At("2026-11-02T00:00")), now)!;

        simulated.Milestones.ShouldAllBe(pair => !pair.Differs);
        simulated.Candidate.Milestones.ShouldAllBe(cycle => cycle.PolicyVersion == 0);
    }));

    private static readonly Rulebook Rules = StandardRules.Book;

    private static readonly Policy Standard = Rules.Policy("standard", 1);

    /// <summary>Promises a resolution in half a day and asks for no satisfaction, on a calendar that knows no holidays.</summary>
    private static readonly Rulebook Later = new(
        [new PublishedPolicy(Standard, Acting.Morning.AddYears(-1)), new PublishedPolicy(Standard with { Version = 2, Milestones = [.. Standard.Milestones.Where(m => m.Name != "satisfaction").Select(Hastened)] }, Acting.Morning)],
        [Rules.Calendar("cn-office", 1), BusinessCalendar.Compile(ShippedData.ChineseOffice with { Days = [] }, 2)]);

    private static MilestoneRule Hastened(MilestoneRule rule) => rule.Name == "resolution" ? rule with { Target = Target.OfWorking("PT4H") } : rule;

    /// <summary>The story as it really happens: its events, and the time at its end, when the clock has come by.</summary>
    private static (List<RecordedEvent> History, DateTimeOffset Now) Live((int Act, int Minutes, int Late, bool Clock)[] story, bool rulesChange)
    {
        var history = new List<RecordedEvent>();
        var ticket = Take(Ticket.Unopened.Do(ATicket.Request, Acting.Context(Ticket.Unopened, Acting.Morning, Acting.Shop, Rules)), Acting.Morning);
        var now = Acting.Morning;
        var rules = Rules;
        foreach (var (step, (index, minutes, late, clock)) in story.Index())
        {
            now = now.AddMinutes(minutes);
            if (clock) ticket = Take(TicketHandler.Settle(ticket, Acting.Context(ticket, now, Actor.Clock, rules)), now);
            if (rulesChange && step == story.Length / 2)
            {
                rules = Later;
                foreach (var change in (RuleChange[])[new(ChangedRule.Policy, "standard", 2), new(ChangedRule.Calendar, "cn-office", 2)])
                    ticket = Take(TicketHandler.Retarget(ticket, change, Acting.Context(ticket, now, RuleChange.Actor, rules)), now);
            }
            var act = SampleActs.Of(ActCatalog.All[index].Name);
            if (late > 0) act = act is ReasonedAct reasoned ? reasoned with { OccurredAt = now.AddMinutes(-late), Reason = "told late" } : act with { OccurredAt = now.AddMinutes(-late) };
            ticket = Take(ticket.Do(act, Acting.Context(ticket, now, Acting.Boris, rules)), now);
        }
        Take(TicketHandler.Settle(ticket, Acting.Context(ticket, now, Actor.Clock, rules)), now);
        return (history, now);

        Ticket Take(Outcome outcome, DateTimeOffset recorded)
        {
            foreach (var e in outcome.Events) history.Add(new RecordedEvent(e.Event, new EventMeta(history.Count + 1, e.OccurredAt, recorded, e.Actor)));
            return outcome.Ticket;
        }
    }

    /// <summary>All that is known of the clocks; only when a breach was noticed depends on when the clock came by.</summary>
    private static string Told(Ticket ticket) => JsonSerializer.Serialize(ticket.Milestones.Select(cycle => cycle with { BreachSettledAt = null }));
}
