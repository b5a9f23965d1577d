namespace ServiceOrders.EventStore;

/// <summary>
/// Streams of events: appending and reading. Whoever only does that needs nothing else of the store, so that another engine can be put behind it. Due workers, subscriptions and
/// rebuilds are not behind it: they are this engine's own, on its tables and its SQL, and another engine brings its own.
/// </summary>
public interface IEventStore
{
    /// <summary>
    /// Appends to one stream. Goes through the process's group writer: whatever waits is committed together, and an append that cannot go is reported to its caller alone.
    /// After <see cref="Appended"/> the events, keys, due row and inline rows are durable and visible.
    /// </summary>
    /// <exception cref="StoreBusyException">The writer's queue is full; nothing was written. Try again later.</exception>
    /// <exception cref="StreamHeldException">Someone else holds the stream; nothing was written. Try again later.</exception>
    /// <exception cref="StoreUnavailableException">The database cannot be reached; nothing was written.</exception>
    /// <exception cref="OutcomeUnknownException">The connection broke during the commit and the database does not answer; read before trying again.</exception>
    /// <exception cref="AppendFailedException">The append itself is defective; nothing was written.</exception>
    ValueTask<AppendOutcome> AppendAsync(Append append, CancellationToken cancellation = default);

    /// <summary>
    /// Appends to an archived stream and brings it back from the archive, in one transaction: for the few things that may still happen to what is archived. To a stream that is not archived it
    /// appends as ever, in a transaction of its own.
    /// </summary>
    /// <exception cref="StoreBusyException">The stream is being written elsewhere, or the database took too long; nothing was written.</exception>
    /// <exception cref="StoreUnavailableException">The database cannot be reached, or the connection broke; read before trying again.</exception>
    ValueTask<AppendOutcome> RestoreAsync(Append append, CancellationToken cancellation = default);

    /// <summary>A stream's events in order of version. Empty: no such stream (or nothing in the range).</summary>
    /// <param name="streamId">The stream.</param>
    /// <param name="fromVersion">First version wanted.</param>
    /// <param name="toVersion">Last version wanted.</param>
    /// <param name="recordedUntil">Only events recorded at or before this instant.</param>
    /// <param name="limit">At most so many.</param>
    /// <param name="cancellation">Cancels the read.</param>
    Task<IReadOnlyList<StoredEvent>> ReadStreamAsync(Guid streamId, long fromVersion = 1, long toVersion = long.MaxValue,
        DateTimeOffset? recordedUntil = null, int limit = int.MaxValue, CancellationToken cancellation = default);

    /// <summary>
    /// Many streams, whole, in the order in which they are named and a bounded number of events at a time, each time in one read: for whoever looks at many. Streams that do not exist
    /// are left out. Between two times nothing is held open, however long the caller takes.
    /// </summary>
    /// <exception cref="StoreBusyException">The database took too long.</exception>
    /// <exception cref="StoreUnavailableException">The database cannot be reached.</exception>
    IAsyncEnumerable<IReadOnlyList<StreamHistory>> ReadStreamsAsync(IReadOnlyCollection<Guid> streamIds, CancellationToken cancellation = default);

    /// <summary>
    /// All events after a position, in commit order; a position once passed never gains an event. For whoever copies or checks a whole store (another engine, an export, an
    /// inspection); subscriptions read on their own, with their checkpoint.
    /// </summary>
    Task<IReadOnlyList<StoredEvent>> ReadAllAsync(long afterPosition, int limit, CancellationToken cancellation = default);

    /// <summary>Who used a key; null: nobody, or it has expired.</summary>
    Task<UsedKey?> FindKeyAsync(string scope, byte[] value, CancellationToken cancellation = default);
}

/// <summary>A set of events for one stream, with all that must be true together with them.</summary>
public sealed record Append
{
    /// <summary>The stream.</summary>
    public required Guid StreamId { get; init; }
    /// <summary>Marten's stream type alias: <c>ticket</c>.</summary>
    public required string StreamType { get; init; }
    /// <summary>The version that the decision was made on; 0: the stream must be new.</summary>
    public required long ExpectedVersion { get; init; }
    /// <summary>1 to 1,000 events.</summary>
    public required IReadOnlyList<NewEvent> Events { get; init; }
    /// <summary>The writer's time: the events' recorded-at, unless the stream's last change is later (then that).</summary>
    public required DateTimeOffset Now { get; init; }
    /// <summary>Keys that nobody may hold yet.</summary>
    public IReadOnlyList<UniqueKey> Keys { get; init; } = [];
    /// <summary>What becomes of the stream's due row.</summary>
    public DueChange Due { get; init; }
    /// <summary>Rows of inline tables, written in the same transaction.</summary>
    public IReadOnlyList<InlineRow> Rows { get; init; } = [];
}

/// <summary>An event to store. Data and headers are JSON texts.</summary>
/// <param name="Id">The event's id.</param>
/// <param name="Type">Its stored alias.</param>
/// <param name="DotNetType"><c>Namespace.Type, Assembly</c>.</param>
/// <param name="Data">JSON, camelCase, enumerations as member names.</param>
/// <param name="Headers">A JSON object.</param>
/// <param name="CorrelationId">The request that caused it.</param>
/// <param name="CausationId">The event or message that caused it.</param>
/// <param name="UserName">Who.</param>
public sealed record NewEvent(Guid Id, string Type, string DotNetType, string Data, string Headers, string? CorrelationId, string? CausationId, string? UserName);

/// <summary>An event as stored.</summary>
/// <param name="Position">Global order (<c>seq_id</c>).</param>
/// <param name="Id">The event's id.</param>
/// <param name="StreamId">The stream.</param>
/// <param name="Version">Its place in the stream.</param>
/// <param name="Type">Its stored alias.</param>
/// <param name="Data">JSON, as PostgreSQL gives it back.</param>
/// <param name="RecordedAt">When it was stored; never before its predecessor in the stream.</param>
/// <param name="CorrelationId">The request that caused it.</param>
/// <param name="CausationId">The event or message that caused it.</param>
/// <param name="UserName">Who.</param>
/// <param name="Headers">A JSON object; null when Marten wrote none.</param>
public sealed record StoredEvent(long Position, Guid Id, Guid StreamId, long Version, string Type, string Data, DateTimeOffset RecordedAt,
    string? CorrelationId, string? CausationId, string? UserName, string? Headers);

/// <summary>A whole stream.</summary>
/// <param name="StreamId">The stream.</param>
/// <param name="StreamType">Its type alias.</param>
/// <param name="Events">All its events, in order.</param>
/// <param name="IsArchived">Whether it is archived: nothing can be appended to it.</param>
public sealed record StreamHistory(Guid StreamId, string StreamType, IReadOnlyList<StoredEvent> Events, bool IsArchived = false);

/// <summary>A key that at most one append ever (or until it expires) takes: an idempotency key, an external reference.</summary>
/// <param name="Scope">Whose: <c>idempotency:wechat-shop</c>, <c>reference:wechat-shop</c>.</param>
/// <param name="Value">The key, hashed by the caller where it could tell something; at most 64 bytes.</param>
/// <param name="Fingerprint">A keyed hash of the request, to tell a repeat from another request; null: not compared.</param>
/// <param name="Status">The HTTP status that the first answer had; 0: none.</param>
/// <param name="ExpiresAt">From when it may be taken anew; null: never.</param>
public sealed record UniqueKey(string Scope, byte[] Value, byte[]? Fingerprint = null, short Status = 0, DateTimeOffset? ExpiresAt = null);

/// <summary>Who holds a key.</summary>
/// <param name="StreamId">The stream whose append took it.</param>
/// <param name="Version">The stream's version after that append.</param>
/// <param name="Fingerprint">The request's keyed hash.</param>
/// <param name="Status">The first answer's status.</param>
public sealed record UsedKey(Guid StreamId, long Version, byte[]? Fingerprint, short Status);

/// <summary>What becomes of a stream's due row.</summary>
/// <param name="Changes">False: it stays as it is.</param>
/// <param name="At">When the stream is due next; null: no row.</param>
public readonly record struct DueChange(bool Changes, DateTimeOffset? At)
{
    /// <summary>The row becomes this.</summary>
    public static DueChange To(DateTimeOffset? at) => new(true, at);
}

/// <summary>What became of an append.</summary>
public abstract record AppendOutcome;

/// <summary>It is stored.</summary>
/// <param name="Version">The stream's version after it.</param>
/// <param name="RecordedAt">The events' recorded-at.</param>
public sealed record Appended(long Version, DateTimeOffset RecordedAt) : AppendOutcome;

/// <summary>The stream is at another version (or exists already, or does not exist): nothing was written.</summary>
/// <param name="ActualVersion">Its version; 0: no such stream.</param>
public sealed record StaleVersion(long ActualVersion) : AppendOutcome;

/// <summary>A key is taken: nothing was written.</summary>
/// <param name="Key">Which.</param>
/// <param name="Holder">By whom.</param>
public sealed record KeyTaken(UniqueKey Key, UsedKey Holder) : AppendOutcome;

/// <summary>The stream is archived: nothing was written.</summary>
public sealed record StreamArchived : AppendOutcome;

/// <summary>The store cannot take more right now: 503.</summary>
public class StoreBusyException(string message) : Exception(message);

/// <summary>Someone else, a due worker or another node, holds this one stream for longer than an append waits; the store itself has room: 503.</summary>
public sealed class StreamHeldException(string message) : StoreBusyException(message);

/// <summary>The database cannot be reached: 503.</summary>
public class StoreUnavailableException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>Whether the commit took place is not known: 503; a retry with the same idempotency key is safe.</summary>
public class OutcomeUnknownException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>The append cannot be stored as it is: its JSON is none, or an inline table refuses a row. A defect of the caller; repeating it does not help.</summary>
public class AppendFailedException(string message, Exception? inner = null) : Exception(message, inner);
