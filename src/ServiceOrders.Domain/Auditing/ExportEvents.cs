namespace ServiceOrders.Domain.Auditing;

/// <summary>Something that happened to an export of events. Types of the base class library only, as for tickets.</summary>
public interface IExportEvent;

/// <summary>An export began: stored before its first line goes out, so that no export goes unlogged. Who asked stands in the headers.</summary>
/// <param name="Format"><c>ndjson</c> or <c>csv</c>.</param>
/// <param name="Filter">What was asked for.</param>
/// <param name="UpTo">The last position that it covers.</param>
public sealed record AuditExportStarted(string Format, ExportFilter Filter, long UpTo) : IExportEvent;

/// <summary>An export ended.</summary>
/// <param name="Count">How many events went out.</param>
/// <param name="LastPosition">The position of the last; null: none did.</param>
/// <param name="Complete">Whether all did; false: the caller went away or the service stopped.</param>
/// <param name="Missing">How many more were in the index and no longer in the store.</param>
public sealed record AuditExported(long Count, long? LastPosition, bool Complete, long Missing = 0) : IExportEvent;

/// <summary>
/// The filters of an export; empty and null: none. As they were given, but that <c>[unknown]</c> stands for actors, channels and serial numbers that the service did not know, and so found nothing by: what
/// somebody types may be a customer's name.
/// </summary>
/// <param name="Actors">Who did it.</param>
/// <param name="Channels">Through which channels.</param>
/// <param name="Types">Stored names of events.</param>
/// <param name="From">Recorded at this instant or later.</param>
/// <param name="To">Recorded before this instant.</param>
/// <param name="Customer">Of this customer's tickets.</param>
/// <param name="Equipment">Of tickets that went under this serial number.</param>
/// <param name="Ticket">Of this ticket.</param>
public sealed record ExportFilter(
    IReadOnlyList<string> Actors, IReadOnlyList<string> Channels, IReadOnlyList<string> Types, DateTimeOffset? From, DateTimeOffset? To, Guid? Customer, string? Equipment, Guid? Ticket);
