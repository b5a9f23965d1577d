using ServiceOrders.Domain;
using ServiceOrders.Domain.Tickets;
using ServiceOrders.EventStore;
using ServiceOrders.Host.Web;
using ServiceOrders.ReadModels.Events;

namespace ServiceOrders.Host.Configuration;

/// <summary>A kind of small stream that configures the service: channels, staff and the like.</summary>
/// <typeparam name="TState">Its state.</typeparam>
/// <typeparam name="TEvent">Its events.</typeparam>
/// <param name="Type">Marten's stream type alias; with the name it makes the stream's id.</param>
/// <param name="Empty">The state before the first event.</param>
/// <param name="Evolve">The state after an event.</param>
/// <param name="VersionOf">The state's version.</param>
/// <param name="Rows">What a state, after its last event, is to the inline tables.</param>
public sealed record StreamKind<TState, TEvent>(
    string Type, TState Empty, Func<TState, TEvent, EventMeta, TState> Evolve, Func<TState, long> VersionOf, Func<Guid, TState, IReadOnlyList<InlineRow>> Rows)
    where TEvent : class
{
    /// <summary>The id of the stream of that name.</summary>
    public Guid IdOf(string name) => StreamIds.IdOf(Type, name);
}

/// <summary>Who wants to change something, and under which conditions.</summary>
/// <param name="Actor">Who.</param>
/// <param name="CorrelationId">The request.</param>
/// <param name="Key">Its idempotency key.</param>
/// <param name="IfMatch">The version that the caller believes in.</param>
/// <param name="Status">The status of the answer, kept with the key.</param>
/// <param name="Row">A row that goes into the same append; null: none.</param>
public sealed record ChangeRequest(Actor Actor, string? CorrelationId = null, RequestKey? Key = null, long? IfMatch = null, int Status = StatusCodes.Status200OK, InlineRow? Row = null);

/// <summary>
/// The path of every change of configuration: load, fold, decide, one append with its idempotency key and inline rows. A repeat is answered with the state as the first
/// request left it.
/// </summary>
/// <param name="store">The store.</param>
/// <param name="time">The clock.</param>
public sealed class ConfiguredStreams(IEventStore store, TimeProvider time)
{
    private const int MostAttempts = 5;

    /// <summary>The state of a stream; the empty one when there is none.</summary>
    /// <param name="kind">Its kind.</param>
    /// <param name="id">Its id.</param>
    /// <param name="toVersion">The version wanted.</param>
    /// <param name="cancellation">Cancels.</param>
    public async Task<TState> LoadAsync<TState, TEvent>(StreamKind<TState, TEvent> kind, Guid id, long toVersion = long.MaxValue, CancellationToken cancellation = default)
        where TEvent : class
    {
        var state = kind.Empty;
        foreach (var stored in await store.ReadStreamAsync(id, toVersion: toVersion, cancellation: cancellation))
        {
            if (EventSerializer.Data(stored) is not TEvent happened) continue;
            var headers = EventSerializer.Headers(stored);
            state = kind.Evolve(state, happened, new EventMeta(stored.Version, headers.OccurredAt, stored.RecordedAt, headers.Actor));
        }
        return state;
    }

    /// <summary>Changes what exists; where all is so already, it stays at its version.</summary>
    /// <exception cref="ProblemException">404, 409, 412 or 422; nothing was written.</exception>
    public Task<TState> ChangeAsync<TState, TEvent>(StreamKind<TState, TEvent> kind, string name, ChangeRequest request, Func<TState, Verdict<TEvent>> decide, CancellationToken cancellation)
        where TEvent : class => ApplyAsync(kind, name, request, decide, mustExist: true, cancellation);

    /// <summary>Makes something new; the decision itself refuses a name that is taken.</summary>
    /// <exception cref="ProblemException">409 or 422; nothing was written.</exception>
    public Task<TState> CreateAsync<TState, TEvent>(StreamKind<TState, TEvent> kind, string name, ChangeRequest request, Func<TState, Verdict<TEvent>> decide, CancellationToken cancellation)
        where TEvent : class => ApplyAsync(kind, name, request, decide, mustExist: false, cancellation);

    private async Task<TState> ApplyAsync<TState, TEvent>(
        StreamKind<TState, TEvent> kind, string name, ChangeRequest request, Func<TState, Verdict<TEvent>> decide, bool mustExist, CancellationToken cancellation)
        where TEvent : class
    {
        if (await RepeatAsync(kind, request, cancellation) is { } repeated) return repeated.State;
        try
        {
            return await DecideAsync(kind, name, request, decide, mustExist, cancellation);
        }
        catch (ProblemException) when (request.Key is not null)
        {
            // The first request may have come through on another node since we looked: what it did is what refuses the repeat.
            if (await RepeatAsync(kind, request, cancellation) is { } late) return late.State;
            throw;
        }
    }

    private async Task<TState> DecideAsync<TState, TEvent>(
        StreamKind<TState, TEvent> kind, string name, ChangeRequest request, Func<TState, Verdict<TEvent>> decide, bool mustExist, CancellationToken cancellation)
        where TEvent : class
    {
        var id = kind.IdOf(name);
        for (var attempt = 0; attempt < MostAttempts; attempt++)
        {
            var state = await LoadAsync(kind, id, cancellation: cancellation);
            var version = kind.VersionOf(state);
            if (mustExist && version == 0) throw new ProblemException(new Problem(ProblemTypes.NotFound));
            if (request.IfMatch is { } believed && believed != version) throw new ProblemException(new Problem(ProblemTypes.StaleVersion, $"It is at version {version}, not {believed}."));
            var (happened, refusal) = decide(state);
            if (refusal is not null) throw new ProblemException(Problem.Of(refusal));
            if (happened is null) return state;

            var now = time.Now();
            var after = kind.Evolve(state, happened, new EventMeta(version + 1, now, now, request.Actor));
            switch (await store.AppendAsync(AppendOf(kind, id, version, happened, after, request, now), cancellation))
            {
                case Appended: return after;
                case KeyTaken taken: return await RepeatAsync(kind, request.Key!, taken.Holder, cancellation);
                case StaleVersion: continue;
                case var other: throw new InvalidOperationException($"A configuration stream was answered with {other}.");
            }
        }
        throw new ProblemException(new Problem(ProblemTypes.Conflict));
    }

    private static Append AppendOf<TState, TEvent>(StreamKind<TState, TEvent> kind, Guid id, long version, TEvent happened, TState after, ChangeRequest request, DateTimeOffset now)
        where TEvent : class => new()
    {
        StreamId = id,
        StreamType = kind.Type,
        ExpectedVersion = version,
        Now = now,
        Events = [EventSerializer.ToNew(happened, now, request.Actor, new EventOrigin(request.CorrelationId))],
        Keys = request.Key is { } key ? [key.ToUniqueKey(request.Status, now)] : [],
        Rows = request.Row is { } row ? [.. kind.Rows(id, after), row] : kind.Rows(id, after),
    };

    /// <summary>The state as the first request with the same key left it; null: there was none.</summary>
    private async Task<Repeated<TState>?> RepeatAsync<TState, TEvent>(StreamKind<TState, TEvent> kind, ChangeRequest request, CancellationToken cancellation)
        where TEvent : class =>
        request.Key is { } key && await store.FindKeyAsync(key.Scope, key.Value, cancellation) is { } holder ? new(await RepeatAsync(kind, key, holder, cancellation)) : null;

    private async Task<TState> RepeatAsync<TState, TEvent>(StreamKind<TState, TEvent> kind, RequestKey key, UsedKey holder, CancellationToken cancellation)
        where TEvent : class
    {
        key.DemandSameRequest(holder);
        var state = await LoadAsync(kind, holder.StreamId, holder.Version, cancellation);
        // Where no fingerprint is left to tell: the key's first request changed something of another kind.
        return kind.VersionOf(state) > 0 ? state : throw RequestKey.Reused;
    }

    private sealed record Repeated<TState>(TState State);
}
