namespace ServiceOrders.Domain.Retention;

/// <summary>Why a ticket stays as it is though its time has come: words that runs of retention count by, the same that the database refuses a deletion with.</summary>
public static class RetentionObstacles
{
    /// <summary>It is under legal hold.</summary>
    public const string LegalHold = "legalHold";
    /// <summary>Something is still to happen to it by the clock.</summary>
    public const string ClockRunning = "clockRunning";
    /// <summary>Something happened to it since the run looked at it; the next run looks again.</summary>
    public const string Changed = "changed";
    /// <summary>Someone was writing to it; the next run looks again.</summary>
    public const string Busy = "busy";
    /// <summary>Its state cannot be read.</summary>
    public const string Unreadable = "unreadable";
    /// <summary>The login of the service may not delete: see the runbook in the README of <c>Retention</c> in the host.</summary>
    public const string NotAllowed = "notAllowed";
    /// <summary>No checkpoint that covers all its events was signed at least three years ago: nobody could prove that it was kept for as long.</summary>
    public const string NotCovered = "notCovered";
    /// <summary>Something was recorded in it less than three years ago.</summary>
    public const string TooYoung = "tooYoung";
    /// <summary>It is neither closed nor cancelled.</summary>
    public const string NotEnded = "notEnded";
    /// <summary>Events of it are missing: somebody removed them behind the service, which a verification of the audit log names.</summary>
    public const string NotWhole = "notWhole";
    /// <summary>The database would not let it go when it came to it, for whatever reason of its own.</summary>
    public const string Refused = "refused";
    /// <summary>A projection has still to apply some of its events.</summary>
    public const string ProjectionBehind = "projectionBehind";
}
