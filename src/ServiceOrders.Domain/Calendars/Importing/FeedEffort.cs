namespace ServiceOrders.Domain.Calendars.Importing;

/// <summary>
/// How much work a feed may still cause. A few lines of a file can ask for any amount (a rule that recurs every day for three centuries, a thousand times over) and yield no date at all, so what is
/// bounded is the dates that are looked at, not those that are found.
/// </summary>
/// <param name="cancellation">Whoever asks went away.</param>
public sealed class FeedEffort(CancellationToken cancellation)
{
    /// <summary>Dates that are looked at for one feed: a thousand times as many as a feed of holidays needs, and done within a second.</summary>
    public const int MostDates = 5_000_000;

    /// <summary>So many dates are looked at between two looks at the cancellation.</summary>
    private const int Stride = 4_096;

    private int _left = MostDates;
    private int _untilLook;

    /// <summary>Takes account of dates that are looked at.</summary>
    /// <exception cref="FeedTooLaboriousException">They are too many.</exception>
    /// <exception cref="OperationCanceledException">Whoever asks went away.</exception>
    public void Spend(int dates)
    {
        if ((_left -= dates) < 0) throw new FeedTooLaboriousException();
        if ((_untilLook -= dates) > 0) return;
        _untilLook = Stride;
        cancellation.ThrowIfCancellationRequested();
    }
}

/// <summary>A feed's rules recur more often than can be followed.</summary>
public sealed class FeedTooLaboriousException() : Exception("The feed's rules recur more often than can be followed.");
