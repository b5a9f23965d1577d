namespace ServiceOrders.Domain.Tickets.Acts;

/// <summary>预约上门: a visit is agreed with the customer (row H7). Doing it again before the visit has taken place agrees another time; after it, another visit.</summary>
public sealed record ScheduleVisit : ReasonedAct
{
    /// <summary>The time agreed; where a window was, its start. It has to lie ahead.</summary>
    public DateTimeOffset? At { get; init; }
    /// <summary>The end of the window agreed: the technician is to be there by then. Null: there is no window, <see cref="At"/> is the time.</summary>
    public DateTimeOffset? Until { get; init; }
    /// <summary>Who is to come, by the name in the staff list; null: not yet known.</summary>
    public string? Technician { get; init; }

    internal static void Validate(ScheduleVisit act, Check check)
    {
        check.Required("at", act.At).Ahead("at", act.At).Ahead("until", act.Until).Name("technician", act.Technician);
        if (act.Until <= act.At) check.Wrong("until", "must be after at");
    }

    /// <summary>
    /// <see cref="VisitScheduled"/> while work goes on, on hold as well. Clocks for the time agreed are due at the end of the window, or at the time itself. Refused:
    /// <c>expected-in-the-past</c>; while the technician is at the customer's, <c>visit-in-progress</c>.
    /// </summary>
    public static Decision Decide(Ticket ticket, ScheduleVisit act, ActContext context)
    {
        if (ticket.WorkIsOver() is { } over) return over;
        if (ticket.Visit is { ArrivedAt: not null, CompletedAt: null }) return Refusal.State("visit-in-progress", "The technician is at the customer's; complete the visit before the next is agreed.");
        if (act.At <= context.At) return Refusal.Rule("expected-in-the-past", "A visit is agreed for a time that lies ahead.", "at");
        return Decision.Happens(new VisitScheduled(act.At!.Value.ToUniversalTime(), act.Until?.ToUniversalTime(), act.Technician.Kept(), context.SealOptional(act.Reason)));
    }
}
