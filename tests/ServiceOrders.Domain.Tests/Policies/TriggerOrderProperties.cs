using FsCheck;
using FsCheck.Fluent;
using ServiceOrders.Domain.Deadlines;
using ServiceOrders.Domain.Policies;
using ServiceOrders.Domain.Shipped;
using ServiceOrders.Domain.Tests.Tickets;
using ServiceOrders.Domain.Tickets;
using ServiceOrders.Domain.Tickets.Acts;

namespace ServiceOrders.Domain.Tests.Policies;

/// <summary>What is refused because nothing could meet it is met by nothing: whatever acts come in whatever order. A policy that makes sense is never refused for a table that is wrong.</summary>
public sealed class TriggerOrderProperties
{
    private const int Stories = 400, Acts = 60, MilestonesAtOnce = 40;

    private static readonly string[] Named = [.. Triggers.All.Except([Triggers.Breached, "cancelled"]).Order(StringComparer.Ordinal), "escalated:1", "escalated:2", "escalated:9"];
    private static readonly string[][] Ends = [[], ["resolved"], ["visitScheduled"], ["arrived"], ["solutionProposed"], ["held"]];

    private static readonly MilestoneRule[] All =
    [
        .. from start in Named from met in Named from ends in Ends
           select new MilestoneRule { Name = $"{start}-{met}-{string.Join(',', ends)}", Target = Target.OfElapsed("P1000D"), StartsOn = [start], MetBy = [met], CancelledBy = ends, Repeat = true },
    ];

    private static readonly ILookup<bool, MilestoneRule> Refused = All.ToLookup(m => PolicyValidation.Errors(Of([m with { Name = "any" }]), _ => Domain.Calendars.BusinessCalendar.Always, Acting.Morning).ContainsKey("milestones[0].metBy"));

    private static Policy Of(IReadOnlyList<MilestoneRule> milestones) => new() { Name = "any", Version = 1, Milestones = milestones };

    [Fact]
    public void What_is_refused_is_met_in_no_story_and_much_of_what_is_not_is_met_in_some()
    {
        var (refused, accepted) = (Refused[true].ToArray(), Refused[false].ToArray());
        refused.Length.ShouldBeGreaterThan(100);
        var (started, met) = (new HashSet<string>(), new HashSet<string>());
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(Stories), Prop.ForAll(Gen.Choose(0, int.MaxValue - 1).ToArbitrary(), seed =>
        {
            var random = new Random(seed);
            MilestoneRule[] picked = [.. random.GetItems(refused, MilestonesAtOnce).Concat(random.GetItems(accepted, MilestonesAtOnce)).DistinctBy(m => m.Name)];
            var ticket = Told(Of(picked), random);
            started.UnionWith(ticket.Milestones.Select(m => m.Name).Intersect(refused.Select(m => m.Name)));
            met.UnionWith(ticket.Milestones.Where(m => m.State == MilestoneState.Met).Select(m => m.Name));
        }));
        met.Intersect(refused.Select(m => m.Name)).ShouldBeEmpty();
        started.Count.ShouldBeGreaterThan(refused.Length / 2, "what never starts shows nothing");
        met.Count.ShouldBeGreaterThan(accepted.Length / 4, "stories must go far enough to meet what can be met");
    }

    /// <summary>The acts that tickets are brought forward by come more often than the others.</summary>
    private static readonly string[] Forward = ["schedule-visit", "arrive", "complete-visit", "resolve", "confirm", "reopen", "reject", "propose-solution", "hold", "resume", "escalate"];

    private static Ticket Told(Policy policy, Random random)
    {
        var rules = new Rulebook([new PublishedPolicy(policy, Acting.Morning.AddYears(-1))], []);
        var ticket = Ticket.Unopened.After(ATicket.Request, by: Acting.Shop, rules: rules);
        var now = ticket.LastOccurredAt;
        for (var step = 0; step < Acts; step++)
        {
            now = now.AddMinutes(random.Next(3));
            var name = random.Next(2) == 0 ? Forward[random.Next(Forward.Length)] : ActCatalog.All[random.Next(ActCatalog.All.Count)].Name;
            // A cancelled ticket's story is over; it may end so in one of some stories.
            if (name == "cancel" && random.Next(20) > 0) continue;
            TicketAct act = name == "classify" ? new Classify { Kind = (TicketKind)random.Next(3), Urgency = (Urgency)random.Next(3) } : SampleActs.Of(name);
            var outcome = ticket.Do(act, Acting.Context(ticket, now, Acting.Boris, rules));
            if (outcome.Refusal is null) ticket = outcome.Ticket;
        }
        return ticket;
    }
}
