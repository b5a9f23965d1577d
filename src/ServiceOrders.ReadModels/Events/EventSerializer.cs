using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using ServiceOrders.Domain.Simulations;
using ServiceOrders.Domain.Tickets;
using ServiceOrders.EventStore;

namespace ServiceOrders.ReadModels.Events;

/// <summary>
/// Between events and their stored texts. Data: camelCase, enumerations as member names in PascalCase, so that Marten reads them with its camelCase casing and
/// <c>EnumStorage.AsString</c>. Headers: everything for which Marten's tables have no column.
/// </summary>
public static class EventSerializer
{
    /// <summary>The JSON of stored data and headers. Not the API's: its enumerations are camelCase.</summary>
    public static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.General)
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new JsonStringEnumConverter() },
    };

    /// <summary>An event as the store takes it.</summary>
    /// <param name="happened">The event.</param>
    /// <param name="occurredAt">When it happened.</param>
    /// <param name="actor">Who did it.</param>
    /// <param name="origin">Which request it belongs to.</param>
    public static NewEvent ToNew(object happened, DateTimeOffset occurredAt, Actor actor, EventOrigin origin)
    {
        var type = happened.GetType();
        var name = EventTypes.NameOf(type);
        var headers = new EventHeaders(occurredAt, actor, origin.Channel, origin.OnBehalfOf, origin.Historical ? true : null, origin.Deadline);
        return new NewEvent(Guid.CreateVersion7(), name.Alias, name.DotNetType, JsonSerializer.Serialize(happened, type, Json),
            JsonSerializer.Serialize(headers, Json), origin.CorrelationId, origin.CausationId, $"{NameOf(actor.Kind)}:{actor.Id}");
    }

    /// <summary>A stored event's data; null for a name that is not ours.</summary>
    public static object? Data(StoredEvent stored) =>
        EventTypes.Find(stored.Type) is { } type ? JsonSerializer.Deserialize(stored.Data, type, Json) : null;

    /// <summary>A stored event's headers; where there are none (Marten's own rows), what the columns tell.</summary>
    public static EventHeaders Headers(StoredEvent stored) =>
        (stored.Headers is null ? null : JsonSerializer.Deserialize<EventHeaders>(stored.Headers, Json))
        ?? new EventHeaders(stored.RecordedAt, new Actor(ActorKind.System, "unknown"));

    /// <summary>A ticket's stored events folded, from a state on.</summary>
    public static Ticket Fold(this Ticket ticket, IEnumerable<StoredEvent> events)
    {
        foreach (var (stored, happened, headers) in TicketEvents(events))
        {
            ticket = ticket.Evolve(happened, new EventMeta(stored.Version, headers.OccurredAt, stored.RecordedAt, headers.Actor));
            if (ticket.Id == Guid.Empty) ticket = ticket with { Id = stored.StreamId };
        }
        return ticket;
    }

    /// <summary>A ticket's stored events as a simulation takes them.</summary>
    public static IReadOnlyList<RecordedEvent> Recorded(IEnumerable<StoredEvent> events) => [.. TicketEvents(events).Select(e =>
        new RecordedEvent(e.Happened, new EventMeta(e.Stored.Version, e.Headers.OccurredAt, e.Stored.RecordedAt, e.Headers.Actor), e.Headers.Historical == true))];

    private static IEnumerable<(StoredEvent Stored, ITicketEvent Happened, EventHeaders Headers)> TicketEvents(IEnumerable<StoredEvent> events)
    {
        // What one act brings about has one set of headers, word for word: it is read once.
        (string? text, EventHeaders? headers) = (null, null);
        foreach (var stored in events)
        {
            if (Data(stored) is not ITicketEvent happened) continue;
            if (headers is null || stored.Headers is null || stored.Headers != text) (text, headers) = (stored.Headers, Headers(stored));
            yield return (stored, happened, headers);
        }
    }

    private static string NameOf(ActorKind kind) => kind switch
    {
        ActorKind.Channel => "channel",
        ActorKind.Staff => "staff",
        ActorKind.Clock => "clock",
        _ => "system",
    };
}

/// <summary>The headers of a stored event.</summary>
/// <param name="OccurredAt">When it happened; never before its predecessor in the stream.</param>
/// <param name="Actor">Who did it.</param>
/// <param name="Channel">Through which channel, when through one.</param>
/// <param name="OnBehalfOf">For whom the actor acted: the person whom an imported log names.</param>
/// <param name="Historical">True where an import of the past wrote it.</param>
/// <param name="Deadline">The milestone and cycle whose time brought it about, itself or through other events: <c>resolution/1</c>; null: none did.</param>
public sealed record EventHeaders(DateTimeOffset OccurredAt, Actor Actor, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Channel = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? OnBehalfOf = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] bool? Historical = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Deadline = null);

/// <summary>Which request an event belongs to.</summary>
/// <param name="CorrelationId">The request's trace.</param>
/// <param name="CausationId">What caused it.</param>
/// <param name="Channel">Through which channel.</param>
/// <param name="OnBehalfOf">For whom.</param>
/// <param name="Historical">An import of the past.</param>
/// <param name="Deadline">The milestone and cycle whose time brought it about.</param>
public sealed record EventOrigin(
    string? CorrelationId, string? CausationId = null, string? Channel = null, string? OnBehalfOf = null, bool Historical = false, string? Deadline = null);
