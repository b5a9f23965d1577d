using ServiceOrders.Domain.Tickets;

namespace ServiceOrders.Domain.Deadlines;

/// <summary>
/// Settles what fell due: the same for an act, the due worker, the import and a simulation, so that the outcome never depends on who came first.
/// </summary>
internal static class Settling
{
    /// <summary>More steps than any policy can cause on one ticket; a guard against a rule that feeds itself.</summary>
    private const int MostSteps = 10_000;

    /// <summary>Warnings and breaches strictly before <paramref name="until"/>, with their consequences, in order of their true times.</summary>
    public static void Settle(Unfolding unfolding, DateTimeOffset until)
    {
        // Each comes of its own due time, whatever was just being reacted to.
        using var _ = unfolding.BecauseOf(null);
        for (var step = 0; Next(unfolding.Ticket, until) is { } cycle; step++)
        {
            if (step == MostSteps) throw new InvalidOperationException("Settling does not come to an end.");
            var due = cycle.NextDue!.Value;
            // A retarget into the past finds the stream already further on: order in the stream holds, the true time stands in the event.
            var at = due > unfolding.Ticket.LastOccurredAt ? due : unfolding.Ticket.LastOccurredAt;
            if (due < cycle.DueAt) Warn(unfolding, cycle, due, at);
            else Breach(unfolding, cycle, at);
        }
    }

    private static MilestoneCycle? Next(Ticket ticket, DateTimeOffset until)
    {
        MilestoneCycle? first = null;
        foreach (var cycle in ticket.Milestones)
        {
            if (cycle.NextDue is { } due && due < until && (first is null || due < first.NextDue)) first = cycle;
        }
        return first;
    }

    private static void Warn(Unfolding unfolding, MilestoneCycle cycle, DateTimeOffset due, DateTimeOffset at)
    {
        var warning = cycle.Warnings.First(w => w.WarnedAt is null && w.At == due);
        unfolding.Emit(new MilestoneWarned(cycle.Name, cycle.Cycle, warning.Percent, due, cycle.DueAt, unfolding.Context.Historical), at, Actor.Clock);
    }

    private static void Breach(Unfolding unfolding, MilestoneCycle cycle, DateTimeOffset at)
    {
        var context = unfolding.Context;
        var breach = new MilestoneBreached(cycle.Name, cycle.Cycle, cycle.DueAt, context.Now, context.Historical);
        var place = unfolding.Events.Count;
        Emit(unfolding, breach, at);
        if (context.Historical) return;
        using var _ = unfolding.BecauseOf(place);
        foreach (var action in Clocks.RuleOf(unfolding, cycle).OnBreach)
        {
            if (Consequences.Of(action, cycle, unfolding.Ticket, context.Rules) is { } consequence) Emit(unfolding, consequence, at);
        }
    }

    private static void Emit(Unfolding unfolding, ITicketEvent happened, DateTimeOffset at)
    {
        var before = unfolding.Ticket;
        unfolding.Emit(happened, at, Actor.Clock);
        Clocks.React(unfolding, before, happened, at, Actor.Clock);
    }
}
