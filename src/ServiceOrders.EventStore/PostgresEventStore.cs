using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace ServiceOrders.EventStore;

/// <summary>The store on PostgreSQL, in Marten's table layout. One per process; the README has its invariants.</summary>
public sealed class PostgresEventStore : IEventStore, IAsyncDisposable
{
    /// <summary>Events per append, at most.</summary>
    public const int MaxEvents = 1_000;

    private readonly StoreDatabase _database;
    private readonly TimeProvider _time;
    private readonly GroupWriter _writer;
    private readonly StreamPages _pages;
    private readonly RecordedWork _work;

    /// <summary>Starts the writer; connects with the first append.</summary>
    /// <param name="database">The database, already migrated. Not disposed of here.</param>
    /// <param name="signals">Where the process's workers hear of appends.</param>
    /// <param name="time">The time of pauses and time-outs, and by which keys expire for <see cref="FindKeyAsync"/>. Recorded times come with each append.</param>
    /// <param name="log">Warnings and errors; never personal data.</param>
    /// <param name="queueCapacity">How many appends may wait or be under way; more are refused with <see cref="StoreBusyException"/>.</param>
    public PostgresEventStore(StoreDatabase database, StoreSignals? signals = null, TimeProvider? time = null, ILogger<PostgresEventStore>? log = null, int queueCapacity = 4096)
    {
        _database = database;
        _pages = new StreamPages(database);
        _time = time ?? TimeProvider.System;
        signals ??= new();
        _work = new RecordedWork(database, signals);
        _writer = new GroupWriter(database, signals, _time, log ?? NullLogger<PostgresEventStore>.Instance, queueCapacity);
    }

    /// <inheritdoc/>
    public ValueTask<AppendOutcome> AppendAsync(Append append, CancellationToken cancellation = default)
    {
        Demand(append);
        return _writer.AppendAsync(append, cancellation);
    }

    /// <inheritdoc/>
    public async ValueTask<AppendOutcome> RestoreAsync(Append append, CancellationToken cancellation = default)
    {
        Demand(append);
        return (await Told(_work.RunAsync(async (transaction, stop) =>
        {
            // Where someone else holds it, the append is answered as busy.
            if (await StreamArchive.LockAsync(transaction.Connection, [append.StreamId], stop).ConfigureAwait(false) is [{ IsArchived: true }])
                await StreamArchive.RestoreAsync(transaction.Connection, [append.StreamId], stop).ConfigureAwait(false);
            return append;
        }, cancellation)).ConfigureAwait(false))!;
    }

    /// <exception cref="ArgumentException">It is none.</exception>
    private static void Demand(Append append)
    {
        if (append.Events.Count is 0 or > MaxEvents) throw new ArgumentException($"An append has 1 to {MaxEvents} events.", nameof(append));
        if (append.ExpectedVersion < 0) throw new ArgumentException("The expected version is 0 or more.", nameof(append));
        foreach (var key in append.Keys)
            if (key.Value.Length is 0 or > 64) throw new ArgumentException("A key has 1 to 64 bytes.", nameof(append));
        if (append.Keys.Count > 1 && append.Keys.Distinct(KeyIdentity.Instance).Count() < append.Keys.Count) throw new ArgumentException("A key is given twice.", nameof(append));
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<StoredEvent>> ReadStreamAsync(Guid streamId, long fromVersion = 1, long toVersion = long.MaxValue,
        DateTimeOffset? recordedUntil = null, int limit = int.MaxValue, CancellationToken cancellation = default) => recordedUntil is { } until
        ? ReadAsync($"select {EventReader.Columns} from events.mt_events e where e.stream_id = $1 and e.version between $2 and $3 and e.timestamp <= $5 order by e.version limit $4",
            cancellation, streamId, fromVersion, toVersion, (long)limit, until.ToUniversalTime())
        : ReadAsync($"select {EventReader.Columns} from events.mt_events e where e.stream_id = $1 and e.version between $2 and $3 order by e.version limit $4",
            cancellation, streamId, fromVersion, toVersion, (long)limit);

    /// <inheritdoc/>
    public async IAsyncEnumerable<IReadOnlyList<StreamHistory>> ReadStreamsAsync(IReadOnlyCollection<Guid> streamIds, [EnumeratorCancellation] CancellationToken cancellation = default)
    {
        await using var pages = _pages.InOrderAsync(streamIds, cancellation).GetAsyncEnumerator(cancellation);
        while (await Told(pages.MoveNextAsync().AsTask()).ConfigureAwait(false)) yield return pages.Current;
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<StoredEvent>> ReadAllAsync(long afterPosition, int limit, CancellationToken cancellation = default) =>
        ReadAsync($"select {EventReader.Columns} from events.mt_events e where e.seq_id > $1 order by e.seq_id limit $2", cancellation, afterPosition, (long)limit);

    /// <inheritdoc/>
    public async Task<UsedKey?> FindKeyAsync(string scope, byte[] value, CancellationToken cancellation = default)
    {
        await using var command = _database.Pooled.CreateCommand(
            "select stream_id, version, fingerprint, status from events.unique_keys where scope = $1 and value = $2 and (expires_at is null or expires_at > $3)");
        command.Parameters.Add(new() { Value = scope });
        command.Parameters.Add(new() { Value = value });
        command.Parameters.Add(new() { Value = _time.GetUtcNow() });
        await using var reader = await command.ExecuteReaderAsync(cancellation).ConfigureAwait(false);
        return await reader.ReadAsync(cancellation).ConfigureAwait(false)
            ? new UsedKey(reader.GetGuid(0), reader.GetInt64(1), reader.IsDBNull(2) ? null : reader.GetFieldValue<byte[]>(2), reader.GetInt16(3))
            : null;
    }

    /// <summary>Removes keys that have expired. To be called now and then; appends take expired keys over without it.</summary>
    /// <param name="now">Keys that expired at or before this.</param>
    /// <param name="limit">At most so many at once.</param>
    /// <param name="cancellation">Cancels.</param>
    /// <returns>How many were removed; <paramref name="limit"/>: there may be more.</returns>
    public async Task<int> RemoveExpiredKeysAsync(DateTimeOffset now, int limit = 10_000, CancellationToken cancellation = default)
    {
        await using var command = _database.Pooled.CreateCommand("""
            delete from events.unique_keys where (scope, value) in
                (select scope, value from events.unique_keys where expires_at <= $1 order by scope, value limit $2 for update skip locked)
            """);
        command.Parameters.Add(new() { Value = now });
        command.Parameters.Add(new() { Value = limit });
        return await command.ExecuteNonQueryAsync(cancellation).ConfigureAwait(false);
    }

    /// <summary>Commits what waits, then stops.</summary>
    public ValueTask DisposeAsync() => _writer.DisposeAsync();

    private Task<IReadOnlyList<StoredEvent>> ReadAsync(string sql, CancellationToken cancellation, params object[] values)
    {
        return Told(QueryAsync());

        async Task<IReadOnlyList<StoredEvent>> QueryAsync()
        {
#pragma warning disable CA2100 // constant texts above
            await using var command = _database.Pooled.CreateCommand(sql);
#pragma warning restore CA2100
            foreach (var value in values) command.Parameters.Add(new() { Value = value });
            await using var reader = await command.ExecuteReaderAsync(cancellation).ConfigureAwait(false);
            return await EventReader.ReadAsync(reader, cancellation).ConfigureAwait(false);
        }
    }

    /// <summary>A read, its trouble told in the store's own words.</summary>
    private static async Task<T> Told<T>(Task<T> read)
    {
        try
        {
            return await read.ConfigureAwait(false);
        }
        catch (NpgsqlException error) when (Fault.Of(error) is FaultKind.Slow)
        {
            throw new StoreBusyException("The database took too long.");
        }
        catch (NpgsqlException error) when (Fault.Of(error) is FaultKind.Broken or FaultKind.Unavailable)
        {
            throw new StoreUnavailableException("The database cannot be reached.", error);
        }
    }
}
