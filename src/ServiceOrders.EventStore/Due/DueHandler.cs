namespace ServiceOrders.EventStore;

/// <summary>
/// Decides what becomes of a stream that is due. Pure: it may be called again for the same events.
/// </summary>
/// <param name="streamId">The stream.</param>
/// <param name="events">All its events.</param>
/// <param name="now">The time; whatever fell due strictly before it is to be settled.</param>
/// <returns>
/// The append, on the version of the last event, with a <see cref="DueChange"/> that is no row or not before <paramref name="now"/>; without events, only the due row changes.
/// Null: nothing is due in this stream any more, its due row is removed.
/// </returns>
public delegate Append? DueHandler(Guid streamId, IReadOnlyList<StoredEvent> events, DateTimeOffset now);

/// <summary>How the due workers work. All of it is bounded.</summary>
public sealed record DueOptions
{
    /// <summary>Workers of this node; 1 to 16.</summary>
    public int Workers { get; init; } = 2;
    /// <summary>Streams per transaction; 1 to 1,000.</summary>
    public int BatchSize { get; init; } = 100;
    /// <summary>Events loaded per transaction, about: a single longer stream is still taken.</summary>
    public int MaxEvents { get; init; } = 20_000;
    /// <summary>The longest time without looking: what a lost signal or another node's append costs at most.</summary>
    public TimeSpan Poll { get; init; } = TimeSpan.FromMilliseconds(250);
    /// <summary>The pause before a failed stream is tried again; doubled with each failure.</summary>
    public TimeSpan FirstRetry { get; init; } = TimeSpan.FromSeconds(5);
    /// <summary>The longest such pause.</summary>
    public TimeSpan LongestRetry { get; init; } = TimeSpan.FromHours(1);

    internal TimeSpan RetryAfter(int attempts) =>
        TimeSpan.FromTicks((long)Math.Min(LongestRetry.Ticks, FirstRetry.Ticks * Math.Pow(2, Math.Min(attempts, 40))));
}

/// <summary>A due row.</summary>
/// <param name="StreamId">The stream.</param>
/// <param name="DueAt">When something is to happen in it.</param>
/// <param name="NextTryAt">When it is tried: <paramref name="DueAt"/>, or later when it was put off.</param>
/// <param name="Attempts">How often it failed.</param>
/// <param name="LastError">Why: a kind of error, never data.</param>
public sealed record DueRow(Guid StreamId, DateTimeOffset DueAt, DateTimeOffset NextTryAt, int Attempts, string? LastError);

/// <summary>What should have been settled and was not, in the whole database.</summary>
/// <param name="Late">Due rows whose time has passed, counted up to 100,000.</param>
/// <param name="PutOff">Due rows that failed and wait for their next try.</param>
/// <param name="Oldest">The oldest time that has passed; null: nothing is late.</param>
public sealed record DueBacklog(long Late, long PutOff, DateTimeOffset? Oldest);
