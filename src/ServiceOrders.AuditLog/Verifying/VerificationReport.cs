namespace ServiceOrders.AuditLog.Verifying;

/// <summary>What a verification looked at, and what it found.</summary>
/// <param name="LogId">Which log.</param>
/// <param name="Leaves">Leaves of the log that were looked at.</param>
/// <param name="Position">The position of the last.</param>
/// <param name="Events">Events that were read and hashed.</param>
/// <param name="Deleted">Leaves whose events were deleted after their time, as the log itself records.</param>
/// <param name="Checkpoints">Signed checkpoints of the database that were looked at.</param>
/// <param name="OutsideCheckpoints">Those kept outside.</param>
/// <param name="NotYetProtected">Events after the last good checkpoint outside: whoever rules the database could still rewrite them unseen.</param>
/// <param name="FindingCount">How many findings there are.</param>
/// <param name="Findings">The findings, at most <see cref="MostOfAKind"/> of each kind.</param>
public sealed record VerificationReport(string LogId, long Leaves, long Position, long Events, long Deleted, long Checkpoints, long OutsideCheckpoints, long NotYetProtected, long FindingCount, IReadOnlyList<Finding> Findings)
{
    /// <summary>Findings of a kind that are listed at most; more are counted.</summary>
    public const int MostOfAKind = 200;

    /// <summary>Nothing was found.</summary>
    public bool IsClean => FindingCount == 0;
}

/// <summary>How far a verification has come.</summary>
/// <param name="Leaves">Leaves looked at.</param>
/// <param name="Size">Of so many.</param>
/// <param name="Events">Events read.</param>
public sealed record VerificationProgress(long Leaves, long Size, long Events);

/// <summary>Findings as they come: of each kind, listed up to a number, then counted. So a flood of one kind hides no other.</summary>
internal sealed class FindingList
{
    private readonly List<Finding> _listed = [];
    private readonly Dictionary<FindingKind, (int Listed, long Unnamed)> _kinds = [];
    private readonly HashSet<Guid> _streams = [];
    private readonly SortedSet<long> _positions = [];

    public long Count { get; private set; }

    /// <summary>What is listed, and of each kind that has more, how many more.</summary>
    public IReadOnlyList<Finding> Listed => [.. _listed, .. _kinds.Where(kind => kind.Value.Unnamed > 0).Select(kind =>
        Finding.Of(kind.Key, "more findings", null, null, $"There are {kind.Value.Unnamed} more findings of this kind than are named."))];

    public void Add(Finding finding)
    {
        var (listed, unnamed) = _kinds.GetValueOrDefault(finding.Kind);
        if (listed >= VerificationReport.MostOfAKind)
        {
            AddUnnamed(finding.Kind, 1);
            return;
        }
        Count++;
        _kinds[finding.Kind] = (listed + 1, unnamed);
        _listed.Add(finding);
        if (finding.StreamId is { } stream) _streams.Add(stream);
        if (finding.Subject == Finding.Event && finding.Position is { } position) _positions.Add(position);
    }

    /// <summary>Findings that are only counted.</summary>
    public void AddUnnamed(FindingKind kind, long count)
    {
        if (count == 0) return;
        Count += count;
        var (listed, unnamed) = _kinds.GetValueOrDefault(kind);
        _kinds[kind] = (listed, unnamed + count);
    }

    /// <summary>Whether a listed finding names this stream.</summary>
    public bool IsNamed(Guid stream) => _streams.Contains(stream);

    /// <summary>Whether a listed finding names an event between two positions.</summary>
    public bool HasBetween(long after, long before) => before - 1 > after && after < long.MaxValue && _positions.GetViewBetween(after + 1, before - 1).Count > 0;
}
