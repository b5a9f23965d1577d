using ServiceOrders.Domain.Deadlines;

namespace ServiceOrders.Domain.Tickets;

/// <summary>What an act came to: the events to append, in order, and the ticket after them; or the refusal, and nothing.</summary>
/// <param name="Events">Settled deadlines first, then the act, then what it did to the clocks.</param>
/// <param name="Ticket">The ticket after them.</param>
/// <param name="Refusal">Why not.</param>
public sealed record Outcome(IReadOnlyList<Happened> Events, Ticket Ticket, Refusal? Refusal);

/// <summary>The one way by which anything happens to a ticket: requests, due rows, changes of rules, imports and simulations all come through here.</summary>
public static class TicketHandler
{
    /// <summary>How old an act may be without a reason.</summary>
    public static readonly TimeSpan LateAfter = TimeSpan.FromMinutes(5);
    /// <summary>Nothing that is told of a ticket happened before: whatever says so is a mistake, such as a time that was never filled in. Nor could a promise be counted from there.</summary>
    public static readonly DateTimeOffset Earliest = DateTimeOffset.UnixEpoch;
    /// <summary>Events in a ticket beyond which a channel can add none, and nobody to one that is only supposed.</summary>
    public const int MostEvents = 5_000;

    /// <summary>Settles what fell due before the act, decides the act, and lets the clocks react.</summary>
    /// <param name="ticket">The ticket as it stands.</param>
    /// <param name="act">What is asked for.</param>
    /// <param name="decide">The act's decision.</param>
    /// <param name="context">The time, policies, calendars, who.</param>
    public static Outcome Handle(Ticket ticket, TicketAct act, Func<Ticket, TicketAct, ActContext, Decision> decide, ActContext context)
    {
        var reported = Truncate(act.OccurredAt ?? context.Now);
        if ((RefuseTime(act, reported, context) ?? RefuseLength(ticket, context)) is { } refused) return new Outcome([], ticket, refused);
        // Nothing happens before what is already known to have happened: an act reported late takes effect after it.
        var at = ticket.IsOpened && reported < ticket.LastOccurredAt ? ticket.LastOccurredAt : reported;
        var unfolding = new Unfolding(ticket, context with { At = at, ReportedAt = reported });
        Settling.Settle(unfolding, at);
        var decision = decide(unfolding.Ticket, act, unfolding.Context);
        if (decision.Refusal is { } refusal) return new Outcome([], ticket, refusal);
        foreach (var happened in decision.Events) Happen(unfolding, happened);
        // Nobody could be told anything any more.
        if (ticket.IsErased && ticket.IsEnded && !unfolding.Ticket.IsEnded) return new Outcome([], ticket, Refusal.State("subject-erased", "The customer's personal data was erased: the ticket stays as it is."));
        return new Outcome(unfolding.Events, unfolding.Ticket, null);
    }

    /// <summary>Settles whatever fell due strictly before <see cref="ActContext.Now"/>: warnings, breaches, their consequences, in order of their due times.</summary>
    public static Outcome Settle(Ticket ticket, ActContext context)
    {
        var unfolding = new Unfolding(ticket, context with { At = context.Now, ReportedAt = context.Now });
        Settling.Settle(unfolding, context.Now);
        return new Outcome(unfolding.Events, unfolding.Ticket, null);
    }

    /// <summary>Tells a ticket that its data subject's key was destroyed. Settles first what fell due before. No events: it was told already.</summary>
    /// <param name="ticket">The ticket as it stands.</param>
    /// <param name="context">The time, policies, calendars, who.</param>
    public static Outcome Erase(Ticket ticket, ActContext context)
    {
        // One that is not there was deleted when its time had come: there is nothing left to tell it.
        if (ticket.IsErased || !ticket.IsOpened) return new Outcome([], ticket, null);
        var at = context.Now < ticket.LastOccurredAt ? ticket.LastOccurredAt : context.Now;
        var unfolding = new Unfolding(ticket, context with { At = at, ReportedAt = at });
        Settling.Settle(unfolding, at);
        unfolding.Emit(new PersonalDataErased(ticket.SubjectId), at, context.Actor);
        return new Outcome(unfolding.Events, unfolding.Ticket, null);
    }

    /// <summary>
    /// Retargets the clocks of a running ticket, because the rules changed that they are counted by (row D6). Settles first what fell due before. No events: the ticket is none of those that the
    /// change concerns, or was retargeted already; so it may be asked for again and again.
    /// </summary>
    /// <param name="ticket">The ticket as it stands.</param>
    /// <param name="change">What changed.</param>
    /// <param name="context">The time, policies, calendars, who.</param>
    /// <exception cref="UnknownRuleException">The rules do not know the change yet.</exception>
    public static Outcome Retarget(Ticket ticket, RuleChange change, ActContext context)
    {
        if (!change.Concerns(ticket, context.Rules)) return new Outcome([], ticket, null);
        var at = context.Now < ticket.LastOccurredAt ? ticket.LastOccurredAt : context.Now;
        var unfolding = new Unfolding(ticket, context with { At = at, ReportedAt = at });
        Settling.Settle(unfolding, at);
        if (change.Concerns(unfolding.Ticket, context.Rules))
        {
            if (change.Rule == ChangedRule.Policy) Clocks.Rebind(unfolding, change, at, context.Actor);
            else Clocks.Correct(unfolding, change, at, context.Actor);
            // Past already under the new rules: breached at once, with its true due time.
            Settling.Settle(unfolding, at);
        }
        return new Outcome(unfolding.Events, unfolding.Ticket, null);
    }

    /// <summary>Lets an event of an act happen, at the time and by the one of the context, and the clocks react to it.</summary>
    internal static void Happen(Unfolding unfolding, ITicketEvent happened)
    {
        var before = unfolding.Ticket;
        var (at, actor) = (unfolding.Context.At, unfolding.Context.Actor);
        unfolding.Emit(happened, at, actor);
        Clocks.React(unfolding, before, happened, at, actor);
        // The end of a wait may bring a deadline back that had passed before it began.
        Settling.Settle(unfolding, at);
    }

    /// <summary>Every act reads the whole history: a channel cannot make it endless, nor can a simulation. Staff can still bring a real ticket to its end.</summary>
    private static Refusal? RefuseLength(Ticket ticket, ActContext context) => ticket.Version < MostEvents || (context.Actor.Kind != ActorKind.Channel && !context.Simulated) ? null
        : Refusal.State("ticket-full", $"The ticket has {MostEvents} events already; open another one.");

    private static Refusal? RefuseTime(TicketAct act, DateTimeOffset reported, ActContext context)
    {
        if (reported > context.Now) return Refusal.Rule("occurred-in-the-future", "An act cannot happen in the future.", "occurredAt");
        if (reported < Earliest) return Refusal.Rule("occurred-too-long-ago", "An act cannot have happened before 1970.", "occurredAt");
        if (context.Historical || reported >= context.Now - LateAfter) return null;
        if (context.Actor.Kind != ActorKind.Staff)
        {
            return Refusal.Rule("reported-too-late", "Only staff may report an act that is more than five minutes old.", "occurredAt");
        }
        return act.HasReason ? null : Refusal.Rule("late-report-needs-a-reason", "An act that is more than five minutes old needs a reason.", "reason");
    }

    /// <summary>PostgreSQL keeps microseconds; what is decided is what is stored.</summary>
    private static DateTimeOffset Truncate(DateTimeOffset time) => new(time.UtcTicks / 10 * 10, TimeSpan.Zero);
}
