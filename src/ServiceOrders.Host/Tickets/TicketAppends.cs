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

    /// <summary>What the causation id of a deadline's own event starts with; the milestone and cycle follow: <c>deadline:resolution/1</c>.</summary>
    public const string DeadlinePrefix = "deadline:";

    /// <summary>An append of a decision that has events.</summary>
    /// <param name="before">The ticket that was decided on.</param>
    /// <param name="outcome">The decision; its ticket carries the id.</param>
    /// <param name="now">The time.</param>
    /// <param name="origin">Which request it belongs to.</param>
    public static Append Of(Ticket before, Outcome outcome, DateTimeOffset now, EventOrigin origin)
    {
        ArgumentNullException.ThrowIfNull(before);
        ArgumentNullException.ThrowIfNull(outcome);
        return Of(before, outcome.Ticket, Stored(outcome.Events, _ => origin), now);
    }

    /// <summary>Events as they are stored, each naming what brought it about.</summary>
    /// <param name="happened">The events of one append.</param>
    /// <param name="originOf">Which request each belongs to, by its place.</param>
    public static NewEvent[] Stored(IReadOnlyList<Happened> happened, Func<int, EventOrigin> originOf)
    {
        ArgumentNullException.ThrowIfNull(happened);
        ArgumentNullException.ThrowIfNull(originOf);
        var (events, deadlines) = (new NewEvent[happened.Count], new string?[happened.Count]);
        for (var i = 0; i < events.Length; i++)
        {
            var (what, occurredAt, actor, cause) = happened[i];
            var due = DeadlineOf(what);
            deadlines[i] = due ?? (cause is { } root ? deadlines[root] : null);
            var origin = OriginOf(actor, originOf(i));
            var causation = due is not null ? DeadlinePrefix + due : cause is { } before ? events[before].Id.ToString() : origin.CausationId;
            events[i] = EventSerializer.ToNew(what, occurredAt, actor, origin with { CausationId = causation, Deadline = deadlines[i] });
        }
        return events;
    }

    /// <summary>What the clock wrote belongs to no request, even where an act was the first to notice it: a worker a moment earlier would have written the same.</summary>
    /// <param name="actor">Who wrote the event.</param>
    /// <param name="origin">Which request its append belongs to.</param>
    private static EventOrigin OriginOf(Actor actor, EventOrigin origin) =>
        actor.Kind == ActorKind.Clock ? new EventOrigin(null, Historical: origin.Historical) : origin;

    /// <summary>The milestone and cycle whose time has come, where the event says so.</summary>
    private static string? DeadlineOf(ITicketEvent happened) => happened switch
    {
        MilestoneWarned e => $"{e.Name}/{e.Cycle}",
        MilestoneBreached e => $"{e.Name}/{e.Cycle}",
        _ => null,
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
