using ServiceOrders.EventStore;

namespace ServiceOrders.Host.Tests.Given;

/// <summary>A store into whose appends a test meddles: what happens just before one, or right after it went, before the caller hears of it.</summary>
/// <param name="store">The store itself.</param>
public sealed class MeddlingStore(IEventStore store) : IEventStore
{
    private int _appends;

    /// <summary>Called before each append, with its number from 1.</summary>
    public Func<int, Append, Task> Before { get; init; } = static (_, _) => Task.CompletedTask;

    /// <summary>Called after each append that went, before its caller hears of it.</summary>
    public Action<int> After { get; init; } = static _ => { };

    /// <summary>Called before each append that brings a stream back from the archive.</summary>
    public Func<Task> BeforeRestore { get; init; } = static () => Task.CompletedTask;

    public int Appends => Volatile.Read(ref _appends);

    public async ValueTask<AppendOutcome> AppendAsync(Append append, CancellationToken cancellation = default)
    {
        var number = Interlocked.Increment(ref _appends);
        await Before(number, append);
        var outcome = await store.AppendAsync(append, CancellationToken.None);
        After(number);
        return outcome;
    }

    public async ValueTask<AppendOutcome> RestoreAsync(Append append, CancellationToken cancellation = default)
    {
        await BeforeRestore();
        return await store.RestoreAsync(append, CancellationToken.None);
    }

    public Task<IReadOnlyList<StoredEvent>> ReadStreamAsync(Guid streamId, long fromVersion = 1, long toVersion = long.MaxValue,
        DateTimeOffset? recordedUntil = null, int limit = int.MaxValue, CancellationToken cancellation = default) =>
        store.ReadStreamAsync(streamId, fromVersion, toVersion, recordedUntil, limit, cancellation);

    public IAsyncEnumerable<IReadOnlyList<StreamHistory>> ReadStreamsAsync(IReadOnlyCollection<Guid> streamIds, CancellationToken cancellation = default) => store.ReadStreamsAsync(streamIds, cancellation);

    public Task<IReadOnlyList<StoredEvent>> ReadAllAsync(long afterPosition, int limit, CancellationToken cancellation = default) => store.ReadAllAsync(afterPosition, limit, cancellation);

    public Task<UsedKey?> FindKeyAsync(string scope, byte[] value, CancellationToken cancellation = default) => store.FindKeyAsync(scope, value, cancellation);
}
