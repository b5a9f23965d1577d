using System.Xml;
using ServiceOrders.Domain.Calendars;
using ServiceOrders.Domain.Deadlines;
using ServiceOrders.Domain.Tickets;
using ServiceOrders.Domain.Tickets.Acts;

namespace ServiceOrders.Domain.Simulations;

/// <summary>
/// One ticket's story, told again event by event. So that nothing differs but what is tried out, everything else is as it was: calendars count in the version that was the latest then, a
/// change of rules that running clocks followed is followed at its time, an import's deadlines are history.
/// </summary>
internal sealed class Replay
{
    private static readonly TimeSpan Tick = TimeSpan.FromTicks(1);

    private readonly List<RecordedEvent> _events;
    private readonly Candidate _candidate;
    private readonly Ticket _actual;
    private readonly Dictionary<string, BusinessCalendar> _calendars = new(StringComparer.Ordinal);
    private Rulebook? _rules;
    private Ticket _ticket = Ticket.Unopened;
    private DateTimeOffset? _imported;

    /// <param name="events">The ticket's events, in order.</param>
    /// <param name="actual">What they make.</param>
    /// <param name="candidate">What is tried out.</param>
    public Replay(List<RecordedEvent> events, Ticket actual, Candidate candidate)
    {
        (_events, _actual, _candidate) = (events, actual, candidate);
        // Until another version is named, the first that is.
        for (var i = events.Count - 1; i >= 0; i--) Learn(events[i]);
    }

    private Rulebook Rules => _rules ??= _calendars.Values.All(c => _candidate.Known.FindCalendar(c.Name) == c) ? _candidate.Rules : _candidate.Rules.Trying(null, _calendars.Values);

    /// <summary>The ticket as it would stand at the end.</summary>
    /// <exception cref="TooManyCyclesException">It would come to more milestone cycles than are followed.</exception>
    public Ticket Until(DateTimeOffset end, CancellationToken cancellation)
    {
        var clockCameBy = DateTimeOffset.MinValue;
        for (var i = 0; i < _events.Count; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            Learn(_events[i]);
            if (_events[i].FellDueAt is { } due && due > clockCameBy) clockCameBy = due;
            if (_events[i].IsStory) Tell(i, clockCameBy);
            else if (_events[i].Change is { } change && !_candidate.StandsInFor(change)) Follow(change, _events[i].Meta);
            if (_events[i].Historical) _imported = _events[i].Meta.RecordedAt;
            if (_ticket.Milestones.Length > TicketSimulation.MostCycles) throw new TooManyCyclesException();
        }
        EndImport(end);
        return Settled(_ticket, Rules, end, historical: false);
    }

    /// <summary>A ticket with all settled that fell due before an instant.</summary>
    public static Ticket Settled(Ticket ticket, Rulebook rules, DateTimeOffset until, bool historical) =>
        TicketHandler.Settle(ticket, ContextOf(rules, Actor.Clock, until, until, historical)).Ticket;

    private static ActContext ContextOf(Rulebook rules, Actor actor, DateTimeOffset at, DateTimeOffset reportedAt, bool historical) => new()
    {
        Now = at, At = at, ReportedAt = reportedAt, Actor = actor, Rules = rules, Seal = text => text, Historical = historical, Simulated = true,
    };

    private void Tell(int index, DateTimeOffset clockCameBy)
    {
        var (told, happenedAt) = (_events[index], _events[index].Meta.OccurredAt);
        if (!told.Historical) EndImport(DateTimeOffset.MaxValue);
        // Nobody explains what was never promised.
        if (told.Event is BreachAnnotated explained && !_ticket.Milestones.Any(m => m.Name == explained.Name && m.Cycle == explained.Cycle)) return;
        var at = happenedAt < _ticket.LastOccurredAt ? _ticket.LastOccurredAt : happenedAt;
        // Whoever reports late finds that the clock came by already, at the very instant at which the act takes effect.
        var settled = Unfold(told, at, happenedAt);
        Settling.Settle(settled, clockCameBy == happenedAt ? at + Tick : at);
        _ticket = settled.Ticket;

        var reported = LearnFrom(index);
        var unfolding = Unfold(told, at, reported < happenedAt ? reported.Value : happenedAt);
        TicketHandler.Happen(unfolding, Bound(told.Event));
        _ticket = unfolding.Ticket;
    }

    private Unfolding Unfold(RecordedEvent told, DateTimeOffset at, DateTimeOffset reportedAt) => new(_ticket, ContextOf(Rules, told.Meta.Actor, at, reportedAt, told.Historical));

    private void Follow(RuleChange change, EventMeta meta)
    {
        EndImport(DateTimeOffset.MaxValue);
        _ticket = TicketHandler.Retarget(_ticket, change, ContextOf(Rules, meta.Actor, meta.OccurredAt, meta.OccurredAt, historical: false)).Ticket;
    }

    /// <summary>What people did is a fact, but for what it says of promises.</summary>
    private ITicketEvent Bound(ITicketEvent happened) => happened switch
    {
        TicketOpened opened when _candidate.Policy is { } policy => opened with { Policy = policy.Name, PolicyVersion = policy.Version },
        // Up is up: where a breach has brought it so far already, it goes a level further.
        TicketEscalated escalated => escalated with { Level = Math.Clamp(escalated.Level, Math.Min(_ticket.EscalationLevel + 1, Escalate.HighestLevel), Escalate.HighestLevel) },
        _ => happened,
    };

    /// <summary>An import settles what fell due until it was made, as history.</summary>
    private void EndImport(DateTimeOffset end)
    {
        if (_imported is { } at) _ticket = Settled(_ticket, Rules, at < end ? at : end, historical: true);
        _imported = null;
    }

    /// <summary>Takes a calendar's version for the latest from here on.</summary>
    private void Learn(RecordedEvent told)
    {
        if (told.Calendar is not ({ } name, var version) || _candidate.StandsInFor(name)) return;
        if (_calendars.TryGetValue(name, out var known) && known.Version == version) return;
        _calendars[name] = _candidate.Known.Calendar(name, version);
        _rules = null;
    }

    /// <summary>
    /// What an act did to the clocks tells on which versions of calendars they were counted then; and, where it met a milestone late, when it happened as its reporter said, where the stream
    /// keeps the time at which it took effect: the time itself, or the due time where it was in time. Null: nothing is told of that.
    /// </summary>
    private DateTimeOffset? LearnFrom(int act)
    {
        DateTimeOffset? reported = null;
        for (var i = act + 1; i < _events.Count && !_events[i].IsStory && _events[i].Change is null; i++)
        {
            if (_events[i].Meta.Actor != _events[act].Meta.Actor) continue;
            Learn(_events[i]);
            if (_events[i].Event is MilestoneMet { Overrun: not null } met && ReportedAt(met) is var told && (reported is null || told < reported)) reported = told;
        }
        return reported;
    }

    private DateTimeOffset ReportedAt(MilestoneMet met) => Budget.WhenOver(_actual.Milestones.First(c => c.Name == met.Name && c.Cycle == met.Cycle), XmlConvert.ToTimeSpan(met.Overrun!));
}
