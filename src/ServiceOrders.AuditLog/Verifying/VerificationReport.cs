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
/// <param name="Findings">The findings, at most <see cref="MostListed"/>.</param>
public sealed record VerificationReport(string LogId, long Leaves, long Position, long Events, long Deleted, long Checkpoints, long OutsideCheckpoints, long NotYetProtected, long FindingCount, IReadOnlyList<Finding> Findings)
{
    /// <summary>Findings that are listed at most; more are counted.</summary>
    public const int MostListed = 1000;

    /// <summary>Nothing was found.</summary>
    public bool IsClean => FindingCount == 0;
}

/// <summary>How far a verification has come.</summary>
/// <param name="Leaves">Leaves looked at.</param>
/// <param name="Size">Of so many.</param>
/// <param name="Events">Events read.</param>
public sealed record VerificationProgress(long Leaves, long Size, long Events);

/// <summary>Findings as they come: listed up to a number, then counted.</summary>
internal sealed class FindingList
{
    private readonly List<Finding> _listed = [];

    public long Count { get; private set; }

    public IReadOnlyList<Finding> Listed => _listed;

    public void Add(Finding finding)
    {
        Count++;
        if (_listed.Count < VerificationReport.MostListed) _listed.Add(finding);
    }
}
