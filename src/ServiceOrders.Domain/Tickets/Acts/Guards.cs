namespace ServiceOrders.Domain.Tickets.Acts;

/// <summary>The refusals and events that several acts share. Which act is refused when: the table in the README beside.</summary>
internal static class Guards
{
    /// <summary>Why nobody works on the ticket any more; null while work goes on.</summary>
    public static Refusal? WorkIsOver(this Ticket ticket) => ticket.Status switch
    {
        TicketStatus.Resolved => Refusal.State("ticket-resolved", "The ticket is resolved; for this it has to be reopened."),
        TicketStatus.Confirmed => Refusal.State("ticket-confirmed", "The customer has confirmed the resolution; for this the ticket has to be reopened."),
        _ => ticket.HasEnded(),
    };

    /// <summary>Why the ticket takes no more part in the conversation; null while it does.</summary>
    public static Refusal? HasEnded(this Ticket ticket) => ticket.Status switch
    {
        TicketStatus.Closed => Refusal.State("ticket-closed", "The ticket is closed; for this it has to be reopened."),
        TicketStatus.Cancelled => Refusal.State("ticket-cancelled", "The ticket was cancelled; a new one has to be opened."),
        _ => null,
    };

    /// <summary>Why there is no resolution to speak of; null when there is one, on a closed ticket as well.</summary>
    public static Refusal? IsNotResolved(this Ticket ticket) => ticket.Status switch
    {
        TicketStatus.Resolved or TicketStatus.Confirmed or TicketStatus.Closed => null,
        TicketStatus.Cancelled => ticket.HasEnded(),
        _ => Refusal.State("not-resolved", "The ticket is not resolved."),
    };

    /// <summary>Nobody can be told anything: contact details that are missing or reach nobody. An imported log is taken as it is, and a simulation tells nobody.</summary>
    public static Refusal? CannotBeReached(this ActContext context, Contact? contact, Medium cameBy) => context.Historical || context.Simulated || contact?.Reaches(cameBy) == true
        ? null
        : Refusal.Rule("unreachable", "There has to be a way to reach the customer: a telephone number, an e-mail address, or the conversation that the request came by.", "contact");

    /// <summary>Whatever the customer answers, it ends the wait for the customer.</summary>
    public static ITicketEvent[] Answered(this Ticket ticket, ITicketEvent answer) =>
        ticket.Hold is { Reason: HoldReason.AwaitingCustomer } ? [answer, new TicketResumed(null)] : [answer];

    /// <summary>A reason for which the act's own event has no place (why it is reported late) is kept as a note after it.</summary>
    public static Decision Happens(this ActContext context, ReasonedAct act, params ITicketEvent[] events) =>
        context.SealOptional(act.Reason) is { } reason ? new Decision([.. events, new NoteAdded(reason)], null) : new Decision(events, null);

    /// <summary>Seals the text that an act is about; empty only where an imported log has none.</summary>
    public static string SealText(this ActContext context, string? text) => context.Seal(text ?? "");
}
