using ServiceOrders.Domain.Deadlines;
using ServiceOrders.Domain.Tickets;
using ServiceOrders.Domain.Tickets.Acts;

namespace ServiceOrders.Domain.Simulations;

/// <summary>A real ticket beside itself under other rules.</summary>
/// <param name="Actual">As it really stands, settled until the end.</param>
/// <param name="Candidate">As it would stand.</param>
/// <param name="Rules">The rules of the latter.</param>
/// <param name="Milestones">Every milestone cycle of either, both sides of each.</param>
public sealed record SimulatedTicket(Ticket Actual, Ticket Candidate, Rulebook Rules, IReadOnlyList<MilestonePair> Milestones);

/// <summary>
/// Replays a real ticket's story under other rules: what people did stays as and when they did it, and the same functions that write a ticket's clocks let them run anew beside it.
/// Under its own rules a ticket comes out as it was.
/// </summary>
public static class TicketSimulation
{
    private static readonly TimeSpan Tick = TimeSpan.FromTicks(1);

    /// <summary>The ticket as it would stand; null: it was not yet opened.</summary>
    /// <param name="history">All of its events, in order.</param>
    /// <param name="id">Its id.</param>
    /// <param name="candidate">What is tried out.</param>
    /// <param name="until">The end of what is looked at: later events are left out, and whatever falls due before is settled on both sides.</param>
    /// <exception cref="UnknownRuleException">The ticket names a policy or calendar that the candidate's snapshot does not know.</exception>
    public static SimulatedTicket? Run(IReadOnlyList<RecordedEvent> history, Guid id, Candidate candidate, DateTimeOffset until)
    {
        var events = history.TakeWhile(e => e.Meta.OccurredAt <= until).ToList();
        if (events.Count == 0) return null;
        var actual = events.Aggregate(Ticket.Unopened with { Id = id }, (ticket, e) => ticket.Evolve(e.Event, e.Meta)) with { Id = id };
        var rules = candidate.RulesFor(actual);
        var replayed = new Replay(rules, candidate.Policy, actual).Run(events, until) with { Id = id };
        actual = Settle(actual, candidate.Known, until, historical: false);
        return new SimulatedTicket(actual, replayed, rules, MilestonePair.Of(actual, replayed, until));
    }

    private static Ticket Settle(Ticket ticket, Rulebook rules, DateTimeOffset until, bool historical) =>
        TicketHandler.Settle(ticket, ContextOf(rules, Actor.Clock, until, until, historical)).Ticket;

    private static ActContext ContextOf(Rulebook rules, Actor actor, DateTimeOffset at, DateTimeOffset reportedAt, bool historical) => new()
    {
        Now = at, At = at, ReportedAt = reportedAt, Actor = actor, Rules = rules, Seal = text => text, Historical = historical, Simulated = true,
    };

    /// <summary>One ticket's replay.</summary>
    /// <param name="rules">The rules.</param>
    /// <param name="policy">The policy that it is opened under; null: its own.</param>
    /// <param name="actual">The ticket as it really stands.</param>
    private sealed class Replay(Rulebook rules, Policy? policy, Ticket actual)
    {
        private Ticket _ticket = Ticket.Unopened;
        private DateTimeOffset? _imported;

        public Ticket Run(List<RecordedEvent> events, DateTimeOffset until)
        {
            var clockCameBy = DateTimeOffset.MinValue;
            for (var i = 0; i < events.Count; i++)
            {
                if (events[i].FellDueAt is { } due && due > clockCameBy) clockCameBy = due;
                if (events[i].IsStory) Tell(events[i], ReportedAt(events, i), clockCameBy);
                if (events[i].Historical) _imported = events[i].Meta.RecordedAt;
            }
            EndImport(until);
            return Settle(_ticket, rules, until, historical: false);
        }

        private void Tell(RecordedEvent told, DateTimeOffset? reported, DateTimeOffset clockCameBy)
        {
            if (!told.Historical) EndImport(DateTimeOffset.MaxValue);
            // Nobody explains what was never promised.
            if (told.Event is BreachAnnotated explained && !_ticket.Milestones.Any(m => m.Name == explained.Name && m.Cycle == explained.Cycle)) return;
            var happenedAt = told.Meta.OccurredAt;
            var at = happenedAt < _ticket.LastOccurredAt ? _ticket.LastOccurredAt : happenedAt;
            var unfolding = new Unfolding(_ticket, ContextOf(rules, told.Meta.Actor, at, reported < happenedAt ? reported.Value : happenedAt, told.Historical));
            // Whoever reports late finds that the clock came by already, at the very instant at which the act takes effect.
            Settling.Settle(unfolding, clockCameBy == happenedAt ? at + Tick : at);
            TicketHandler.Happen(unfolding, Bound(told.Event));
            _ticket = unfolding.Ticket;
        }

        /// <summary>What people did is a fact, but for what it says of promises.</summary>
        private ITicketEvent Bound(ITicketEvent happened) => happened switch
        {
            TicketOpened opened when policy is not null => opened with { Policy = policy.Name, PolicyVersion = policy.Version },
            TicketOpened opened => opened with { Policy = actual.Policy, PolicyVersion = actual.Policy is null ? null : actual.PolicyVersion },
            // Up is up: where a breach has brought it so far already, it goes a level further.
            TicketEscalated escalated => escalated with { Level = Math.Clamp(escalated.Level, Math.Min(_ticket.EscalationLevel + 1, Escalate.HighestLevel), Escalate.HighestLevel) },
            _ => happened,
        };

        /// <summary>An import settles what fell due until it was made, as history.</summary>
        private void EndImport(DateTimeOffset until)
        {
            if (_imported is { } at) _ticket = Settle(_ticket, rules, at < until ? at : until, historical: true);
            _imported = null;
        }

        /// <summary>What the milestones that an act met tell of when it happened: the time itself, or the latest that it can have been.</summary>
        private static DateTimeOffset? ReportedAt(List<RecordedEvent> events, int act)
        {
            DateTimeOffset? reported = null;
            for (var i = act + 1; i < events.Count && !events[i].IsStory; i++)
            {
                if (events[i].ReportedAt is { } told && (reported is null || told < reported)) reported = told;
            }
            return reported;
        }
    }
}
