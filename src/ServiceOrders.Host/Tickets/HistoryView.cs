using System.Text.Json.Nodes;
using ServiceOrders.Domain.Tickets;

namespace ServiceOrders.Host.Tickets;

/// <summary>An event of a ticket (row A1).</summary>
/// <param name="Version">Its place in the ticket's history, from 1.</param>
/// <param name="Position">Its place in the order of everything.</param>
/// <param name="Type">Its stored name: <c>ticket_opened</c>.</param>
/// <param name="OccurredAt">When it happened.</param>
/// <param name="RecordedAt">When it was stored.</param>
/// <param name="Actor">Who did it.</param>
/// <param name="Channel">Through which channel, when through one.</param>
/// <param name="OnBehalfOf">For whom: the person whom an imported log names.</param>
/// <param name="Historical">Whether an import of the past wrote it.</param>
/// <param name="CorrelationId">The request that caused it.</param>
/// <param name="CausationId">What caused it, as stored: the <c>eventId</c> of the event to which it is a reaction, <c>deadline:resolution/1</c>, or a change of rules such as <c>policy:standard/3</c>.</param>
/// <param name="Data">What happened. Sealed texts stand unsealed under their plain names; where the customer's data was erased they are null, and <c>erased</c> is true.</param>
/// <param name="EventId">Its id, by which other events name it as their cause.</param>
/// <param name="Cause">What brought it about.</param>
public sealed record HistoryItem(
    long Version, long Position, string Type, DateTimeOffset OccurredAt, DateTimeOffset RecordedAt, Actor Actor, string? Channel, string? OnBehalfOf, bool Historical,
    string? CorrelationId, string? CausationId, JsonObject Data,
    Guid EventId, EventCause Cause);
