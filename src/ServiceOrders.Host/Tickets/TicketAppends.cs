using System.Security.Cryptography;
using System.Text;
using ServiceOrders.Domain.Deadlines;
using ServiceOrders.Domain.Tickets;
using ServiceOrders.EventStore;
using ServiceOrders.ReadModels.Events;
using ServiceOrders.ReadModels.Tickets;

namespace ServiceOrders.Host.Tickets;

/// <summary>
/// What a decision about a ticket becomes in the store: its events, its due row when that changed, the rows of both inline read models. Requests, due workers and imports all
/// append what is made here, so none of them can forget a part.
/// </summary>
public static class TicketAppends
{
    /// <summary>The stream type of tickets.</summary>
    public const string StreamType = "ticket";

    /// <summary>An append of a decision that has events.</summary>
    /// <param name="before">The ticket that was decided on.</param>
    /// <param name="outcome">The decision; its ticket carries the id.</param>
    /// <param name="now">The time.</param>
    /// <param name="origin">Which request it belongs to.</param>
    public static Append Of(Ticket before, Outcome outcome, DateTimeOffset now, EventOrigin origin)
    {
        ArgumentNullException.ThrowIfNull(before);
        ArgumentNullException.ThrowIfNull(outcome);
        var events = new NewEvent[outcome.Events.Count];
        string? cause = null;
        for (var i = 0; i < events.Length; i++)
        {
            var (happened, occurredAt, actor) = outcome.Events[i];
            var belongs = OriginOf(actor, origin);
            events[i] = EventSerializer.ToNew(happened, occurredAt, actor, belongs with { CausationId = CauseOf(happened, actor, cause) ?? belongs.CausationId });
            if (Triggers.Of(happened) is not null) cause = events[i].Id.ToString();
        }
        return Of(before, outcome.Ticket, events, now);
    }

    /// <summary>What the clock wrote belongs to no request, even where an act was the first to notice it: a worker a moment earlier would have written the same.</summary>
    /// <param name="actor">Who wrote the event.</param>
    /// <param name="origin">Which request its append belongs to.</param>
    public static EventOrigin OriginOf(Actor actor, EventOrigin origin)
    {
        ArgumentNullException.ThrowIfNull(actor);
        ArgumentNullException.ThrowIfNull(origin);
        return actor.Kind == ActorKind.Clock ? new EventOrigin(null, Historical: origin.Historical) : origin;
    }

    /// <summary>What brought an event about (row A1): a deadline, or the event before it to which the clocks reacted; null: the request, or the change of rules, itself.</summary>
    private static string? CauseOf(ITicketEvent happened, Actor actor, string? cause) => happened switch
    {
        _ when actor.Kind == ActorKind.System => null,
        MilestoneWarned e => $"deadline:{e.Name}/{e.Cycle}",
        MilestoneBreached e => $"deadline:{e.Name}/{e.Cycle}",
        TicketEscalated { Automatic: true } => cause,
        NoteAdded => null,
        _ => Triggers.Of(happened) is null ? cause : null,
    };

    /// <summary>An append of events.</summary>
    /// <param name="before">The ticket before them.</param>
    /// <param name="after">The ticket after them; it carries the id.</param>
    /// <param name="events">The events.</param>
    /// <param name="now">The time.</param>
    public static Append Of(Ticket before, Ticket after, IReadOnlyList<NewEvent> events, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(before);
        ArgumentNullException.ThrowIfNull(after);
        var due = after.NextDue;
        return new Append
        {
            StreamId = after.Id, StreamType = StreamType, ExpectedVersion = before.Version, Events = events, Now = now,
            Due = due == before.NextDue ? default : DueChange.To(due),
            Rows = [TicketTable.Row(after), QueueTable.Row(after)],
        };
    }

    /// <summary>The key that makes a channel's reference unique for ever (row I4).</summary>
    /// <param name="channel">The channel.</param>
    /// <param name="reference">Its reference, as the ticket holds it.</param>
    public static UniqueKey Reference(string channel, string reference) => new($"reference:{channel}", SHA256.HashData(Encoding.UTF8.GetBytes(reference)));
}
