using ServiceOrders.Domain.Deadlines;
using ServiceOrders.Domain.Intake;
using ServiceOrders.Domain.Tickets;
using ServiceOrders.Domain.Tickets.Acts;
using ServiceOrders.Domain.Tickets.Importing;

namespace ServiceOrders.Domain.Simulations;

/// <summary>An act that is supposed.</summary>
/// <param name="Entry">Which act it is.</param>
/// <param name="Act">What is done, with the time at which it happens.</param>
public sealed record SupposedAct(ActEntry Entry, TicketAct Act);

/// <summary>What a sequence came to: the ticket as it would stand; or what is wrong with it.</summary>
/// <param name="Ticket">The ticket after all acts, settled.</param>
/// <param name="Fault">The first act that cannot be, and why.</param>
public sealed record SupposedOutcome(Ticket Ticket, ActFault? Fault);

/// <summary>Why an act cannot be: fields at fault, or the rule that refuses.</summary>
/// <param name="Index">Its place in the sequence, from 0.</param>
/// <param name="Refusal">The rule that refuses.</param>
/// <param name="Errors">The fields at fault; empty when a rule refuses.</param>
public sealed record ActFault(int Index, Refusal? Refusal, IReadOnlyList<FieldError> Errors);

/// <summary>
/// Supposes a ticket: a sequence of acts, the opening first, each at its time, in the past or still to come. The service decides each as it decides a real one at that moment, and its
/// clock comes by in between: deadlines warn, breach and escalate. Once there are <see cref="TicketHandler.MostEvents"/> events, the next act is refused. Texts and the contact may be missing; nothing is sealed, drawn or kept.
/// </summary>
public static class ActSimulation
{
    private static readonly Actor Someone = new(ActorKind.Staff, "simulation");

    /// <summary>The ticket as it would stand.</summary>
    /// <param name="acts">What happens, in order of time; at most <see cref="TicketImport.MostActs"/>, which is the caller's to see to.</param>
    /// <param name="rules">Policies and calendars, with what is tried out.</param>
    /// <param name="classifier">Classifies what the opening leaves open.</param>
    /// <param name="channelMedium">The medium of a request that names none.</param>
    /// <param name="until">Until when the clock runs on; no act may be later.</param>
    /// <param name="cancellation">Stops it before the next act.</param>
    public static SupposedOutcome Run(IReadOnlyList<SupposedAct> acts, Rulebook rules, Classifier classifier, Medium channelMedium, DateTimeOffset until, CancellationToken cancellation = default)
    {
        var ticket = Ticket.Unopened;
        for (var i = 0; i < acts.Count; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            var (entry, act) = acts[i];
            if (Wrong(entry, act, ticket, until) is { Count: > 0 } errors) return Impossible(new ActFault(i, null, errors));
            var context = new ActContext
            {
                Now = act.OccurredAt!.Value.ToUniversalTime(), Actor = Someone, Rules = rules, Seal = _ => "", Simulated = true,
                Opening = act is OpenTicket opening ? new Opening("", Guid.Empty, opening.Channel ?? "", channelMedium, classifier) : null,
            };
            var outcome = TicketHandler.Handle(ticket, act, entry.Decide, context);
            if (outcome.Refusal is { } refusal) return Impossible(new ActFault(i, refusal, []));
            ticket = outcome.Ticket;
        }
        var settled = TicketHandler.Settle(ticket, new ActContext { Now = until, Actor = Actor.Clock, Rules = rules, Seal = _ => "", Simulated = true });
        return new SupposedOutcome(settled.Ticket, null);
    }

    private static List<FieldError> Wrong(ActEntry entry, TicketAct act, Ticket ticket, DateTimeOffset until)
    {
        var errors = new List<FieldError>(entry.Validate(act, true));
        if (act.OccurredAt is not { } at) errors.Add(FieldError.Missing("occurredAt"));
        else if (at < TicketHandler.Earliest) errors.Add(new FieldError("occurredAt", "must not be before 1970"));
        else if (at > until) errors.Add(new FieldError("occurredAt", "must not be after until"));
        else if (ticket.IsOpened && at < ticket.LastOccurredAt) errors.Add(new FieldError("occurredAt", "must not be before the act that precedes it"));
        return errors;
    }

    private static SupposedOutcome Impossible(ActFault fault) => new(Ticket.Unopened, fault);
}
