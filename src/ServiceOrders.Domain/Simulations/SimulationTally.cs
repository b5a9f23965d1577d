namespace ServiceOrders.Domain.Simulations;

/// <summary>What became of a milestone's cycles on one side.</summary>
/// <param name="Cycles">All of them.</param>
/// <param name="Met">Done in time.</param>
/// <param name="Missed">Not done in time, whether or not they were done later.</param>
/// <param name="Cancelled">Ended without being met or missed.</param>
/// <param name="Open">Neither yet.</param>
/// <param name="MedianOverrun">Of the missed, the lower of the two in the middle, to four digits; null: none was missed.</param>
/// <param name="MaxOverrun">The longest.</param>
public sealed record SideTally(long Cycles, long Met, long Missed, long Cancelled, long Open, TimeSpan? MedianOverrun, TimeSpan? MaxOverrun);

/// <summary>A milestone's cycles of many tickets, as they really came out, and as they would have.</summary>
/// <param name="Name">The milestone.</param>
/// <param name="Actual">As they really did.</param>
/// <param name="Candidate">As they would have.</param>
/// <param name="NewlyBreached">Missed only with what is tried out.</param>
/// <param name="NewlyKept">Missed really, but not with what is tried out.</param>
public sealed record MilestoneOutlook(string Name, SideTally Actual, SideTally Candidate, long NewlyBreached, long NewlyKept);

/// <summary>Adds tickets up, in memory that does not grow with their number.</summary>
public sealed class SimulationTally
{
    private readonly SortedDictionary<string, Milestone> _milestones = new(StringComparer.Ordinal);

    /// <summary>Tickets added.</summary>
    public long Tickets { get; private set; }
    /// <summary>Those of them for which anything differs.</summary>
    public long Differing { get; private set; }
    /// <summary>What became of the milestones, by name.</summary>
    public IReadOnlyList<MilestoneOutlook> Milestones =>
        [.. _milestones.Select(m => new MilestoneOutlook(m.Key, m.Value.Actual.Tally, m.Value.Candidate.Tally, m.Value.NewlyBreached, m.Value.NewlyKept))];

    /// <summary>Adds a ticket.</summary>
    public void Add(IReadOnlyList<MilestonePair> ticket)
    {
        Tickets++;
        if (ticket.Any(pair => pair.Differs)) Differing++;
        foreach (var pair in ticket)
        {
            if (!_milestones.TryGetValue(pair.Name, out var milestone)) _milestones.Add(pair.Name, milestone = new Milestone());
            milestone.Actual.Add(pair.Actual);
            milestone.Candidate.Add(pair.Candidate);
            if (pair.IsNewlyBreached) milestone.NewlyBreached++;
            if (pair.IsNewlyKept) milestone.NewlyKept++;
        }
    }

    private sealed class Milestone
    {
        public Side Actual { get; } = new();
        public Side Candidate { get; } = new();
        public long NewlyBreached { get; set; }
        public long NewlyKept { get; set; }
    }

    private sealed class Side
    {
        private readonly long[] _results = new long[Enum.GetValues<CycleResult>().Length];
        private readonly Overruns _overruns = new();

        public SideTally Tally => new(_results.Sum(), Of(CycleResult.Met), Of(CycleResult.Missed), Of(CycleResult.Cancelled), Of(CycleResult.Open), _overruns.Median, _overruns.Max);

        public void Add(CycleStanding? standing)
        {
            if (standing is null) return;
            _results[(int)standing.Result]++;
            if (standing.Overrun is { } overrun) _overruns.Add(overrun);
        }

        private long Of(CycleResult result) => _results[(int)result];
    }

    /// <summary>
    /// Counts durations by their first four digits in microseconds: the median stays within a thousandth, and however many are counted, there are a hundred thousand
    /// counters at most.
    /// </summary>
    private sealed class Overruns
    {
        private const long Digits = 10_000;

        private readonly SortedDictionary<long, long> _counts = [];
        private long _total;

        public TimeSpan? Max { get; private set; }

        public TimeSpan? Median
        {
            get
            {
                var rank = (_total + 1) / 2;
                foreach (var (microseconds, count) in _counts)
                {
                    if ((rank -= count) <= 0) return TimeSpan.FromMicroseconds(microseconds);
                }
                return null;
            }
        }

        public void Add(TimeSpan overrun)
        {
            var microseconds = overrun.Ticks / TimeSpan.TicksPerMicrosecond;
            var unit = 1L;
            while (microseconds / unit >= Digits) unit *= 10;
            var rounded = microseconds / unit * unit;
            _counts[rounded] = _counts.GetValueOrDefault(rounded) + 1;
            _total++;
            if (Max is not { } max || overrun > max) Max = overrun;
        }
    }
}
