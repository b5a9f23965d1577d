using ServiceOrders.Domain.Tickets;
using ServiceOrders.EventStore;
using ServiceOrders.Host.Privacy;
using ServiceOrders.Host.Rules;
using ServiceOrders.Host.Web;
using ServiceOrders.ReadModels.Events;
using ServiceOrders.ReadModels.Tickets;

namespace ServiceOrders.Host.Tickets;

/// <summary>What callers see of tickets: one as it stands or stood, lists, histories. A channel sees its own alone; another's is as if it were not there.</summary>
/// <param name="store">The streams.</param>
/// <param name="one">One ticket's state.</param>
/// <param name="queue">Lists.</param>
/// <param name="keys">Unseal personal data.</param>
/// <param name="journal">Takes down whose personal data is shown.</param>
/// <param name="rules">Knows the calendars that clocks count on.</param>
/// <param name="time">The clock.</param>
public sealed class TicketReader(IEventStore store, TicketQuery one, QueueQuery queue, SubjectKeys keys, AccessJournal journal, IRules rules, TimeProvider time)
{
    /// <summary>A ticket as it stands; null: there is none that the caller may see.</summary>
    /// <param name="request">Who asks.</param>
    /// <param name="idOrNumber">Its id, or its service number as someone typed it.</param>
    /// <param name="cancellation">Cancels.</param>
    public async Task<TicketView?> GetAsync(TicketRequest request, string idOrNumber, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        return await FindAsync(idOrNumber, cancellation).ConfigureAwait(false) is { } ticket && request.MaySee(ticket)
            ? await ViewAsync(request, ticket, new Disclosure(await keys.GetAsync(ticket.SubjectId, cancellation).ConfigureAwait(false), request.Caller, ticket.IsErased), time.Now(), cancellation).ConfigureAwait(false)
            : null;
    }

    /// <summary>A ticket as it stood (row A1), replayed from its events; null: there was none then, or no such version. Running clocks read as of then.</summary>
    /// <param name="request">Who asks.</param>
    /// <param name="idOrNumber">Its id or service number.</param>
    /// <param name="version">As it was after that event; null: by <paramref name="at"/>.</param>
    /// <param name="at">As it was recorded at that instant.</param>
    /// <param name="cancellation">Cancels.</param>
    public async Task<TicketView?> GetPastAsync(TicketRequest request, string idOrNumber, long? version, DateTimeOffset? at, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        if (await IdOfAsync(idOrNumber, cancellation).ConfigureAwait(false) is not { } id) return null;
        var events = await store.ReadStreamAsync(id, toVersion: version ?? long.MaxValue, recordedUntil: at, cancellation: cancellation).ConfigureAwait(false);
        var ticket = Ticket.Unopened.Fold(events);
        if (!request.MaySee(ticket) || (version is { } wanted && ticket.Version != wanted)) return null;
        var now = time.Now();
        var asOf = at ?? ticket.UpdatedAt;
        return await ViewPastAsync(request, ticket, asOf < now ? asOf : now, cancellation).ConfigureAwait(false);
    }

    /// <summary>A page of tickets.</summary>
    /// <param name="request">Who asks; a channel's list holds its own tickets alone.</param>
    /// <param name="filter">Which tickets.</param>
    /// <param name="sort">By what.</param>
    /// <param name="descending">From the end.</param>
    /// <param name="cursor">Where the page before ended.</param>
    /// <param name="limit">1 to 500.</param>
    /// <param name="cancellation">Cancels.</param>
    /// <exception cref="InvalidCursorException">The cursor belongs to another list.</exception>
    public async Task<Page<TicketView>> ListAsync(
        TicketRequest request, QueueFilter filter, QueueSort sort, bool descending, string? cursor, int limit, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(filter);
        if (request.Caller.Channel is { } own)
        {
            if (filter.Channel.Count > 0 && !filter.Channel.Contains(own)) return new Page<TicketView>([], null);
            filter = filter with { Channel = [own] };
        }
        var page = await queue.PageAsync(filter, sort, descending, cursor, limit, cancellation).ConfigureAwait(false);
        var subjects = await keys.GetManyAsync(page.Tickets.Select(t => t.SubjectId), cancellation).ConfigureAwait(false);
        var now = time.Now();
        var shown = page.Tickets.Select(t => (Ticket: t, Disclosure: new Disclosure(subjects[t.SubjectId], request.Caller, t.IsErased))).ToArray();
        var views = await rules.WithAsync(known => shown.Select(s => TicketViews.Of(s.Ticket, s.Disclosure, known.Rulebook, now)).ToArray(), cancellation).ConfigureAwait(false);
        journal.Record(request.Caller, request.Route, shown.Select(s => Showing.Of(s.Ticket, s.Disclosure)));
        return new Page<TicketView>(views, page.NextCursor);
    }

    /// <summary>The id behind an id or a service number, whether or not a ticket has that id; null: it is neither, or no ticket has that number.</summary>
    internal async ValueTask<Guid?> IdOfAsync(string idOrNumber, CancellationToken cancellation)
    {
        if (Guid.TryParseExact(idOrNumber, "D", out var id)) return id;
        return ServiceNumber.Parse(idOrNumber) is { } number ? await one.IdOfNumberAsync(number, cancellation).ConfigureAwait(false) : null;
    }

    /// <summary>The same for a caller who means to act. For a channel the ticket's row is looked at first: another's ticket is as if it were not there.</summary>
    internal async ValueTask<Guid?> IdForAsync(TicketRequest request, string idOrNumber, CancellationToken cancellation)
    {
        if (request.Caller.Channel is null) return await IdOfAsync(idOrNumber, cancellation).ConfigureAwait(false);
        return await FindAsync(idOrNumber, cancellation).ConfigureAwait(false) is { } ticket && request.MaySee(ticket) ? ticket.Id : null;
    }

    /// <summary>The ticket behind an id or a service number; null: none.</summary>
    internal async ValueTask<Ticket?> FindAsync(string idOrNumber, CancellationToken cancellation)
    {
        if (Guid.TryParseExact(idOrNumber, "D", out var id)) return await one.ByIdAsync(id, cancellation).ConfigureAwait(false);
        return ServiceNumber.Parse(idOrNumber) is { } number ? await one.ByNumberAsync(number, cancellation).ConfigureAwait(false) : null;
    }

    /// <summary>What the caller may know of a ticket's data subject, whichever of its states is shown. The past shows what is no longer there, so this asks the database whether the key still is.</summary>
    internal async ValueTask<Disclosure> DiscloseAsync(TicketRequest request, Ticket ticket, CancellationToken cancellation) =>
        new(await keys.GetStoredAsync(ticket.SubjectId, cancellation).ConfigureAwait(false), request.Caller, ticket.IsErased);

    /// <summary>A state of a ticket. Who is shown it has to be taken down.</summary>
    internal ValueTask<TicketView> ShowAsync(Ticket ticket, Disclosure disclosure, DateTimeOffset asOf, CancellationToken cancellation) =>
        rules.WithAsync(known => TicketViews.Of(ticket, disclosure, known.Rulebook, asOf), cancellation);

    /// <summary>Takes down what an answer shows.</summary>
    /// <exception cref="StoreBusyException">It cannot be, so it must not be shown.</exception>
    internal void TakeDown(TicketRequest request, Ticket ticket, Disclosure disclosure) => journal.Record(request.Caller, request.Route, Showing.Of(ticket, disclosure));

    /// <summary>The answer that shows a ticket, as it stands, or as it was after an event: as whoever brought that event about was told.</summary>
    internal async Task<Answered> AnswerAsync(TicketRequest request, int status, Guid id, long? version, CancellationToken cancellation)
    {
        var ticket = Ticket.Unopened.Fold(await store.ReadStreamAsync(id, toVersion: version ?? long.MaxValue, cancellation: cancellation).ConfigureAwait(false));
        return new Answered(status, await ViewPastAsync(request, ticket, version is null ? time.Now() : ticket.UpdatedAt, cancellation).ConfigureAwait(false));
    }

    /// <summary>The answer of an act that changed nothing: it only shows.</summary>
    internal async ValueTask<Answered> AnswerUnchangedAsync(TicketRequest request, Ticket ticket, CancellationToken cancellation) =>
        new(StatusCodes.Status200OK, await ViewPastAsync(request, ticket, time.Now(), cancellation).ConfigureAwait(false));

    /// <summary>The answer of an act that was just recorded: its own event tells who it was shown to.</summary>
    internal async ValueTask<Answered> AnswerRecordedAsync(TicketRequest request, int status, Ticket ticket, SubjectKey key, CancellationToken cancellation) =>
        new(status, await ShowAsync(ticket, new Disclosure(key, request.Caller), ticket.UpdatedAt, cancellation).ConfigureAwait(false));

    private async ValueTask<TicketView> ViewPastAsync(TicketRequest request, Ticket ticket, DateTimeOffset asOf, CancellationToken cancellation) =>
        await ViewAsync(request, ticket, await DiscloseAsync(request, ticket, cancellation).ConfigureAwait(false), asOf, cancellation).ConfigureAwait(false);

    private async ValueTask<TicketView> ViewAsync(TicketRequest request, Ticket ticket, Disclosure disclosure, DateTimeOffset asOf, CancellationToken cancellation)
    {
        var view = await ShowAsync(ticket, disclosure, asOf, cancellation).ConfigureAwait(false);
        TakeDown(request, ticket, disclosure);
        return view;
    }
}
