using ServiceOrders.Host.Importing;

namespace ServiceOrders.Cli.Importing;

/// <summary>What a whole import came to: the sum of its batches.</summary>
public sealed class ImportTotals
{
    private readonly Dictionary<string, MilestoneTally> _milestones = new(StringComparer.Ordinal);

    /// <summary>Lines sent, and what could not be sent.</summary>
    public long Lines { get; private set; }
    /// <summary>Tickets that came in.</summary>
    public long Imported { get; private set; }
    /// <summary>Tickets that had come in before.</summary>
    public long Skipped { get; private set; }
    /// <summary>What could not be imported.</summary>
    public long Rejected { get; private set; }
    /// <summary>Events stored.</summary>
    public long Events { get; private set; }
    /// <summary>What became of the milestones, by name.</summary>
    public IReadOnlyList<MilestoneTally> Milestones => [.. _milestones.Values.OrderBy(m => m.Name, StringComparer.Ordinal)];

    /// <summary>Adds a batch.</summary>
    public void Add(ImportSummary batch)
    {
        Lines += batch.Lines;
        Imported += batch.Imported;
        Skipped += batch.Skipped;
        Rejected += batch.Rejected;
        Events += batch.Events;
        foreach (var m in batch.Milestones)
        {
            var sum = _milestones.GetValueOrDefault(m.Name) ?? new MilestoneTally(m.Name, 0, 0, 0, 0, 0, 0);
            _milestones[m.Name] = new MilestoneTally(m.Name, sum.Cycles + m.Cycles, sum.Met + m.Met, sum.MetLate + m.MetLate, sum.Breached + m.Breached,
                sum.Cancelled + m.Cancelled, sum.Running + m.Running);
        }
    }

    /// <summary>Counts something that could not be sent.</summary>
    public void AddUnsent()
    {
        Lines++;
        Rejected++;
    }
}
