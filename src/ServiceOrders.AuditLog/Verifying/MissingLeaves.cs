using ServiceOrders.Audit.Leaves;
using ServiceOrders.Audit.Merkle;

namespace ServiceOrders.AuditLog.Verifying;

/// <summary>
/// Judges leaves whose events are gone. Only a record of deletion that is itself in the log explains one, and only if a signed checkpoint that is at least three years older covers the leaf (row A3).
/// One that came after the log's end excuses a leaf until it is in the log, and has to be as old.
/// </summary>
/// <param name="findings">Takes what is wrong.</param>
internal sealed class MissingLeaves(FindingList findings)
{
    private const int YearsKept = 3;

    private readonly List<Missing> _missing = [];
    private readonly List<RecordedDeletion> _records = [], _coming = [];
    private int _coveredMissing, _coveredRecords;
    private DateTimeOffset _signedSoFar;

    /// <summary>Whether any is gone.</summary>
    public bool Any => _missing.Count > 0;

    /// <summary>Leaves that are gone with good reason.</summary>
    public long Explained { get; private set; }

    public void Add(PageCheck page)
    {
        foreach (var (index, position, hash) in page.Missing) _missing.Add(new(index, position, hash));
        foreach (var record in page.Deletions) Add(_records, record.LeafIndex, record.Event);
    }

    /// <summary>A checkpoint was met: what is before it is covered since it was signed. One that claims an earlier day than a smaller one does is no older than that.</summary>
    public void Cover(ClaimedRoot claim)
    {
        if (claim.SignedAt > _signedSoFar) _signedSoFar = claim.SignedAt;
        for (; _coveredMissing < _missing.Count && _missing[_coveredMissing].Index < claim.Size; _coveredMissing++) _missing[_coveredMissing].CoveredSince = _signedSoFar;
        for (; _coveredRecords < _records.Count && _records[_coveredRecords].Index < claim.Size; _coveredRecords++)
        {
            // A record says itself when it was made; it cannot be younger than the checkpoint that has it.
            var record = _records[_coveredRecords];
            if (claim.SignedAt < record.At) record.At = claim.SignedAt;
        }
    }

    /// <summary>A record that came since the log was looked at.</summary>
    public void AddComing(EventRecord record) => Add(_coming, null, record);

    /// <summary>Those that nothing explains, in the order of leaves, for the search for moved events.</summary>
    public async Task<IReadOnlyList<Suspect>> UnexplainedAsync(DeletionRecords records, DateTimeOffset now, CancellationToken cancellation)
    {
        // The earliest record counts: that something was deleted too early is not mended by saying so again later.
        var deleted = new Dictionary<long, (DateTimeOffset At, bool IsLogged)>();
        foreach (var (record, stream) in await records.HoldingAsync([.. _records, .. _coming], cancellation))
        {
            var at = record.At < now ? record.At : now;
            foreach (var position in stream.Positions) deleted[position] = deleted.TryGetValue(position, out var first) ? (first.At < at ? first.At : at, first.IsLogged) : (at, record.Index is not null);
        }
        var unexplained = new List<Suspect>();
        foreach (var missing in _missing)
        {
            if (!deleted.TryGetValue(missing.Position, out var record)) unexplained.Add(new(missing.Index, missing.Position, missing.Hash, null));
            else if (missing.CoveredSince is not { } since || since > YearsBefore(record.At))
                findings.Add(Finding.Of(FindingKind.EarlyDeletion, Finding.Event, missing.Index, missing.Position, $"The event at position {missing.Position} was deleted {record.At:u}, as a record says; it was not under a signed checkpoint for {YearsKept} years by then."));
            else if (record.IsLogged) Explained++;
        }
        return unexplained;
    }

    /// <summary>Findings for what is gone: the end as one, the others one by one.</summary>
    public static void Report(IReadOnlyList<Suspect> gone, long size, FindingList findings)
    {
        var end = gone.Count;
        while (end > 0 && gone[end - 1].LeafIndex == size - 1 - (gone.Count - end)) end--;
        if (gone.Count - end <= 1) end = gone.Count;
        for (var i = 0; i < end; i++)
            findings.Add(Finding.Of(FindingKind.Removed, Finding.Event, gone[i].LeafIndex, gone[i].Position, $"The event at position {gone[i].Position} is gone, and no record in the log says that it was deleted."));
        if (end < gone.Count)
            findings.Add(Finding.Of(FindingKind.Truncated, Finding.Event, gone[end].LeafIndex, gone[end].Position, $"The last {gone.Count - end} events of the log are gone, from position {gone[end].Position} to {gone[^1].Position}."));
    }

    private void Add(List<RecordedDeletion> records, long? leaf, EventRecord record)
    {
        if (RecordedDeletion.Read(leaf, record) is { } read) records.Add(read);
        else findings.Add(DeletionRecords.Broken(leaf, record));
    }

    // A record may claim any day, also the calendar's first.
    private static DateTimeOffset YearsBefore(DateTimeOffset at) => at.Year > YearsKept ? at.AddYears(-YearsKept) : DateTimeOffset.MinValue;

    private sealed class Missing(long index, long position, TreeHash hash)
    {
        public long Index => index;
        public long Position => position;
        public TreeHash Hash => hash;
        public DateTimeOffset? CoveredSince { get; set; }
    }
}
