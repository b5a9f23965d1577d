using ServiceOrders.Domain.Deadlines;
using ServiceOrders.Domain.Tickets;

namespace ServiceOrders.Domain.Simulations;

/// <summary>What became of a milestone cycle.</summary>
public enum CycleResult
{
    /// <summary>Neither yet: it runs or is paused.</summary>
    Open,
    /// <summary>Done in time.</summary>
    Met,
    /// <summary>Not done in time, whether or not it was done later.</summary>
    Missed,
    /// <summary>Ended without being met or missed.</summary>
    Cancelled,
}

/// <summary>How a milestone cycle came out.</summary>
/// <param name="Result">What became of it.</param>
/// <param name="DueAt">When it is or was due.</param>
/// <param name="Overrun">Clock time by which it was missed: until it was done, else until the ticket ended, else until the end of what is looked at; null: it was not missed.</param>
/// <param name="ToSpare">Clock time that was left when it was met; null: it was not.</param>
public sealed record CycleStanding(CycleResult Result, DateTimeOffset DueAt, TimeSpan? Overrun, TimeSpan? ToSpare)
{
    /// <summary>The standing of a cycle.</summary>
    /// <param name="cycle">The cycle.</param>
    /// <param name="ticket">Its ticket.</param>
    /// <param name="until">The end of what is looked at.</param>
    internal static CycleStanding Of(MilestoneCycle cycle, Ticket ticket, DateTimeOffset until)
    {
        if (cycle.BreachedAt is not null) return new CycleStanding(CycleResult.Missed, cycle.DueAt, cycle.Overrun ?? Budget.Overrun(cycle, ticket.EndedAt > cycle.DueAt ? ticket.EndedAt.Value : until), null);
        return cycle.State switch
        {
            MilestoneState.Met => new CycleStanding(CycleResult.Met, cycle.DueAt, null, cycle.DueAt - cycle.MetAt),
            MilestoneState.Cancelled => new CycleStanding(CycleResult.Cancelled, cycle.DueAt, null, null),
            _ => new CycleStanding(CycleResult.Open, cycle.DueAt, null, null),
        };
    }
}

/// <summary>A milestone cycle as it really came out, and as it would have.</summary>
/// <param name="Name">The milestone.</param>
/// <param name="Cycle">From 1.</param>
/// <param name="Actual">How it really came out; null: there is none.</param>
/// <param name="Candidate">How it would have; null: there would be none.</param>
public sealed record MilestonePair(string Name, int Cycle, CycleStanding? Actual, CycleStanding? Candidate)
{
    /// <summary>Whether anything differs.</summary>
    public bool Differs => Actual != Candidate;
    /// <summary>Missed only with what is tried out.</summary>
    public bool IsNewlyBreached => Candidate is { Result: CycleResult.Missed } && Actual is not { Result: CycleResult.Missed };
    /// <summary>Missed really, but not with what is tried out, which knows such a cycle too.</summary>
    public bool IsNewlyKept => Actual is { Result: CycleResult.Missed } && Candidate is { Result: not CycleResult.Missed };

    /// <summary>Every cycle of either ticket: in the candidate's order, then what it does not have.</summary>
    internal static IReadOnlyList<MilestonePair> Of(Ticket actual, Ticket candidate, DateTimeOffset until)
    {
        var really = actual.Milestones.ToDictionary(c => (c.Name, c.Cycle), c => CycleStanding.Of(c, actual, until));
        var pairs = new List<MilestonePair>(candidate.Milestones.Length);
        foreach (var cycle in candidate.Milestones)
        {
            really.Remove((cycle.Name, cycle.Cycle), out var standing);
            pairs.Add(new MilestonePair(cycle.Name, cycle.Cycle, standing, CycleStanding.Of(cycle, candidate, until)));
        }
        pairs.AddRange(actual.Milestones.Where(c => really.ContainsKey((c.Name, c.Cycle))).Select(c => new MilestonePair(c.Name, c.Cycle, really[(c.Name, c.Cycle)], null)));
        return pairs;
    }
}
