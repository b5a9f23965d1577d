using ServiceOrders.Domain.Tickets;

namespace ServiceOrders.Domain.Retention;

/// <summary>
/// A record of what retention did (row A3), in the streams of type <c>retention</c>, one for each run: what, when and by which rule. It is appended in the transaction that does it, enters the audit
/// log with every other event, and is signed with the next checkpoint.
/// </summary>
public interface IRetentionEvent;

/// <summary>Tickets were archived: taken off the lists, closed to acts, and kept.</summary>
/// <param name="Rule">The rule's name.</param>
/// <param name="RuleVersion">The version of the set of rules that it stood in.</param>
/// <param name="ArchivedAt">When.</param>
/// <param name="Streams">Which.</param>
public sealed record RecordsArchived(string Rule, int RuleVersion, DateTimeOffset ArchivedAt, IReadOnlyList<ArchivedTicket> Streams) : IRetentionEvent;

/// <summary>Tickets were deleted with their whole streams. Whoever verifies the log finds each missing position here, and nowhere else.</summary>
/// <param name="Rule">The rule's name.</param>
/// <param name="RuleVersion">The version of the set of rules that it stood in.</param>
/// <param name="DeletedAt">When.</param>
/// <param name="Streams">Which.</param>
public sealed record RecordsDeleted(string Rule, int RuleVersion, DateTimeOffset DeletedAt, IReadOnlyList<DeletedTicket> Streams) : IRetentionEvent;

/// <summary>A ticket that was archived.</summary>
/// <param name="StreamId">Its id.</param>
/// <param name="Number">Its service number.</param>
/// <param name="Kind">Its kind.</param>
/// <param name="ClosedAt">When it was closed or cancelled.</param>
/// <param name="Events">How many events it has.</param>
public sealed record ArchivedTicket(Guid StreamId, string Number, TicketKind Kind, DateTimeOffset ClosedAt, int Events);

/// <summary>A ticket that was deleted. Nothing personal is left of it; the hashes of its events stay in the audit log.</summary>
/// <param name="StreamId">Its id.</param>
/// <param name="Number">Its service number, which no other ticket ever gets.</param>
/// <param name="Kind">Its kind.</param>
/// <param name="ClosedAt">When it was closed or cancelled.</param>
/// <param name="Events">How many events it had.</param>
/// <param name="Positions">Their places in the order of everything.</param>
public sealed record DeletedTicket(Guid StreamId, string Number, TicketKind Kind, DateTimeOffset ClosedAt, int Events, IReadOnlyList<long> Positions);
