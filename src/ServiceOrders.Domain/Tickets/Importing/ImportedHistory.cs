using ServiceOrders.Domain.Tickets.Acts;

namespace ServiceOrders.Domain.Tickets.Importing;

/// <summary>A ticket of another service desk, as its log tells it: one line of an import.</summary>
/// <param name="Opening">How it began: <see cref="OpenTicket"/>.</param>
/// <param name="Acts">What happened to it since, in the log's order.</param>
public sealed record ImportedHistory(PastAct Opening, IReadOnlyList<PastAct> Acts);

/// <summary>Something that somebody did in the past.</summary>
/// <param name="Entry">Which act it is.</param>
/// <param name="Act">What was done, with the time at which it happened.</param>
/// <param name="By">Whom the log names for it, at most 200 characters; null: nobody. The actor of its events is whoever imports; this name stands beside.</param>
public sealed record PastAct(ActEntry Entry, TicketAct Act, string? By);

/// <summary>An event that an import produced, not yet stored.</summary>
/// <param name="Happened">What happened.</param>
/// <param name="By">Whom the log names for it; null for the clock's own events.</param>
/// <param name="ByCustomers">Whether customers do such acts too, so that the name may be a customer's.</param>
public readonly record struct ImportedEvent(Happened Happened, string? By, bool ByCustomers = false);

/// <summary>What a history came to: all of its events and the ticket after them; or what is wrong with it, and nothing.</summary>
/// <param name="Events">In order; deadlines that fell due on the way stand where they belong.</param>
/// <param name="Ticket">The ticket as it stands now.</param>
/// <param name="Fault">Why it cannot be imported.</param>
public sealed record ImportOutcome(IReadOnlyList<ImportedEvent> Events, Ticket Ticket, ImportFault? Fault);

/// <summary>Why a history cannot be imported: fields at fault, or the rule that refuses.</summary>
/// <param name="Step">0: the opening; n: the n-th act; null: the whole.</param>
/// <param name="Act">The act's name.</param>
/// <param name="Refusal">The rule that refuses.</param>
/// <param name="Errors">The fields at fault; empty when a rule refuses.</param>
public sealed record ImportFault(int? Step, string? Act, Refusal? Refusal, IReadOnlyList<FieldError> Errors);
