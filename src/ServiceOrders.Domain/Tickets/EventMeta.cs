namespace ServiceOrders.Domain.Tickets;

/// <summary>What stands in an event's headers and columns beside its data.</summary>
/// <param name="Version">The event's place in its stream, from 1.</param>
/// <param name="OccurredAt">When it happened; never before its predecessor in the stream.</param>
/// <param name="RecordedAt">When it was stored.</param>
/// <param name="Actor">Who did it.</param>
public readonly record struct EventMeta(long Version, DateTimeOffset OccurredAt, DateTimeOffset RecordedAt, Actor Actor);

/// <summary>An event that a decision produced, not yet stored.</summary>
/// <param name="Event">What happened.</param>
/// <param name="OccurredAt">When it happened.</param>
/// <param name="Actor">Who did it.</param>
/// <param name="Cause">Which of the decision's events, from 0, it is a reaction to; null: the act, the deadline or the change of rules itself brought it about.</param>
public readonly record struct Happened(ITicketEvent Event, DateTimeOffset OccurredAt, Actor Actor, int? Cause = null);
