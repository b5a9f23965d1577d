using ServiceOrders.Domain.Calendars;
using ServiceOrders.Domain.Deadlines;
using ServiceOrders.Domain.Teams;
using ServiceOrders.Domain.Tickets;

namespace ServiceOrders.Domain.Tests.Deadlines;

/// <summary>A ticket's life under one policy, told act by act. Times are UTC, <c>2026-11-02T09:00</c>.</summary>
internal sealed class Story
{
    private static readonly Actor Agent = new(ActorKind.Staff, "li-na");
    private readonly List<PublishedPolicy> _policies;
    private readonly List<BusinessCalendar> _calendars;
    private readonly List<Happened> _told = [];
    private Rulebook _rules;

    private Story(Policy policy, BusinessCalendar[] calendars)
    {
        (_policies, _calendars) = ([new PublishedPolicy(policy, DateTimeOffset.MinValue)], [.. calendars]);
        _rules = new Rulebook(_policies, _calendars);
    }

    public Ticket Ticket { get; private set; } = Ticket.Unopened;

    public IReadOnlyList<ITicketEvent> Events => [.. _told.Select(h => h.Event)];

    public IReadOnlyList<Happened> Told => _told;

    public Rulebook Rulebook => _rules;

    public static Story Opened(Policy policy, string at, Complexity complexity = Complexity.Standard, params BusinessCalendar[] calendars)
    {
        var story = new Story(policy, calendars);
        return story.Do(at, new TicketOpened("SO-1", "shop", null, Medium.Web, TicketKind.Repair, Urgency.Normal, complexity, CustomerTier.Standard,
            new ClassificationSources("given", "given", "given"), null, null, Guid.Empty, null, "sealed", null, null, [], policy.Name, policy.Version));
    }

    /// <summary>Teams with supervisors are set up.</summary>
    public Story WithTeams(params Team[] teams)
    {
        _rules = new Rulebook(_policies, _calendars, teams);
        return this;
    }

    /// <summary>An act happens; <paramref name="recorded"/> is when the service hears of it.</summary>
    public Story Do(string at, ITicketEvent happened, string? recorded = null)
    {
        var act = new AnyAct { OccurredAt = At(at), Reason = "told later" };
        var outcome = TicketHandler.Handle(Ticket, act, (_, _, _) => Decision.Happens(happened), Context(At(recorded ?? at)));
        outcome.Refusal.ShouldBeNull();
        return Take(outcome);
    }

    /// <summary>The due worker comes by.</summary>
    public Story Clock(string at, bool historical = false) => Take(TicketHandler.Settle(Ticket, Context(At(at)) with { Historical = historical, Actor = Actor.Clock }));

    /// <summary>A version of the policy is published for running tickets too; nothing happens to the ticket yet.</summary>
    public Story Published(Policy policy)
    {
        _policies.Add(new PublishedPolicy(policy, DateTimeOffset.MinValue));
        _rules = new Rulebook(_policies, _calendars);
        return this;
    }

    /// <summary>A calendar is corrected; nothing happens to the ticket yet.</summary>
    public Story Corrected(BusinessCalendar calendar)
    {
        _calendars.Add(calendar);
        _rules = new Rulebook(_policies, _calendars);
        return this;
    }

    /// <summary>The service retargets the ticket after a change of rules.</summary>
    public Story Retargeted(string at, RuleChange change)
    {
        var known = _told.Count;
        Take(TicketHandler.Retarget(Ticket, change, Context(At(at)) with { Actor = RuleChange.Actor }));
        LastRetarget = [.. _told.Skip(known)];
        return this;
    }

    /// <summary>What the last retargeting came to.</summary>
    public IReadOnlyList<Happened> LastRetarget { get; private set; } = [];

    public Refusal? Refused(string at, string now, Actor actor, string? reason)
    {
        var act = new AnyAct { OccurredAt = At(at), Reason = reason };
        return TicketHandler.Handle(Ticket, act, (_, _, _) => Decision.Happens(new NoteAdded("x")), Context(At(now)) with { Actor = actor }).Refusal;
    }

    public static Refusal? Refused(Ticket ticket, string now, Actor actor) => TicketHandler.Handle(ticket with { Policy = null, Milestones = [] }, new AnyAct(),
        (_, _, _) => Decision.Happens(new NoteAdded("x")), new Story(Rules.Of(), []).Context(At(now)) with { Actor = actor }).Refusal;

    public MilestoneCycle Milestone(string name, int? cycle = null) => Ticket.Milestones.Last(m => m.Name == name && (cycle is null || m.Cycle == cycle));

    public int Count<T>() => Events.OfType<T>().Count();

    public static DateTimeOffset At(string utc) => DateTimeOffset.Parse(utc + "Z", System.Globalization.CultureInfo.InvariantCulture);

    private Story Take(Outcome outcome)
    {
        _told.AddRange(outcome.Events);
        // What is folded from the events alone is what the decision saw: a replay tells the same.
        var version = Ticket.Version;
        var folded = outcome.Events.Aggregate(Ticket, (t, h) => t.Evolve(h.Event, new EventMeta(++version, h.OccurredAt, outcome.Ticket.UpdatedAt, h.Actor)));
        folded.Milestones.ShouldBe(outcome.Ticket.Milestones, new CycleComparer());
        (folded.PolicyVersion, folded.ActVersion).ShouldBe((outcome.Ticket.PolicyVersion, outcome.Ticket.ActVersion));
        outcome.Events.Select(h => h.OccurredAt).ShouldBeInOrder();
        Ticket = outcome.Ticket;
        return this;
    }

    private ActContext Context(DateTimeOffset now) => new() { Now = now, Actor = Agent, Rules = _rules, Seal = text => $"sealed({text})" };

    private sealed record AnyAct : ReasonedAct;

    private sealed class CycleComparer : IEqualityComparer<MilestoneCycle>
    {
        public bool Equals(MilestoneCycle? x, MilestoneCycle? y) => x!.Name == y!.Name && x.Cycle == y.Cycle && x.State == y.State && x.DueAt == y.DueAt
            && x.CalendarVersion == y.CalendarVersion && x.PolicyVersion == y.PolicyVersion && x.Target == y.Target && x.MetAt == y.MetAt && x.BreachedAt == y.BreachedAt && x.PausedSince == y.PausedSince && x.Pauses.SequenceEqual(y.Pauses) && x.Warnings.SequenceEqual(y.Warnings);

        public int GetHashCode(MilestoneCycle obj) => obj.Name.GetHashCode(StringComparison.Ordinal);
    }
}
