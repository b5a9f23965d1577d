using ServiceOrders.Domain;
using ServiceOrders.Domain.Tickets.Acts;
using ServiceOrders.Host.Access;
using ServiceOrders.Host.Configuration;
using ServiceOrders.Host.Web;

namespace ServiceOrders.Host.Rules;

/// <summary>How policies, calendars and classification rules are changed over the API: who may, the conditions of the request, and this node knowing of it at once.</summary>
/// <param name="streams">The streams.</param>
/// <param name="keys">Idempotency keys.</param>
/// <param name="rules">What this node knows.</param>
public sealed class RuleChanges(ConfiguredStreams streams, RequestKeys keys, IRules rules)
{
    /// <summary>Who may change rules.</summary>
    internal const Callers Writers = Callers.Supervisor | Callers.Administrator;

    /// <summary>Makes something new: 201.</summary>
    public Task<TState> CreateAsync<TState, TEvent, TBody>(
        StreamKind<TState, TEvent> kind, string name, HttpContext http, Body<TBody> body, Func<TState, Verdict<TEvent>> decide)
        where TEvent : class where TBody : class =>
        KnownAsync(streams.CreateAsync(kind, name, RequestOf(http, body.Raw, StatusCodes.Status201Created), decide, http.RequestAborted), http);

    /// <summary>Changes what exists: 200.</summary>
    public Task<TState> ChangeAsync<TState, TEvent, TBody>(
        StreamKind<TState, TEvent> kind, string name, HttpContext http, Body<TBody> body, Func<TState, Verdict<TEvent>> decide)
        where TEvent : class where TBody : class =>
        KnownAsync(streams.ChangeAsync(kind, name, RequestOf(http, body.Raw, StatusCodes.Status200OK), decide, http.RequestAborted), http);

    /// <summary>Changes what is there or not: 200.</summary>
    public Task<TState> PutAsync<TState, TEvent, TBody>(
        StreamKind<TState, TEvent> kind, string name, HttpContext http, Body<TBody> body, Func<TState, Verdict<TEvent>> decide)
        where TEvent : class where TBody : class =>
        KnownAsync(streams.CreateAsync(kind, name, RequestOf(http, body.Raw, StatusCodes.Status200OK), decide, http.RequestAborted), http);

    private async Task<TState> KnownAsync<TState>(Task<TState> change, HttpContext http)
    {
        var state = await change;
        try
        {
            await rules.RefreshAsync(http.RequestAborted);
        }
        catch (Exception trouble) when (trouble is not OperationCanceledException)
        {
            // The change is stored and the answer must say so; this node's poll will know of it, like every other's.
        }
        return state;
    }

    private ChangeRequest RequestOf(HttpContext http, byte[] raw, int status) =>
        new(http.Caller().Actor, http.TraceId(), keys.Take(http, http.Caller(), raw), Preconditions.IfMatch(http), status);
}
