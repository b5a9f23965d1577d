using ServiceOrders.Domain.Tickets;
using ServiceOrders.Domain.Tickets.Acts;
using ServiceOrders.Host.Access;
using ServiceOrders.Host.Web;

namespace ServiceOrders.Host.Tickets;

/// <summary>Who asks something about tickets, and what holds for the asking itself.</summary>
/// <param name="Caller">Who; a channel sees only its own tickets.</param>
/// <param name="CorrelationId">The request's trace.</param>
/// <param name="Key">Its idempotency key, when it has one.</param>
/// <param name="IfMatch">The version named by <c>If-Match</c>; null: none was, or <c>*</c>.</param>
/// <param name="Route">The operation that is called, for the access log.</param>
public sealed record TicketRequest(Caller Caller, string? CorrelationId = null, RequestKey? Key = null, long? IfMatch = null, string Route = "")
{
    /// <summary>Whether the caller may know of a ticket: a channel knows of its own alone.</summary>
    public bool MaySee(Ticket ticket) => ticket.IsOpened && (Caller.Channel is null || Caller.Channel == ticket.Channel);
}

/// <summary>The channel that a ticket is opened in: the caller's own, or the one that staff named.</summary>
/// <param name="Name">Its registered name.</param>
/// <param name="Medium">Its medium, the default of the request's.</param>
public sealed record OpeningChannel(string Name, Medium Medium);

/// <summary>What a request came to. Trouble with the store is thrown, see <c>IEventStore.AppendAsync</c>.</summary>
public abstract record TicketAnswer;

/// <summary>It happened, now or at the first request of which this is a repeat.</summary>
/// <param name="Status">200, or 201 where the ticket was opened by it.</param>
/// <param name="Ticket">The ticket after it; <c>ETag</c> is its version.</param>
public sealed record Answered(int Status, TicketView Ticket) : TicketAnswer;

/// <summary>A rule or the ticket's state forbids it: 422 or 409.</summary>
/// <param name="Refusal">Which.</param>
public sealed record Refused(Refusal Refusal) : TicketAnswer;

/// <summary>The message itself is wrong: 422 with every field at fault.</summary>
/// <param name="Errors">All of them.</param>
public sealed record Invalid(IReadOnlyList<FieldError> Errors) : TicketAnswer;

/// <summary>It was not done, for a reason that has nothing to do with tickets' rules.</summary>
/// <param name="Trouble">Which.</param>
public sealed record NotDone(TicketTrouble Trouble) : TicketAnswer;

/// <summary>Why a request was not done.</summary>
public enum TicketTrouble
{
    /// <summary>404: no such ticket, or another channel's.</summary>
    NotFound,
    /// <summary>412: <c>If-Match</c> names a version that acts have passed since.</summary>
    StaleVersion,
    /// <summary>409: others changed the ticket at the same time, again and again.</summary>
    Conflict,
}
