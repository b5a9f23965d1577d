using System.Text.Json;
using System.Text.Json.Nodes;
using ServiceOrders.Domain.Tickets;
using ServiceOrders.EventStore;
using ServiceOrders.Host.Tickets;
using ServiceOrders.Host.Web;
using ServiceOrders.ReadModels.Events;

namespace ServiceOrders.Host.Replaying;

/// <summary>An event, the ticket before and after it, and what it changed (row A1).</summary>
/// <param name="Event">The event.</param>
/// <param name="Before">The ticket just before it, its clocks read at the instant at which the event was recorded; null: the event opened it.</param>
/// <param name="After">The ticket just after it, read at the same instant: so nothing differs that the event did not change.</param>
/// <param name="Changes">What differs.</param>
public sealed record HistoryStep(HistoryItem Event, TicketView? Before, TicketView After, IReadOnlyList<Change> Changes);

/// <summary>A ticket at two moments, and what differs between them.</summary>
/// <param name="Before">At the first, with its milestones as they were promised then; null: it was not opened yet.</param>
/// <param name="After">At the second.</param>
/// <param name="Changes">What differs.</param>
public sealed record TicketChanges(TicketView? Before, TicketView After, IReadOnlyList<Change> Changes);

/// <summary>A moment in a ticket's past: a version or an instant.</summary>
/// <param name="Version">After the event with this version; 0: before the first.</param>
/// <param name="At">As it was recorded at this instant.</param>
public readonly record struct Moment(long? Version, DateTimeOffset? At);

/// <summary>Replays a ticket's events: what each changed, and what lies between two moments. States are folded from the stream, and seen with the caller's eyes.</summary>
/// <param name="store">The streams.</param>
/// <param name="tickets">Finds and shows tickets.</param>
/// <param name="time">The clock.</param>
public sealed class TicketReplay(IEventStore store, TicketReader tickets, TimeProvider time)
{
    /// <summary>What one event changed; null: there is no such ticket or event that the caller may see.</summary>
    /// <param name="request">Who asks.</param>
    /// <param name="idOrNumber">The ticket's id or service number.</param>
    /// <param name="version">The event's version.</param>
    /// <param name="cancellation">Cancels.</param>
    public async Task<HistoryStep?> StepAsync(TicketRequest request, string idOrNumber, long version, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        if (await tickets.IdOfAsync(idOrNumber, cancellation).ConfigureAwait(false) is not { } id) return null;
        var events = await store.ReadStreamAsync(id, toVersion: version, cancellation: cancellation).ConfigureAwait(false);
        if (events.Count == 0 || events[^1].Version != version) return null;
        var before = Ticket.Unopened.Fold(events.Take(events.Count - 1));
        var after = before.Fold([events[^1]]);
        if (!request.MaySee(after)) return null;
        var disclosure = await tickets.DiscloseAsync(request, after, cancellation).ConfigureAwait(false);
        if (TicketHistory.ItemFor(request, events[^1], disclosure) is not { } item) return null;
        var seen = before.IsOpened ? await tickets.ShowAsync(before, disclosure, after.UpdatedAt, cancellation).ConfigureAwait(false) : null;
        var becomes = await tickets.ShowAsync(after, disclosure, after.UpdatedAt, cancellation).ConfigureAwait(false);
        tickets.TakeDown(request, after, disclosure);
        return new HistoryStep(item, seen, becomes, ChangesOf(seen, becomes));
    }

    /// <summary>What lies between two moments; null: there is no such ticket that the caller may see, or it has no such version, or was not there at the second moment.</summary>
    /// <param name="request">Who asks.</param>
    /// <param name="idOrNumber">The ticket's id or service number.</param>
    /// <param name="from">The first moment.</param>
    /// <param name="to">The second, not before the first.</param>
    /// <param name="cancellation">Cancels.</param>
    /// <exception cref="ProblemException">400: the second moment is before the first.</exception>
    public async Task<TicketChanges?> BetweenAsync(TicketRequest request, string idOrNumber, Moment from, Moment to, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        if (await tickets.IdOfAsync(idOrNumber, cancellation).ConfigureAwait(false) is not { } id) return null;
        var events = await store.ReadStreamAsync(id, cancellation: cancellation).ConfigureAwait(false);
        if (!request.MaySee(Ticket.Unopened.Fold(events)) || Until(events, from) is not { } first || Until(events, to) is not { } second) return null;
        if (first > second) throw new ProblemException(Problem.With(ProblemTypes.InvalidParameter, "to", "must not be before from"));
        var before = Ticket.Unopened.Fold(events.Take(first));
        var after = before.Fold(events.Skip(first).Take(second - first));
        if (!after.IsOpened) return null;
        var disclosure = await tickets.DiscloseAsync(request, after, cancellation).ConfigureAwait(false);
        var seen = before.IsOpened ? await tickets.ShowAsync(before, disclosure, AsOf(before, from), cancellation).ConfigureAwait(false) : null;
        var becomes = await tickets.ShowAsync(after, disclosure, AsOf(after, to), cancellation).ConfigureAwait(false);
        tickets.TakeDown(request, after, disclosure);
        return new TicketChanges(seen, becomes, ChangesOf(seen, becomes));
    }

    /// <summary>How many of the events belong to a moment; null: there is no such version.</summary>
    private static int? Until(IReadOnlyList<StoredEvent> events, Moment moment)
    {
        if (moment.Version is { } version) return version <= events.Count ? (int)version : null;
        var until = moment.At ?? DateTimeOffset.MaxValue;
        return events.TakeWhile(e => e.RecordedAt <= until).Count();
    }

    private DateTimeOffset AsOf(Ticket ticket, Moment moment)
    {
        var now = time.Now();
        if (moment.Version is not null) return ticket.UpdatedAt;
        return moment.At is { } at && at < now ? at : now;
    }

    private static IReadOnlyList<Change> ChangesOf(TicketView? before, TicketView after) => Differences.Between(before is null ? null : Json(before), Json(after));

    private static JsonObject Json(TicketView view) => JsonSerializer.SerializeToNode(view, ApiJson.Options)!.AsObject();
}
