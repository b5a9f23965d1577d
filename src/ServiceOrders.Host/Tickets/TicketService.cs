using Npgsql;
using ServiceOrders.Domain.Tickets;
using ServiceOrders.Domain.Tickets.Acts;
using ServiceOrders.EventStore;
using ServiceOrders.Host.Privacy;
using ServiceOrders.Host.Rules;
using ServiceOrders.Host.Web;
using ServiceOrders.ReadModels.Events;

namespace ServiceOrders.Host.Tickets;

/// <summary>
/// What callers do to tickets: open one, act on one. Each request is load, fold, decide, one append; what it answers is the folded state, which the append has made visible to
/// every reader. Whatever becomes of the process, a request is applied once or not at all.
/// </summary>
/// <param name="store">The streams.</param>
/// <param name="tickets">Finds and shows tickets.</param>
/// <param name="keys">Seal personal data.</param>
/// <param name="numbers">Draws service numbers.</param>
/// <param name="rules">Policies, calendars, classification.</param>
/// <param name="time">The clock.</param>
public sealed class TicketService(IEventStore store, TicketReader tickets, SubjectKeys keys, ServiceNumbers numbers, IRules rules, TimeProvider time)
{
    /// <summary>How often an act without <c>If-Match</c> is decided anew when others were faster.</summary>
    public const int MaximumDecisions = 6;

    private readonly TicketTurns _turns = new();

    /// <summary>Opens a ticket (受理). Posting an external reference again answers 200 with the ticket that has it (row I4).</summary>
    /// <param name="request">Who asks.</param>
    /// <param name="message">What for.</param>
    /// <param name="channel">The channel that it is opened in.</param>
    /// <param name="cancellation">Cancels what has not been handed to the store.</param>
    public async Task<TicketAnswer> OpenAsync(TicketRequest request, OpenTicket message, OpeningChannel channel, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(message);
        ArgumentNullException.ThrowIfNull(channel);
        if (ActCatalog.Open.Validate(message, false) is { Count: > 0 } errors) return new Invalid(errors);
        var now = time.Now();
        var id = Guid.CreateVersion7(now);
        var number = await numbers.NextAsync(cancellation).ConfigureAwait(false);
        // A customer gets a key for good: not for a request that is refused.
        if (message.CustomerId is { } customer && !await keys.IsKnownAsync(customer, cancellation).ConfigureAwait(false)
            && (await DecideAsync(customer, static text => text).ConfigureAwait(false)).Refusal is { } futile)
            return await KnownAsync(request, message, channel, cancellation).ConfigureAwait(false) ?? new Refused(futile);
        var (key, keyRow) = await KeyForAsync(message, id, now, cancellation).ConfigureAwait(false);

        var outcome = await DecideAsync(key.Subject, key.Seal).ConfigureAwait(false);
        // What is refused now may have been done when it was first asked for: an hour ago its time was not too far back.
        if (outcome.Refusal is { } refusal) return await KnownAsync(request, message, channel, cancellation).ConfigureAwait(false) ?? new Refused(refusal);

        outcome = outcome with { Ticket = outcome.Ticket with { Id = id } };
        var append = TicketAppends.Of(Ticket.Unopened, outcome, now, OriginOf(request));
        append = append with { Keys = KeysOf(request, StatusCodes.Status201Created, now, outcome.Ticket), Rows = [.. append.Rows, keyRow] };
        switch (await AppendAsync(append, key, cancellation).ConfigureAwait(false))
        {
            // The customer was erased since the key was read: one who comes back.
            case null: return await OpenAsync(request, message, channel, cancellation).ConfigureAwait(false);
            case Appended appended:
                keys.Remember(key);
                return await tickets.AnswerRecordedAsync(request, StatusCodes.Status201Created, outcome.Ticket with { UpdatedAt = appended.RecordedAt }, key, cancellation).ConfigureAwait(false);
            case KeyTaken taken:
                return await ReplayAsync(request, taken, cancellation).ConfigureAwait(false)
                    ?? await tickets.AnswerAsync(request, StatusCodes.Status200OK, taken.Holder.StreamId, null, cancellation).ConfigureAwait(false);
            case var other:
                throw new InvalidOperationException($"A new stream was answered with {other.GetType().Name}.");
        }

        ValueTask<Outcome> DecideAsync(Guid subject, Func<string, string> seal) => rules.WithAsync(known => TicketHandler.Handle(Ticket.Unopened, message, ActCatalog.Open.Decide, new ActContext
        {
            Now = now, Actor = request.Caller.Actor, Rules = known.Rulebook, Seal = seal,
            Opening = new Opening(number, subject, channel.Name, channel.Medium, known.Classifier),
        }), cancellation);
    }

    /// <summary>The answer to an opening that took place before: under the same idempotency key, or with the same reference; null: it did not.</summary>
    private async Task<TicketAnswer?> KnownAsync(TicketRequest request, OpenTicket message, OpeningChannel channel, CancellationToken cancellation)
    {
        if (await ReplayAsync(request, cancellation).ConfigureAwait(false) is { } answer) return answer;
        if (message.ExternalReference?.Trim() is not { Length: > 0 } reference) return null;
        var key = TicketAppends.Reference(channel.Name, reference);
        return await store.FindKeyAsync(key.Scope, key.Value, cancellation).ConfigureAwait(false) is { } holder
            ? await tickets.AnswerAsync(request, StatusCodes.Status200OK, holder.StreamId, null, cancellation).ConfigureAwait(false)
            : null;
    }

    /// <summary>Does an act to a ticket.</summary>
    /// <param name="request">Who asks.</param>
    /// <param name="idOrNumber">The ticket.</param>
    /// <param name="entry">The act.</param>
    /// <param name="message">Its message, of the entry's type.</param>
    /// <param name="cancellation">Cancels what has not been handed to the store.</param>
    /// <exception cref="StoreBusyException">Too many act on the ticket already.</exception>
    public async Task<TicketAnswer> ActAsync(TicketRequest request, string idOrNumber, ActEntry entry, TicketAct message, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(entry);
        if (entry.Validate(message, false) is { Count: > 0 } errors) return new Invalid(errors);
        // Whoever may not see a ticket does not stand in its line either.
        if (await tickets.IdForAsync(request, idOrNumber, cancellation).ConfigureAwait(false) is not { } id) return new NotDone(TicketTrouble.NotFound);
        using var turn = await _turns.TakeAsync(id, cancellation).ConfigureAwait(false);
        for (var decision = 1; decision <= MaximumDecisions; decision++)
        {
            if (await DecideAsync(request, id, entry, message, cancellation).ConfigureAwait(false) is not { } answer) continue;
            // A repeat finds the ticket as the first request left it, where the act may be refused: the key tells that it was done.
            return answer is Answered ? answer : await ReplayAsync(request, cancellation).ConfigureAwait(false) ?? answer;
        }
        return new NotDone(TicketTrouble.Conflict);
    }

    /// <summary>One decision on the ticket as it stands; null: another was faster.</summary>
    private async Task<TicketAnswer?> DecideAsync(TicketRequest request, Guid id, ActEntry entry, TicketAct message, CancellationToken cancellation)
    {
        var ticket = Ticket.Unopened.Fold(await store.ReadStreamAsync(id, cancellation: cancellation).ConfigureAwait(false));
        if (!request.MaySee(ticket)) return new NotDone(TicketTrouble.NotFound);
        // What the clock alone wrote since the caller looked does not make the look stale.
        if (request.IfMatch is { } seen && (seen < ticket.ActVersion || seen > ticket.Version)) return new NotDone(TicketTrouble.StaleVersion);
        var key = ticket.IsErased ? SubjectKey.Erased(ticket.SubjectId) : await keys.GetAsync(ticket.SubjectId, cancellation).ConfigureAwait(false);
        var now = time.Now();
        Outcome outcome;
        try
        {
            outcome = await rules.WithAsync(known => TicketHandler.Handle(ticket, message, entry.Decide,
                new ActContext { Now = now, Actor = request.Caller.Actor, Rules = known.Rulebook, Seal = key.Seal, SubjectErased = key.IsErased }), cancellation).ConfigureAwait(false);
        }
        catch (SubjectErasedException)
        {
            return ErasedSubject;
        }
        if (outcome.Refusal is { } refusal) return new Refused(refusal);
        if (outcome.Events.Count == 0) return await tickets.AnswerUnchangedAsync(request, ticket, cancellation).ConfigureAwait(false);

        var append = TicketAppends.Of(ticket, outcome, now, OriginOf(request)) with { Keys = KeysOf(request, StatusCodes.Status200OK, now, null) };
        // Only what has ended can be erased meanwhile. A hold on what is left of one that was has nothing sealed, and what is archived is never told of its erasure.
        var isHoldWithoutText = key.IsErased && message is (PlaceLegalHold or LiftLegalHold);
        if (ticket.IsEnded && !ticket.IsErased && !isHoldWithoutText) append = append with { Rows = [.. append.Rows, SubjectGate.Pass(ticket.SubjectId)] };
        var appending = await AppendAsync(append, key, cancellation).ConfigureAwait(false);
        // Evidence is kept wherever it is: a legal hold brings a ticket back from the archive.
        if (appending is StreamArchived && message is PlaceLegalHold) appending = await AppendAsync(append, key, cancellation, restores: true).ConfigureAwait(false);
        return appending switch
        {
            null => ErasedSubject,
            Appended appended => await tickets.AnswerRecordedAsync(request, StatusCodes.Status200OK, outcome.Ticket with { UpdatedAt = appended.RecordedAt }, key, cancellation).ConfigureAwait(false),
            KeyTaken taken => await ReplayAsync(request, taken, cancellation).ConfigureAwait(false),
            StreamArchived => new Refused(Refusal.State("archived", "The ticket is archived: nothing can be added to it.")),
            _ => null,
        };
    }

    /// <summary>Appends what may be sealed for a subject; null: its data was erased meanwhile.</summary>
    private async ValueTask<AppendOutcome?> AppendAsync(Append append, SubjectKey key, CancellationToken cancellation, bool restores = false)
    {
        try
        {
            return restores
                ? await store.RestoreAsync(append, cancellation).ConfigureAwait(false)
                : await store.AppendAsync(append, cancellation).ConfigureAwait(false);
        }
        catch (Exception failure) when (failure is AppendFailedException failed && SubjectGate.IsErased(failed) || failure is PostgresException refused && SubjectGate.IsErased(refused))
        {
            keys.Forget(key.Subject);
            return null;
        }
    }

    /// <summary>
    /// The answer that the first request with the same idempotency key got, made again from its status, stream and version; null: there was none. Asked for only when a request did
    /// not go through, so that a key costs no round trip of its own.
    /// </summary>
    private async Task<TicketAnswer?> ReplayAsync(TicketRequest request, CancellationToken cancellation)
    {
        if (request.Key is not { } key || await store.FindKeyAsync(key.Scope, key.Value, cancellation).ConfigureAwait(false) is not { } holder) return null;
        return await ReplayAsync(request, key, holder, cancellation).ConfigureAwait(false);
    }

    /// <summary>The same, where the append named a key that is taken: this request's own, or the reference, which a first request with the same key would have taken too.</summary>
    private Task<TicketAnswer?> ReplayAsync(TicketRequest request, KeyTaken taken, CancellationToken cancellation) =>
        request.Key is { } key && taken.Key.Scope == key.Scope ? ReplayAsync(request, key, taken.Holder, cancellation) : ReplayAsync(request, cancellation);

    private async Task<TicketAnswer?> ReplayAsync(TicketRequest request, RequestKey key, UsedKey holder, CancellationToken cancellation)
    {
        key.DemandSameRequest(holder);
        return await tickets.AnswerAsync(request, holder.Status, holder.StreamId, holder.Version, cancellation).ConfigureAwait(false);
    }

    /// <summary>The key of a ticket that is to be opened, and the row that sees to it that the key is there once the ticket is.</summary>
    private async ValueTask<(SubjectKey Key, InlineRow Row)> KeyForAsync(OpenTicket message, Guid id, DateTimeOffset now, CancellationToken cancellation)
    {
        if (message.CustomerId is not { } customer) return keys.New(id, now);
        var key = await keys.GetOrCreateAsync(customer, cancellation).ConfigureAwait(false);
        return (key, SubjectGate.Pass(key.Subject));
    }

    private static List<UniqueKey> KeysOf(TicketRequest request, int status, DateTimeOffset now, Ticket? opened)
    {
        List<UniqueKey> taken = [];
        if (request.Key is { } key) taken.Add(key.ToUniqueKey(status, now));
        if (opened?.ExternalReference is { } reference) taken.Add(TicketAppends.Reference(opened.Channel, reference));
        return taken;
    }

    private static EventOrigin OriginOf(TicketRequest request) => new(request.CorrelationId, Channel: request.Caller.Channel);

    private static Refused ErasedSubject { get; } = new(Refusal.State("subject-erased", "The customer's personal data was erased: nothing personal can be added."));
}
