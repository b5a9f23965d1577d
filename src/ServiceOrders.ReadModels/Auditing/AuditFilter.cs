using ServiceOrders.EventStore;

namespace ServiceOrders.ReadModels.Auditing;

/// <summary>Which events an auditor asks for. What is empty or null asks for nothing; several values of one kind match any of them; different kinds must all match.</summary>
public sealed record AuditFilter
{
    /// <summary>Stored names of events.</summary>
    public IReadOnlyList<string> Types { get; init; } = [];
    /// <summary>Who did it: <c>staff:li-wei</c>.</summary>
    public IReadOnlyList<string> Actors { get; init; } = [];
    /// <summary>Through which channels it came.</summary>
    public IReadOnlyList<string> Channels { get; init; } = [];
    /// <summary>Of this customer's tickets.</summary>
    public Guid? Customer { get; init; }
    /// <summary>Of tickets that ever went under this serial number, also what happened before they did.</summary>
    public string? SerialNumber { get; init; }
    /// <summary>Of this stream: a ticket.</summary>
    public Guid? Stream { get; init; }
    /// <summary>Recorded at this instant or later.</summary>
    public DateTimeOffset? From { get; init; }
    /// <summary>Recorded before this instant.</summary>
    public DateTimeOffset? To { get; init; }
}

/// <summary>What of a filter's words the index has.</summary>
/// <param name="Actors">The actors of whom there are events.</param>
/// <param name="Channels">The channels of which there are events.</param>
/// <param name="SerialNumber">Whether a ticket ever went under the serial number.</param>
public sealed record KnownWords(IReadOnlyList<string> Actors, IReadOnlyList<string> Channels, bool SerialNumber);

/// <summary>An event that was found.</summary>
/// <param name="Event">The event as stored.</param>
/// <param name="StreamType">Its stream's type; empty where Marten gave it none.</param>
/// <param name="StreamName">What people call its stream: a service number, a policy's name; null: nothing.</param>
public sealed record AuditedEvent(StoredEvent Event, string StreamType, string? StreamName);

/// <summary>Events that were found, in the order of their positions.</summary>
/// <param name="Events">The events.</param>
/// <param name="Passed">Up to where all were looked at; null: up to the end of the index, or of the stretch that was asked for.</param>
/// <param name="IndexedTo">Up to where the index is.</param>
/// <param name="Missing">
/// How many more match that the index knows and the store has no longer: deleted for their age a moment ago, or removed behind the service, which a verification tells apart. A search by
/// stream or by the serial number of not very many tickets reads the streams themselves and knows of none.
/// </param>
public sealed record AuditPage(IReadOnlyList<AuditedEvent> Events, long? Passed, long IndexedTo, long Missing = 0);
