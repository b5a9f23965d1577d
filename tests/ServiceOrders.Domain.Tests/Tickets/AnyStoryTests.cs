using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using ServiceOrders.Domain.Calendars;
using ServiceOrders.Domain.Deadlines;
using ServiceOrders.Domain.Shipped;
using ServiceOrders.Domain.Tickets;
using ServiceOrders.Domain.Tickets.Acts;
using Outcome = ServiceOrders.Domain.Tickets.Outcome;

namespace ServiceOrders.Domain.Tests.Tickets;

/// <summary>Whatever acts come in whatever order at whatever times: the ticket makes sense after each, and its events tell the same.</summary>
public class AnyStoryTests
{
    /// <summary>Acts of the catalog, each some minutes after the last: at once, soon, or after days.</summary>
    private static readonly Arbitrary<(int Act, int Minutes)[]> Stories = Arb.From(
        Gen.Choose(0, ActCatalog.All.Count - 1).SelectMany(act => Gen.OneOf(Gen.Constant(0), Gen.Choose(1, 30), Gen.Choose(1, 10_000)).Select(minutes => (act, minutes))).ArrayOf(40),
        story => story.Select((_, i) => ((int, int)[])[.. story[..i], .. story[(i + 1)..]]));

    [Fact]
    public void Any_story_leaves_a_ticket_that_makes_sense() => Check.One(Config.QuickThrowOnFailure.WithMaxTest(200), Prop.ForAll(Stories, story =>
    {
        var ticket = Ticket.Unopened.After(ATicket.Request, by: Acting.Shop, rules: Rules);
        var now = ticket.LastOccurredAt;
        foreach (var (step, (index, minutes)) in story.Index())
        {
            if (step == story.Length / 2) ticket = RulesChange(ticket, now);
            now = now.AddMinutes(minutes);
            var act = SampleActs.Of(ActCatalog.All[index].Name);
            var outcome = ticket.Do(act, Acting.Context(ticket, now, Acting.Boris, step < story.Length / 2 ? Rules : Later));
            if (outcome.Refusal is not null) continue;
            outcome.Events.ShouldNotBeEmpty();
            LeadsToItsCause(outcome.Events, ActCatalog.All[index].Name);
            Replayed(ticket, outcome, now).ShouldBe(JsonSerializer.Serialize(outcome.Ticket));
            ticket = outcome.Ticket;
            MakesSense(ticket);
        }
    }));

    private static readonly Policy Standard = ShippedData.StandardPolicy with { Version = 1 };

    /// <summary>Promises twice the elapsed times and asks for no satisfaction.</summary>
    private static readonly Policy Generous = Standard with { Version = 2, Milestones = [.. Standard.Milestones.Where(m => m.Name != "satisfaction").Select(Doubled)] };

    private static readonly BusinessCalendar Office = BusinessCalendar.Compile(ShippedData.ChineseOffice, 1);

    /// <summary>Knows no holidays.</summary>
    private static readonly BusinessCalendar Corrected = BusinessCalendar.Compile(ShippedData.ChineseOffice with { Days = [] }, 2);

    private static readonly Rulebook Rules = new([new PublishedPolicy(Standard, Acting.Morning.AddYears(-1))], [Office]);
    private static readonly Rulebook Later = new([new PublishedPolicy(Standard, Acting.Morning.AddYears(-1)), new PublishedPolicy(Generous, Acting.Morning)], [Office, Corrected]);

    private static MilestoneRule Doubled(MilestoneRule rule) =>
        rule.Target.Elapsed is { } elapsed ? rule with { Target = Target.OfElapsed(System.Xml.XmlConvert.ToString(System.Xml.XmlConvert.ToTimeSpan(elapsed) * 2)) } : rule;

    /// <summary>A policy for running tickets and a corrected calendar: each changes the ticket once, or not at all, and what its events tell is what it is.</summary>
    private static Ticket RulesChange(Ticket ticket, DateTimeOffset now)
    {
        foreach (var change in (RuleChange[])[new(ChangedRule.Policy, "standard", 2), new(ChangedRule.Calendar, "cn-office", 2)])
        {
            var context = Acting.Context(ticket, now, RuleChange.Actor, Later);
            var outcome = TicketHandler.Retarget(ticket, change, context);
            Replayed(ticket, outcome, now).ShouldBe(JsonSerializer.Serialize(outcome.Ticket));
            ticket = outcome.Ticket;
            MakesSense(ticket);
            TicketHandler.Retarget(ticket, change, context).Events.ShouldBeEmpty("once retargeted, no more");
            ticket.Milestones.Where(m => m.IsLive).ShouldAllBe(m => m.PolicyVersion == 2 && (change.Rule == ChangedRule.Policy || m.Calendar != "cn-office" || m.CalendarVersion == 2));
        }
        return ticket;
    }

    private static string Replayed(Ticket before, Outcome outcome, DateTimeOffset recorded)
    {
        var folded = before;
        foreach (var happened in outcome.Events) folded = folded.Evolve(happened.Event, new EventMeta(folded.Version + 1, happened.OccurredAt, recorded, happened.Actor));
        return JsonSerializer.Serialize(folded);
    }

    /// <summary>Every event is the act's own, or leads back to it or to a deadline, over events that clocks react to.</summary>
    private static void LeadsToItsCause(IReadOnlyList<Happened> events, string act)
    {
        foreach (var (place, told) in events.Index())
        {
            var root = place;
            while (events[root].Cause is { } cause)
            {
                cause.ShouldBeLessThan(root, "a cause comes before what it causes");
                Triggers.Of(events[cause].Event).ShouldNotBeNull("clocks react to triggers alone");
                root = cause;
            }
            if (told.Actor.Kind == ActorKind.Clock) (events[root].Event is MilestoneWarned or MilestoneBreached).ShouldBeTrue($"{told.Event.GetType().Name} of the clock, by {events[root].Event.GetType().Name}");
            else (events[root].Event is MilestoneWarned or MilestoneBreached or MilestoneStarted or MilestoneMet).ShouldBeFalse($"{told.Event.GetType().Name} of {act}");
        }
    }

    private static void MakesSense(Ticket ticket)
    {
        (ticket.Hold is not null).ShouldBe(ticket.Status is TicketStatus.OnHold or TicketStatus.AwaitingInformation, "on hold, and nothing else, has a hold");
        (ticket.EndedAt is not null).ShouldBe(ticket.IsEnded, "what has ended, and nothing else, has an end");
        (ticket.ResolvedAt is not null).ShouldBe(ticket.Status is TicketStatus.Resolved or TicketStatus.Confirmed or TicketStatus.Closed, "what is resolved, and nothing else, has its time");
        if (ticket.ResolvedAt is not null || ticket.IsEnded) ticket.SolutionPending.ShouldBeFalse("no preliminary solution waits once there is a resolution");
        ticket.Agreed.ContainsKey(Visit.Agreement).ShouldBe(ticket.Visit is { CompletedAt: null }, "a visit is agreed until it is over");
        if (ticket.Visit is { } visit) (visit.ArrivedAt is null && visit.CompletedAt is not null).ShouldBeFalse("nobody leaves who has not come");
        if (ticket.Status == TicketStatus.Cancelled) ticket.NextDue.ShouldBeNull("nothing falls due on a cancelled ticket");
        if (ticket.IsEnded) ticket.Milestones.Where(m => m.IsLive).ShouldAllBe(m => m.Name == "confirmation" || m.Name == "satisfaction");
    }
}
