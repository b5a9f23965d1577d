using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using ServiceOrders.Domain.Deadlines;
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
        foreach (var (index, minutes) in story)
        {
            now = now.AddMinutes(minutes);
            var act = SampleActs.Of(ActCatalog.All[index].Name);
            var outcome = ticket.Do(act, Acting.Context(ticket, now, Acting.Boris, Rules));
            if (outcome.Refusal is not null) continue;
            outcome.Events.ShouldNotBeEmpty();
            Replayed(ticket, outcome, now).ShouldBe(JsonSerializer.Serialize(outcome.Ticket));
            ticket = outcome.Ticket;
            MakesSense(ticket);
        }
    }));

    private static readonly Rulebook Rules = StandardRules.Book;

    private static string Replayed(Ticket before, Outcome outcome, DateTimeOffset recorded)
    {
        var folded = before;
        foreach (var happened in outcome.Events) folded = folded.Evolve(happened.Event, new EventMeta(folded.Version + 1, happened.OccurredAt, recorded, happened.Actor));
        return JsonSerializer.Serialize(folded);
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
