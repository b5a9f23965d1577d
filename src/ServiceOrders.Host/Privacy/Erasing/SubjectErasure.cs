using ServiceOrders.Domain;
using ServiceOrders.Domain.Privacy;
using ServiceOrders.Domain.Tickets;
using ServiceOrders.EventStore;
using ServiceOrders.Host.Rules;
using ServiceOrders.Host.Tickets;
using ServiceOrders.Host.Web;
using ServiceOrders.ReadModels.Events;

namespace ServiceOrders.Host.Privacy;

/// <summary>
/// Makes a person's data unreadable (row K5): destroys the key in the append of <c>subject_erased</c>, so that neither is without the other; then tells each of the subject's tickets, which clears
/// what is sealed there. What a crash leaves undone of that, <see cref="ErasureWorker"/> does. Every step may be done again.
/// </summary>
/// <param name="store">The streams.</param>
/// <param name="subjects">Data subjects.</param>
/// <param name="keys">Forget the key.</param>
/// <param name="rules">Policies and calendars.</param>
/// <param name="time">The clock.</param>
public sealed class SubjectErasure(IEventStore store, SubjectTable subjects, SubjectKeys keys, IRules rules, TimeProvider time)
{
    /// <summary>The stream type of data subjects.</summary>
    public const string StreamType = "data_subject";

    private const int Page = 200, MostNamed = 5, MostDecisions = 8;

    /// <summary>The stream of a subject. Not the subject's own id: a ticket that is its own subject has a stream of that id.</summary>
    public static Guid StreamOf(Guid subject) => StreamIds.IdOf(StreamType, subject.ToString());

    /// <summary>
    /// Erases a customer: the subject that lives, unless an erasure of this customer with the same reference was recorded before, whose subject it answers then. So a request that is sent again because
    /// its answer was lost does not destroy the data of a customer who came back since. Without a reference each request is one of its own.
    /// </summary>
    /// <param name="customer">The customer's id.</param>
    /// <param name="by">Who asks.</param>
    /// <param name="reference">What the request is known by outside; no personal data.</param>
    /// <param name="correlationId">The request.</param>
    /// <param name="cancellation">Cancels what has not been handed to the store.</param>
    /// <returns>The subject that is erased; null: no such customer.</returns>
    /// <exception cref="ProblemException">409: tickets have to be kept.</exception>
    public async Task<DataSubject?> EraseCustomerAsync(Guid customer, Actor by, string? reference, string? correlationId, CancellationToken cancellation = default)
    {
        var all = await subjects.OfCustomerAsync(customer, cancellation);
        if (all.Count == 0) return null;
        var erased = reference is null ? null : await ErasedByAsync(all, reference, cancellation);
        return await EraseAsync((erased ?? all[0]).Id, by, reference, correlationId, cancellation);
    }

    /// <summary>Erases a subject, unless it was erased before.</summary>
    /// <param name="id">The subject's own id.</param>
    /// <param name="by">Who asks.</param>
    /// <param name="reference">What the request is known by outside; no personal data.</param>
    /// <param name="correlationId">The request.</param>
    /// <param name="cancellation">Cancels what has not been handed to the store.</param>
    /// <returns>The subject; null: nobody has that id.</returns>
    /// <exception cref="ProblemException">409: tickets have to be kept.</exception>
    public async Task<DataSubject?> EraseAsync(Guid id, Actor by, string? reference, string? correlationId, CancellationToken cancellation = default)
    {
        if (await subjects.FindAsync(id, cancellation) is not { } subject) return null;
        if (subject.ErasedAt is null)
        {
            if (await ObstaclesAsync(subject.Id, cancellation) is { } refusal) throw new ProblemException(Problem.Of(refusal));
            await DestroyAsync(subject.Id, by, reference, correlationId, cancellation);
        }
        await ClearAsync(subject.Id, cancellation);
        return await subjects.FindAsync(subject.Id, cancellation);
    }

    /// <summary>Tells all tickets of an erased subject that are not told yet.</summary>
    /// <param name="subject">The subject.</param>
    /// <param name="cancellation">Interrupts.</param>
    public async Task ClearAsync(Guid subject, CancellationToken cancellation = default)
    {
        var erased = (await store.ReadStreamAsync(StreamOf(subject), limit: 1, cancellation: cancellation)).SingleOrDefault();
        var (count, last) = (0, Guid.Empty);
        IReadOnlyList<KeyPeriod> periods = [];
        // A key that somebody destroyed behind the service's back has no event that its tickets could name as their cause.
        while (erased is not null && await subjects.TicketsAsync(subject, last, Page, cancellation) is { Count: > 0 } page)
        {
            foreach (var ticket in page) await ClearTicketAsync(ticket, erased, cancellation);
            // Of a lifetime of seven days, each an hour at least: there are never many.
            periods = KeyPeriod.Merged([.. periods, .. await subjects.KeyPeriodsAsync(page, time.Now(), RequestKeys.Lifetime, cancellation)]);
            (count, last) = (count + page.Count, page[^1]);
        }
        foreach (var period in periods) await subjects.RemoveFingerprintsAsync(subject, period, cancellation);
        await subjects.ClearedAsync(subject, count, time.Now(), cancellation);
    }

    private async Task<DataSubject?> ErasedByAsync(IReadOnlyList<DataSubject> all, string reference, CancellationToken cancellation)
    {
        foreach (var subject in all.Where(s => s.ErasedAt is not null))
        {
            var told = (await store.ReadStreamAsync(StreamOf(subject.Id), limit: 1, cancellation: cancellation)).SingleOrDefault();
            if (told is not null && EventSerializer.Data(told) is SubjectErased erased && erased.Reference == reference) return subject;
        }
        return null;
    }

    private async Task<Refusal?> ObstaclesAsync(Guid subject, CancellationToken cancellation)
    {
        if (await subjects.ObstaclesAsync(subject, MostNamed, cancellation) is not { Count: > 0 } obstacles) return null;
        return obstacles.FirstOrDefault(o => o.IsLegalHold) is { } held
            ? Refusal.State("on-legal-hold", $"Ticket {held.Number} is under legal hold; it has to be lifted first.")
            : Refusal.State("tickets-open", $"Tickets of the subject are neither closed nor cancelled: {string.Join(", ", obstacles.Select(o => o.Number))}.");
    }

    private async Task DestroyAsync(Guid subject, Actor by, string? reference, string? correlationId, CancellationToken cancellation)
    {
        var now = time.Now();
        try
        {
            // A stale version: another request was faster; it has destroyed the key.
            await store.AppendAsync(new Append
            {
                StreamId = StreamOf(subject), StreamType = StreamType, ExpectedVersion = 0, Now = now, Rows = [SubjectGate.Erase(subject, now)],
                Events = [EventSerializer.ToNew(new SubjectErased(subject, reference), now, by, new EventOrigin(correlationId))],
            }, cancellation);
        }
        catch (AppendFailedException failure) when (SubjectGate.IsKept(failure))
        {
            // Opened, reopened or put under hold since we looked.
            throw new ProblemException(Problem.Of(await ObstaclesAsync(subject, cancellation) ?? Refusal.State("tickets-open", "A ticket of the subject was open a moment ago.")));
        }
        catch (AppendFailedException failure) when (SubjectGate.IsErased(failure))
        {
            // Erased since we looked.
        }
        finally
        {
            keys.Forget(subject);
        }
    }

    private async Task ClearTicketAsync(Guid id, StoredEvent erased, CancellationToken cancellation)
    {
        var origin = new EventOrigin(erased.CorrelationId, erased.Id.ToString());
        for (var decision = 1; decision <= MostDecisions; decision++)
        {
            var ticket = Ticket.Unopened.Fold(await store.ReadStreamAsync(id, cancellation: cancellation));
            var now = time.Now();
            var outcome = await rules.WithAsync(known => TicketHandler.Erase(ticket, new ActContext
            {
                Now = now, Actor = EventSerializer.Headers(erased).Actor, Rules = known.Rulebook,
                Seal = static _ => throw new InvalidOperationException("An erasure has nothing personal to say."),
            }), cancellation);
            if (outcome.Events.Count == 0) return;
            // Nothing can be added to an archived ticket; what is sealed there stays as unreadable as the key is gone.
            if (await store.AppendAsync(TicketAppends.Of(ticket, outcome, now, origin), cancellation) is Appended or StreamArchived) return;
        }
        throw new StoreBusyException("Others changed the ticket, again and again.");
    }
}
