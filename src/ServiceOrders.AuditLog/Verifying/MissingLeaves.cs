using System.Text.Json;
using ServiceOrders.Audit.Leaves;
using ServiceOrders.Audit.Merkle;

namespace ServiceOrders.AuditLog.Verifying;

/// <summary>
/// Judges leaves whose events are gone. Only a record of deletion that is itself in the log explains one, and only if a signed checkpoint that is at least three years older covers the leaf (row A3).
/// </summary>
internal sealed class MissingLeaves
{
    private const int YearsKept = 3;

    private readonly List<Missing> _missing = [];
    private readonly List<Record> _records = [];
    private readonly HashSet<long> _beingDeleted = [];
    private int _coveredMissing, _coveredRecords;

    /// <summary>Whether any is gone.</summary>
    public bool Any => _missing.Count > 0;

    /// <summary>Leaves that are gone with good reason.</summary>
    public long Explained { get; private set; }

    public void Add(PageCheck page)
    {
        foreach (var (index, position, hash) in page.Missing) _missing.Add(new(index, position, hash));
        foreach (var record in page.Deletions) _records.Add(new(record.LeafIndex, record.Event.RecordedAt, PositionsIn(record.Event.Data)));
    }

    /// <summary>A checkpoint was met: what is before it is covered since it was signed.</summary>
    public void Cover(ClaimedRoot claim)
    {
        for (; _coveredMissing < _missing.Count && _missing[_coveredMissing].Index < claim.Size; _coveredMissing++) _missing[_coveredMissing].CoveredSince = claim.SignedAt;
        for (; _coveredRecords < _records.Count && _records[_coveredRecords].Index < claim.Size; _coveredRecords++)
        {
            // A record says itself when it was made; it cannot be younger than the checkpoint that has it.
            var record = _records[_coveredRecords];
            if (claim.SignedAt < record.At) record.At = claim.SignedAt;
        }
    }

    /// <summary>A record that came since the log was looked at: what it names is judged the next time.</summary>
    public void AddComing(EventRecord record) => _beingDeleted.UnionWith(PositionsIn(record.Data));

    /// <summary>Those that nothing explains, in the order of leaves, for the search for moved events.</summary>
    public IReadOnlyList<Suspect> Unexplained(DateTimeOffset now, FindingList findings)
    {
        var deleted = new Dictionary<long, DateTimeOffset>();
        foreach (var record in _records)
        {
            foreach (var position in record.Positions) deleted[position] = record.At < now ? record.At : now;
        }
        var unexplained = new List<Suspect>();
        foreach (var missing in _missing)
        {
            if (deleted.TryGetValue(missing.Position, out var at))
            {
                if (missing.CoveredSince is { } since && since <= at.AddYears(-YearsKept)) Explained++;
                else findings.Add(Finding.Of(FindingKind.EarlyDeletion, Finding.Event, missing.Index, missing.Position, $"The event at position {missing.Position} was deleted {at:u}, as a record in the log says; it was not under a signed checkpoint for {YearsKept} years by then."));
            }
            else if (!_beingDeleted.Contains(missing.Position)) unexplained.Add(new(missing.Index, missing.Position, missing.Hash, null));
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

    private static List<long> PositionsIn(string data)
    {
        var positions = new List<long>();
        using var json = JsonDocument.Parse(data);
        if (json.RootElement.ValueKind != JsonValueKind.Object || !json.RootElement.TryGetProperty("streams", out var streams) || streams.ValueKind != JsonValueKind.Array) return positions;
        foreach (var stream in streams.EnumerateArray())
        {
            if (stream.ValueKind != JsonValueKind.Object || !stream.TryGetProperty("positions", out var named) || named.ValueKind != JsonValueKind.Array) continue;
            foreach (var position in named.EnumerateArray())
            {
                if (position.ValueKind == JsonValueKind.Number && position.TryGetInt64(out var number)) positions.Add(number);
            }
        }
        return positions;
    }

    private sealed class Missing(long index, long position, TreeHash hash)
    {
        public long Index => index;
        public long Position => position;
        public TreeHash Hash => hash;
        public DateTimeOffset? CoveredSince { get; set; }
    }

    private sealed class Record(long index, DateTimeOffset at, List<long> positions)
    {
        public long Index => index;
        public DateTimeOffset At { get; set; } = at;
        public List<long> Positions => positions;
    }
}
