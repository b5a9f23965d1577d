using ServiceOrders.Domain.Tickets.Acts;

namespace ServiceOrders.Domain.Tickets.Importing;

/// <summary>
/// Brings a ticket of the past in: every act goes through <see cref="TicketHandler"/> as it would have then, so its deadlines are computed as of then, and at the end
/// whatever fell due until now is settled. Warnings and breaches are marked historical and set nothing off.
/// </summary>
public static class TicketImport
{
    /// <summary>Acts that one history may have.</summary>
    public const int MostActs = 500;
    /// <summary>Events that one history may come to: what one append takes.</summary>
    public const int MostEvents = 1_000;

    /// <summary>All events of a history, or the first thing that is wrong with it. One act that is refused refuses the whole: half a history would be a false one.</summary>
    /// <param name="history">What the log tells.</param>
    /// <param name="context">The time, who imports, policies and calendars, and what an opening needs.</param>
    public static ImportOutcome Decide(ImportedHistory history, ActContext context)
    {
        if (history.Acts.Count > MostActs) return Rejected(new ImportFault(null, null, null, [new FieldError("acts", $"must be at most {MostActs}")]));
        context = context with { Historical = true };
        var ticket = Ticket.Unopened;
        var events = new List<ImportedEvent>();
        var step = 0;
        foreach (var past in history.Acts.Prepend(history.Opening))
        {
            if (Wrong(past) is { Count: > 0 } errors) return Rejected(new ImportFault(step, past.Entry.Name, null, errors));
            var outcome = TicketHandler.Handle(ticket, past.Act, past.Entry.Decide, context);
            if (outcome.Refusal is { } refusal) return Rejected(new ImportFault(step, past.Entry.Name, refusal, []));
            var before = events.Count;
            events.AddRange(outcome.Events.Select(e => new ImportedEvent(e with { Cause = e.Cause + before }, e.Actor.Kind == ActorKind.Clock ? null : past.By, past.Entry.Callers.HasFlag(Callers.Channel))));
            ticket = outcome.Ticket;
            step++;
        }
        var settled = TicketHandler.Settle(ticket, context);
        var acted = events.Count;
        events.AddRange(settled.Events.Select(e => new ImportedEvent(e with { Cause = e.Cause + acted }, null)));
        return events.Count <= MostEvents ? new ImportOutcome(events, settled.Ticket, null) : Rejected(TooLong(events.Count));
    }

    private static List<FieldError> Wrong(PastAct past)
    {
        var errors = new List<FieldError>(past.Entry.Validate(past.Act, true));
        if (past.Act.OccurredAt is not { } at) errors.Add(FieldError.Missing("occurredAt"));
        else if (at < TicketHandler.Earliest) errors.Add(new FieldError("occurredAt", "must not be before 1970"));
        errors.AddRange(Check.OfName("by", past.By));
        return errors;
    }

    private static ImportOutcome Rejected(ImportFault fault) => new([], Ticket.Unopened, fault);

    private static ImportFault TooLong(int events) =>
        new(null, null, Refusal.Rule("too-many-events", $"The history comes to {events} events; at most {MostEvents} can be imported as one ticket."), []);
}
