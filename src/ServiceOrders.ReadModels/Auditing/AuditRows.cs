using System.Text.Json;
using ServiceOrders.Domain.Auditing;
using ServiceOrders.Domain.Calendars;
using ServiceOrders.Domain.Channels;
using ServiceOrders.Domain.Policies;
using ServiceOrders.Domain.Staff;
using ServiceOrders.Domain.Teams;
using ServiceOrders.Domain.Tickets;
using ServiceOrders.EventStore;
using ServiceOrders.ReadModels.Events;

namespace ServiceOrders.ReadModels.Auditing;

/// <summary>An event in the index.</summary>
/// <param name="Event">The event.</param>
/// <param name="Channel">Through which channel it came.</param>
/// <param name="Customer">Its ticket's customer.</param>
internal sealed record AuditEventRow(StoredEvent Event, string? Channel, Guid? Customer)
{
    /// <summary>Who did it, as <c>staff:li-wei</c>; Marten's own rows name nobody.</summary>
    public string Actor => Event.UserName ?? "system:unknown";
}

/// <summary>A stream in the index.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Kind">Its type: <c>ticket</c>, <c>policy</c>.</param>
/// <param name="Name">What people call it; null where nobody calls it anything.</param>
/// <param name="Customer">A ticket's customer.</param>
internal sealed record AuditStreamRow(Guid Id, string Kind, string? Name, Guid? Customer)
{
    /// <summary>The stream that a first event begins.</summary>
    public static AuditStreamRow Of(StoredEvent first, string kind) => EventSerializer.Data(first) switch
    {
        TicketOpened e => new(first.StreamId, kind, e.Number, e.CustomerId),
        ChannelRegistered e => new(first.StreamId, kind, e.Name, null),
        StaffRegistered e => new(first.StreamId, kind, e.Name, null),
        PolicyDrafted e => new(first.StreamId, kind, e.Name, null),
        CalendarPublished e => new(first.StreamId, kind, e.Name, null),
        TeamSaved e => new(first.StreamId, kind, e.Name, null),
        SampleSeedFixed e => new(first.StreamId, kind, e.Month, null),
        _ => new(first.StreamId, kind, null, null),
    };
}

/// <summary>That a ticket went under a serial number.</summary>
/// <param name="SerialNumber">The number.</param>
/// <param name="StreamId">The ticket.</param>
internal sealed record AuditEquipmentRow(string SerialNumber, Guid StreamId)
{
    /// <summary>The serial number that an event tells; null: none.</summary>
    public static AuditEquipmentRow? Of(StoredEvent stored) => stored.Type is not ("ticket_opened" or "information_supplied") ? null
        : (EventSerializer.Data(stored) switch { TicketOpened e => e.Product, InformationSupplied e => e.Product, _ => null })?.SerialNumber is { } serial ? new(serial, stored.StreamId) : null;
}

/// <summary>Streams that were deleted with all their events, as an event of type <c>records_deleted</c> tells it.</summary>
internal static class DeletedStreams
{
    private const string Type = "records_deleted";

    /// <summary>The streams and positions that the events say are gone.</summary>
    public static (Guid[] Streams, long[] Positions) Of(IEnumerable<StoredEvent> events)
    {
        var (streams, positions) = (new List<Guid>(), new List<long>());
        foreach (var told in events.Where(e => e.Type == Type))
        {
            using var data = JsonDocument.Parse(told.Data);
            foreach (var stream in data.RootElement.GetProperty("streams").EnumerateArray())
            {
                streams.Add(stream.GetProperty("streamId").GetGuid());
                positions.AddRange(stream.GetProperty("positions").EnumerateArray().Select(p => p.GetInt64()));
            }
        }
        return ([.. streams], [.. positions]);
    }
}
