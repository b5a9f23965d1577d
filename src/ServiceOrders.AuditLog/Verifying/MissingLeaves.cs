using ServiceOrders.Audit.Leaves;
using ServiceOrders.Audit.Merkle;

namespace ServiceOrders.AuditLog.Verifying;

/// <summary>
/// Judges leaves whose events are gone. Only a record of deletion that is itself in the log explains one, and only if a signed checkpoint that is at least three years older covers the leaf (row A3).
/// One that came after the log's end excuses a leaf until it is in the log, and has to be as old. What is gone is remembered until all records are known: some 70 bytes for every event that was ever deleted.
/// </summary>
/// <param name="findings">Takes what is wrong.</param>
internal sealed class MissingLeaves(FindingList findings)
{
    private const int YearsKept = 3;

    private readonly List<(long Index, long Position, TreeHash Hash)> _missing = [];
    // By checkpoint: all before this place in the list, and not covered by one before, are covered since then.
    private readonly List<(int End, DateTimeOffset Since)> _covered = [];
    private readonly List<RecordedDeletion> _records = [], _coming = [];
    private int _coveredMissing, _coveredRecords;
    private DateTimeOffset _signedSoFar;

    /// <summary>Whether any is gone.</summary>
    public bool Any => _missing.Count > 0;

    /// <summary>Leaves that are gone with good reason.</summary>
    public long Explained { get; private set; }

    public void Add(PageCheck page)
    {
        _missing.AddRange(page.Missing);
        foreach (var record in page.Deletions) Add(_records, record.LeafIndex, record.Event);
    }

    /// <summary>A checkpoint was met: what is before it is covered since it was signed. One that claims an earlier day than a smaller one does is no older than that.</summary>
    public void Cover(ClaimedRoot claim)
    {
        if (claim.SignedAt > _signedSoFar) _signedSoFar = claim.SignedAt;
        var before = _coveredMissing;
        while (_coveredMissing < _missing.Count && _missing[_coveredMissing].Index < claim.Size) _coveredMissing++;
        if (_coveredMissing > before) _covered.Add((_coveredMissing, _signedSoFar));
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
        var deleted = await DeletedAsync(records, now, cancellation);
        var (unexplained, covering) = (new List<Suspect>(), 0);
        for (var i = 0; i < _missing.Count; i++)
        {
            var (index, position, hash) = _missing[i];
            while (covering < _covered.Count && _covered[covering].End <= i) covering++;
            if (deleted[i] is not { } record) unexplained.Add(new(index, position, hash, null));
            else if (covering == _covered.Count || _covered[covering].Since > YearsBefore(record.At))
                findings.Add(Finding.Of(FindingKind.EarlyDeletion, Finding.Event, index, position, $"The event at position {position} was deleted {record.At:u}, as a record says; it was not under a signed checkpoint for {YearsKept} years by then."));
            else if (record.IsLogged) Explained++;
        }
        return unexplained;
    }

    /// <summary>For each leaf that is gone the record that names it. The earliest counts: that something was deleted too early is not mended by saying so again later.</summary>
    private async Task<Deletion?[]> DeletedAsync(DeletionRecords records, DateTimeOffset now, CancellationToken cancellation)
    {
        var (deleted, positions) = (new Deletion?[_missing.Count], _missing.ConvertAll(missing => missing.Position));
        foreach (var of in (await records.HoldingAsync([.. _records, .. _coming], cancellation)).GroupBy(holding => holding.Record))
        {
            var deletion = new Deletion(of.Key.At < now ? of.Key.At : now, of.Key.Index is not null);
            foreach (var position in of.SelectMany(holding => holding.Stream.Positions))
            {
                // Leaves come in the order of positions.
                if (positions.BinarySearch(position) is not (>= 0 and var at)) continue;
                if (deleted[at] is not { } first) deleted[at] = deletion;
                else if (deletion.At < first.At) deleted[at] = first.IsLogged == deletion.IsLogged ? deletion : first with { At = deletion.At };
            }
        }
        return deleted;
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

    /// <summary>That something was deleted. One for all that a record names.</summary>
    private sealed record Deletion(DateTimeOffset At, bool IsLogged);
}
