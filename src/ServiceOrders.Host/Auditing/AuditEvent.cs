using System.Buffers.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using ServiceOrders.Domain.Tickets;
using ServiceOrders.Host.Privacy;
using ServiceOrders.Host.Tickets;
using ServiceOrders.Host.Web;
using ServiceOrders.ReadModels.Auditing;
using ServiceOrders.ReadModels.Events;

namespace ServiceOrders.Host.Auditing;

/// <summary>An event of any stream as auditors find it: as in a ticket's history, with its stream; nothing that is sealed is ever plain.</summary>
/// <param name="Position">Its place in the order of everything.</param>
/// <param name="EventId">Its id, by which other events name it as their cause.</param>
/// <param name="StreamId">Its stream.</param>
/// <param name="StreamType">The stream's type: <c>ticket</c>, <c>policy</c>, <c>staff</c>.</param>
/// <param name="StreamName">What people call the stream: a service number, a policy's name; null: nothing.</param>
/// <param name="TicketId">The ticket, when it is one's.</param>
/// <param name="Number">The ticket's service number.</param>
/// <param name="Version">Its place in its stream, from 1.</param>
/// <param name="Type">Its stored name: <c>ticket_opened</c>.</param>
/// <param name="OccurredAt">When it happened.</param>
/// <param name="RecordedAt">When it was stored.</param>
/// <param name="Actor">Who did it.</param>
/// <param name="Channel">Through which channel, when through one.</param>
/// <param name="OnBehalfOf">For whom: a member of staff whom an imported log names; <c>[sealed]</c> where it may be a customer.</param>
/// <param name="Historical">Whether an import of the past wrote it.</param>
/// <param name="CorrelationId">The request that caused it.</param>
/// <param name="CausationId">What caused it, as stored.</param>
/// <param name="Cause">What brought it about.</param>
/// <param name="Data">What happened; sealed texts are <c>[sealed]</c>.</param>
public sealed record AuditEvent(
    long Position, Guid EventId, Guid StreamId, string StreamType, string? StreamName, Guid? TicketId, string? Number, long Version, string Type, DateTimeOffset OccurredAt,
    DateTimeOffset RecordedAt, Actor Actor, string? Channel, string? OnBehalfOf, bool Historical, string? CorrelationId, string? CausationId, EventCause Cause, JsonObject Data)
{
    /// <summary>What stands for a sealed text.</summary>
    public const string Sealed = "[sealed]";

    /// <summary>A found event as auditors see it.</summary>
    /// <param name="found">The event.</param>
    public static AuditEvent Of(AuditedEvent found)
    {
        ArgumentNullException.ThrowIfNull(found);
        var (stored, headers) = (found.Event, EventSerializer.Headers(found.Event));
        var isTicket = found.StreamType == TicketAppends.StreamType;
        return new AuditEvent(stored.Position, stored.Id, stored.StreamId, found.StreamType, found.StreamName, isTicket ? stored.StreamId : null, isTicket ? found.StreamName : null,
            stored.Version, stored.Type, headers.OccurredAt, stored.RecordedAt, headers.Actor, headers.Channel, IsSealed(headers.OnBehalfOf) ? Sealed : headers.OnBehalfOf,
            headers.Historical ?? false, stored.CorrelationId, stored.CausationId, EventCause.Of(stored, headers), DataOf(found));
    }

    private static JsonObject DataOf(AuditedEvent found)
    {
        // In the API's form where the event is ours; as it is stored where it is not.
        var data = EventSerializer.Data(found.Event) is { } happened ? JsonSerializer.SerializeToNode(happened, happened.GetType(), ApiJson.Options) : JsonNode.Parse(found.Event.Data);
        return Masked(data) as JsonObject ?? new JsonObject { ["value"] = data?.DeepClone() };
    }

    /// <summary>The same without sealed texts, under the names that a ticket's history has.</summary>
    private static JsonNode? Masked(JsonNode? node) => node switch
    {
        JsonObject members => new JsonObject(members.Select(m => KeyValuePair.Create(TicketHistory.PlainName(m.Key), Masked(m.Value)))),
        JsonArray elements => new JsonArray([.. elements.Select(Masked)]),
        JsonValue value when value.TryGetValue<string>(out var text) && IsSealed(text) => Sealed,
        null => null,
        _ => node.DeepClone(),
    };

    private static bool IsSealed(string? text) =>
        text?.StartsWith(SubjectKey.Prefix, StringComparison.Ordinal) == true && text.Length > 40 && Base64Url.IsValid(text.AsSpan(SubjectKey.Prefix.Length));
}

/// <summary>A page of events that were found.</summary>
/// <param name="Items">The events, in the order of their positions.</param>
/// <param name="NextCursor">Pass it as <c>cursor</c> to look on; null: everything was looked at up to <c>index.position</c>, which is the cursor for what comes later. A page may be empty and yet have one.</param>
/// <param name="Index">How far the index is that the events were found by.</param>
public sealed record AuditEventPage(IReadOnlyList<AuditEvent> Items, string? NextCursor, AuditIndexView Index);

/// <summary>How far the index is: it follows the events by moments.</summary>
/// <param name="Position">Every event up to here can be found.</param>
/// <param name="Behind">Events that cannot be found yet, counted up to 100,000.</param>
/// <param name="OldestMissing">When the oldest of them was recorded; null: none is missing.</param>
/// <param name="Stopped">Whether it stands still, because an event could not be applied.</param>
public sealed record AuditIndexView(long Position, long Behind, DateTimeOffset? OldestMissing, bool Stopped);
