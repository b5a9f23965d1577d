using ServiceOrders.Domain.Deadlines;
using ServiceOrders.Domain.Tickets;

namespace ServiceOrders.Host.Importing;

/// <summary>Counts what an import does. Safe for concurrent use.</summary>
internal sealed class ImportTally
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, MilestoneTally> _milestones = new(StringComparer.Ordinal);
    private long _imported;
    private long _skipped;
    private long _rejected;
    private long _events;

    /// <summary>A ticket came in.</summary>
    public void Import(Ticket ticket)
    {
        lock (_lock)
        {
            _imported++;
            _events += ticket.Version;
            foreach (var cycle in ticket.Milestones)
            {
                _milestones[cycle.Name] = With(_milestones.GetValueOrDefault(cycle.Name) ?? new MilestoneTally(cycle.Name, 0, 0, 0, 0, 0, 0), cycle.State);
            }
        }
    }

    /// <summary>A line's ticket had come in before.</summary>
    public void Skip()
    {
        lock (_lock) _skipped++;
    }

    /// <summary>A line cannot be imported.</summary>
    public void Reject()
    {
        lock (_lock) _rejected++;
    }

    public ImportProgress Progress
    {
        get
        {
            lock (_lock) return new ImportProgress(_imported + _skipped + _rejected, _imported, _skipped, _rejected);
        }
    }

    public ImportSummary Summary
    {
        get
        {
            lock (_lock)
            {
                return new ImportSummary
                {
                    Lines = _imported + _skipped + _rejected, Imported = _imported, Skipped = _skipped, Rejected = _rejected, Events = _events,
                    Milestones = [.. _milestones.Values.OrderBy(m => m.Name, StringComparer.Ordinal)],
                };
            }
        }
    }

    private static MilestoneTally With(MilestoneTally tally, MilestoneState state) => state switch
    {
        MilestoneState.Met => tally with { Cycles = tally.Cycles + 1, Met = tally.Met + 1 },
        MilestoneState.MetLate => tally with { Cycles = tally.Cycles + 1, MetLate = tally.MetLate + 1 },
        MilestoneState.Breached => tally with { Cycles = tally.Cycles + 1, Breached = tally.Breached + 1 },
        MilestoneState.Cancelled => tally with { Cycles = tally.Cycles + 1, Cancelled = tally.Cancelled + 1 },
        _ => tally with { Cycles = tally.Cycles + 1, Running = tally.Running + 1 },
    };
}
