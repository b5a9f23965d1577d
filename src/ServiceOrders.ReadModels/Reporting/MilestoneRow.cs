using ServiceOrders.Domain.Deadlines;
using ServiceOrders.Domain.Tickets;
using ServiceOrders.EventStore;
using ServiceOrders.ReadModels.Events;

namespace ServiceOrders.ReadModels.Reporting;

/// <summary>A cycle of a milestone as reports count it: the promise, what became of it, and whose it was when it ended.</summary>
/// <param name="Cycle">The cycle as it stands.</param>
/// <param name="Ticket">The ticket as it stood when the cycle ended; as it stands, while it has not.</param>
/// <param name="FirstDueAt">What was promised first, before pauses and changes of target.</param>
/// <param name="Retargets">How often it was retargeted: by another target, calendar, version of its policy or time agreed.</param>
/// <param name="Historical">Whether an import of the past started or ended it: it set nothing off.</param>
public sealed record MilestoneRow(MilestoneCycle Cycle, Ticket Ticket, DateTimeOffset FirstDueAt, int Retargets, bool Historical)
{
    /// <summary>True: done in time. False: missed, whether or not it was done later. Null: still open, or cancelled.</summary>
    public bool? InTime => Cycle.BreachedAt is not null ? false : Cycle.State == MilestoneState.Met ? true : null;

    /// <summary>Clock seconds of its ended pauses.</summary>
    public decimal PausedSeconds => Cycle.Pauses.Sum(p => (p.To - p.From).Ticks) / (decimal)TimeSpan.TicksPerSecond;

    /// <summary>Clock seconds by which it was missed, once done late.</summary>
    public decimal? OverrunSeconds => Cycle.Overrun?.Ticks / (decimal)TimeSpan.TicksPerSecond;

    /// <summary>The rows of a ticket, from its events. Pure: the same events always make the same rows.</summary>
    /// <param name="events">All of the ticket's events up to some moment, in order.</param>
    public static IReadOnlyList<MilestoneRow> Of(IEnumerable<StoredEvent> events)
    {
        ArgumentNullException.ThrowIfNull(events);
        var ticket = Ticket.Unopened;
        var rows = new Dictionary<(string, int), MilestoneRow>();
        foreach (var stored in events)
        {
            ticket = ticket.Fold([stored]);
            var historical = stored.Headers?.Contains("\"historical\"", StringComparison.Ordinal) ?? false;
            foreach (var cycle in ticket.Milestones)
            {
                var known = rows.GetValueOrDefault((cycle.Name, cycle.Cycle));
                // A cycle that has ended keeps the ticket of that moment, unless a reopening lets it run on.
                if (known is not null && ReferenceEquals(known.Cycle, cycle) && !cycle.IsUnmet) continue;
                var retargeted = known is not null && cycle.IsLive && IsRetargeted(known.Cycle, cycle) ? 1 : 0;
                rows[(cycle.Name, cycle.Cycle)] = new MilestoneRow(cycle, ticket, known?.FirstDueAt ?? cycle.DueAt, (known?.Retargets ?? 0) + retargeted,
                    historical || (known?.Historical ?? false));
            }
        }
        return [.. rows.Values];
    }

    private static bool IsRetargeted(MilestoneCycle before, MilestoneCycle after) => before.Target != after.Target || before.Calendar != after.Calendar
        || before.CalendarVersion != after.CalendarVersion || before.PolicyVersion != after.PolicyVersion || (after.Target.Agreed is not null && before.DueAt != after.DueAt);
}
