using ServiceOrders.Domain.Policies;
using ServiceOrders.Domain.Tickets;

namespace ServiceOrders.Domain.Deadlines;

/// <summary>What a breach sets off, as the policy says (row D5).</summary>
internal static class Consequences
{
    /// <summary>The event of an action; null where there is nothing left to do: the level is reached, the ticket is in those hands.</summary>
    public static ITicketEvent? Of(BreachAction action, MilestoneCycle breached, Ticket ticket, Rulebook rules) => action switch
    {
        { Escalate: > 0 and var level } => Escalated(level, breached, ticket, rules),
        { EscalateBy: > 0 and var levels } => Escalated(Math.Min(ticket.EscalationLevel + levels, PolicyValidation.MaxLevel), breached, ticket, rules),
        { Notify: { } audience } => new PartyNotified(audience, Recipient(audience, ticket, rules), breached.Name, breached.Cycle),
        { Reassign: { } to } => (to.Team ?? ticket.Team, to.Assignee) is var hands && hands != (ticket.Team, ticket.Assignee) ? new TicketAssigned(hands.Item1, hands.Assignee, null) : null,
        { Annotate: { } text } => new BreachAnnotated(breached.Name, breached.Cycle, text, null),
        _ => null,
    };

    private static TicketEscalated? Escalated(int level, MilestoneCycle breached, Ticket ticket, Rulebook rules) => level > ticket.EscalationLevel
        ? new TicketEscalated(level, Automatic: true, $"{Triggers.Breached}:{breached.Name}", rules.Supervisor(ticket.Team, level), SealedReason: null)
        : null;

    private static string? Recipient(NoticeAudience audience, Ticket ticket, Rulebook rules) => audience switch
    {
        NoticeAudience.Assignee => ticket.Assignee,
        NoticeAudience.Team => ticket.Team,
        NoticeAudience.Supervisor => rules.Supervisor(ticket.Team, Math.Max(1, ticket.EscalationLevel)) ?? ticket.EscalatedTo,
        _ => null,
    };
}
