using System.Security.Cryptography;
using Npgsql;
using NpgsqlTypes;
using ServiceOrders.Domain.Privacy;
using ServiceOrders.Domain.Tickets;
using ServiceOrders.Domain;
using ServiceOrders.EventStore;
using ServiceOrders.Host.Operating;
using ServiceOrders.ReadModels.Events;

namespace ServiceOrders.Host.Privacy;

/// <summary>
/// Changes the master key: wraps every key and secret anew, page by page, then ends the change in the append of <c>master_key_rotated</c>. Each row says which key wrapped it, so an interrupted change
/// goes on where it was, and nodes read all rows meanwhile. One node works at a time; a second one would do no harm.
/// </summary>
/// <param name="database">The database.</param>
/// <param name="store">The streams.</param>
/// <param name="keys">The node's keys.</param>
/// <param name="register">Which key is in force.</param>
/// <param name="time">The clock.</param>
/// <param name="log">Tells of progress.</param>
public sealed partial class MasterKeyRotation(StoreDatabase database, IEventStore store, MasterKeys keys, MasterKeyRegister register, TimeProvider time, ILogger<MasterKeyRotation> log) : IAsyncDisposable
{
    /// <summary>The stream type, and its one stream's name.</summary>
    public const string StreamType = "master_key";

    private const int LeaseNumber = 7, MostUnreadable = 100, MostPasses = 10;
    private static readonly TimeSpan Poll = TimeSpan.FromSeconds(5), LongestPause = TimeSpan.FromMinutes(1);
    private static readonly Actor Rotation = new(ActorKind.System, "master-key-rotation");


    /// <summary>Keys wrapped anew at once.</summary>
    internal int PageSize { get; init; } = 500;

    /// <summary>Called after each page; a test stops there.</summary>
    internal Action AfterPage { get; init; } = static () => { };

    /// <summary>The stream that tells of changes.</summary>
    public static Guid Stream { get; } = StreamIds.IdOf(StreamType, StreamType);

    private BackgroundLoop Loop => field ??= new(RunDueAsync, trouble => LogInterrupted(trouble.GetType().Name), Poll, LongestPause, time);

    /// <summary>Starts.</summary>
    public void Start() => Loop.Start();

    /// <summary>Leaves what is under way to whoever comes next.</summary>
    public ValueTask DisposeAsync() => Loop.DisposeAsync();

    /// <summary>
    /// Subjects whose key could not be unwrapped when this node last tried, at most 100 of them: their rows were damaged, or are not what they say. The change does not end while there are any; erasing
    /// the subject, or putting the row right from a backup, lets it.
    /// </summary>
    public IReadOnlyList<Guid> Unreadable { get; private set; } = [];

    /// <summary>Names of secrets of the service that could not be unwrapped when this node last tried, at most 100 of them. The change does not end while there are any either.</summary>
    public IReadOnlyList<string> UnreadableSecrets { get; private set; } = [];

    /// <summary>Does the change that is to be done, if one is and this node was given both keys; to its end, unless another node is at it.</summary>
    public async Task RunDueAsync(CancellationToken cancellation = default)
    {
        if (await register.RefreshAsync(cancellation) is not { NextId: { } next } state || !keys.Knows(next) || !keys.Knows(state.Id))
        {
            (Unreadable, UnreadableSecrets) = ([], []);
            return;
        }
        await using var lease = await SessionLease.TryTakeAsync(database, LeaseNumber, cancellation);
        if (lease is null) return;
        LogBegun(state.Id, next);
        var (old, fresh) = (keys.Of(state.Id), keys.Of(next));
        // Nodes that do not know of the change yet still wrap with the old key: passes go on until one finds nothing. Where they never stop, the end is refused, and the next look comes after a pause.
        long rewrapped = 0, found = 1;
        for (var pass = 0; found > 0 && pass < MostPasses; pass++) rewrapped += found = await PassAsync(old, fresh, cancellation);
        if (Unreadable.Count + UnreadableSecrets.Count > 0) return;
        if (await FinishAsync(old, fresh, cancellation)) LogDone(state.Id, next, rewrapped);
    }

    /// <summary>How many keys are still wrapped by the key that is on its way out.</summary>
    public async Task<long> RemainingAsync(CancellationToken cancellation = default)
    {
        await using var command = database.Background.CreateCommand("""
            select (select count(*) from privacy.subject_keys k, privacy.master_key m where m.next_id is not null and k.wrapped_key is not null and k.master_key_id = m.id)
                 + (select count(*) from privacy.secrets s, privacy.master_key m where m.next_id is not null and s.master_key_id = m.id)
            """);
        return (long)(await command.ExecuteScalarAsync(cancellation))!;
    }

    /// <summary>Wraps everything that the old key wrapped; tells how much that was.</summary>
    private async Task<long> PassAsync(MasterKey old, MasterKey fresh, CancellationToken cancellation)
    {
        var (count, last) = (await SecretsAsync(old, fresh, cancellation), Guid.Empty);
        List<Guid> unreadable = [];
        while (await PageAsync(old.Id, last, cancellation) is { Count: > 0 } page)
        {
            last = page[^1].Id;
            var (ids, wrapped, anew) = (new List<Guid>(page.Count), new List<byte[]>(page.Count), new List<byte[]>(page.Count));
            foreach (var row in page)
            {
                if (Rewrap(row.Id, row.Wrapped, old, fresh) is not { } key)
                {
                    if (unreadable.Count < MostUnreadable) unreadable.Add(row.Id);
                    continue;
                }
                ids.Add(row.Id);
                wrapped.Add(row.Wrapped);
                anew.Add(key);
            }
            // Only what is still as it was read: a key that was erased meanwhile stays erased.
            await using var update = database.Background.CreateCommand("""
                update privacy.subject_keys k set wrapped_key = n.anew, master_key_id = $1
                from unnest($2::uuid[], $3::bytea[], $4::bytea[]) as n (id, wrapped, anew) where k.subject_id = n.id and k.wrapped_key = n.wrapped
                """);
            update.Parameters.Add(new NpgsqlParameter<string> { TypedValue = fresh.Id });
            update.Parameters.Add(new NpgsqlParameter<Guid[]> { TypedValue = [.. ids] });
            update.Parameters.Add(new NpgsqlParameter<byte[][]> { TypedValue = [.. wrapped], NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Bytea });
            update.Parameters.Add(new NpgsqlParameter<byte[][]> { TypedValue = [.. anew], NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Bytea });
            count += await update.ExecuteNonQueryAsync(cancellation);
            AfterPage();
            // What comes in meanwhile comes at the end: ids grow with time.
            if (page.Count < PageSize) break;
        }
        if (unreadable.Count > 0 && !unreadable.SequenceEqual(Unreadable)) LogUnreadable(unreadable.Count, string.Join(", ", unreadable));
        Unreadable = unreadable;
        return count;
    }

    /// <summary>A key wrapped anew; null: it does not open.</summary>
    private static byte[]? Rewrap(Guid boundTo, byte[] wrapped, MasterKey old, MasterKey fresh)
    {
        try
        {
            return fresh.Wrap(boundTo, old.Unwrap(boundTo, wrapped));
        }
        catch (Exception damaged) when (damaged is CryptographicException or ArgumentException)
        {
            return null;
        }
    }

    private async Task<List<(Guid Id, byte[] Wrapped)>> PageAsync(string oldId, Guid after, CancellationToken cancellation)
    {
        await using var command = database.Background.CreateCommand(
            "select subject_id, wrapped_key from privacy.subject_keys where subject_id > $1 and master_key_id = $2 and wrapped_key is not null order by subject_id limit $3");
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = after });
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = oldId });
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = PageSize });
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        List<(Guid, byte[])> page = [];
        while (await reader.ReadAsync(cancellation)) page.Add((reader.GetGuid(0), reader.GetFieldValue<byte[]>(1)));
        return page;
    }

    private async Task<long> SecretsAsync(MasterKey old, MasterKey fresh, CancellationToken cancellation)
    {
        List<(string Name, byte[] Wrapped)> secrets = [];
        await using (var command = database.Background.CreateCommand("select name, wrapped from privacy.secrets where master_key_id = $1 order by name"))
        {
            command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = old.Id });
            await using var reader = await command.ExecuteReaderAsync(cancellation);
            while (await reader.ReadAsync(cancellation)) secrets.Add((reader.GetString(0), reader.GetFieldValue<byte[]>(1)));
        }
        var count = 0L;
        List<string> unreadable = [];
        foreach (var (name, wrapped) in secrets)
        {
            if (Rewrap(ServiceSecrets.BoundTo(name), wrapped, old, fresh) is not { } anew)
            {
                if (unreadable.Count < MostUnreadable) unreadable.Add(name);
                continue;
            }
            await using var update = database.Background.CreateCommand("update privacy.secrets set wrapped = $1, master_key_id = $2 where name = $3 and wrapped = $4");
            update.Parameters.Add(new NpgsqlParameter<byte[]> { TypedValue = anew });
            update.Parameters.Add(new NpgsqlParameter<string> { TypedValue = fresh.Id });
            update.Parameters.Add(new NpgsqlParameter<string> { TypedValue = name });
            update.Parameters.Add(new NpgsqlParameter<byte[]> { TypedValue = wrapped });
            count += await update.ExecuteNonQueryAsync(cancellation);
        }
        if (unreadable.Count > 0 && !unreadable.SequenceEqual(UnreadableSecrets)) LogUnreadableSecrets(unreadable.Count, string.Join(", ", unreadable));
        UnreadableSecrets = unreadable;
        return count;
    }

    /// <summary>Ends the change. False: a key came in meanwhile that the old one wrapped, or another node was faster; the next look will tell.</summary>
    private async Task<bool> FinishAsync(MasterKey old, MasterKey fresh, CancellationToken cancellation)
    {
        var now = time.Now();
        var told = await store.ReadStreamAsync(Stream, cancellation: cancellation);
        try
        {
            var outcome = await store.AppendAsync(new Append
            {
                StreamId = Stream, StreamType = StreamType, ExpectedVersion = told.Count, Now = now, Rows = [MasterKeyChange.Row(old.Id, fresh.Id, now)],
                Events = [EventSerializer.ToNew(new MasterKeyRotated(old.Id, fresh.Id), now, Rotation, new EventOrigin(null))],
            }, cancellation);
            if (outcome is not Appended) return false;
        }
        catch (AppendFailedException failure) when (MasterKeyChange.IsUnfinished(failure))
        {
            return false;
        }
        await register.RefreshAsync(cancellation);
        return true;
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "The master key is being changed from {Old} to {New}")]
    private partial void LogBegun(string old, string @new);

    [LoggerMessage(Level = LogLevel.Information, Message = "The master key was changed from {Old} to {New}, {Count} keys wrapped anew by this node; the old one may be removed")]
    private partial void LogDone(string old, string @new, long count);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Count} keys of data subjects cannot be unwrapped, so the change of the master key cannot end: {Subjects}")]
    private partial void LogUnreadable(int count, string subjects);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Count} secrets of the service cannot be unwrapped, so the change of the master key cannot end: {Names}")]
    private partial void LogUnreadableSecrets(int count, string names);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The change of the master key was interrupted ({Error}); it goes on where it was")]
    private partial void LogInterrupted(string error);
}
