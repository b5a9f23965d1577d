using System.Threading.Channels;

namespace ServiceOrders.EventStore;

/// <summary>
/// Takes the next batch out of what waits: as much as there is, up to the bounds, no two appends with the same stream or key. What collides waits for the next batch
/// and is looked at first then.
/// </summary>
internal sealed class BatchCollector(ChannelReader<PendingAppend> queue, Action<PendingAppend> abandoned)
{
    public const int MaxAppends = 256, MaxEvents = 4_000, MaxCharacters = 8_000_000;

    private readonly HashSet<Guid> _streams = [];
    private readonly HashSet<UniqueKey> _keys = new(KeyIdentity.Instance);
    private List<PendingAppend> _waiting = [], _next = [];
    private int _events, _characters;

    /// <summary>Waits until there is something to take. False: nothing will come any more.</summary>
    public ValueTask<bool> WaitAsync() => _waiting.Count > 0 ? new(true) : queue.WaitToReadAsync();

    /// <summary>Puts appends back, to be taken first.</summary>
    public void PutBack(IEnumerable<PendingAppend> appends) => _waiting.InsertRange(0, appends);

    /// <summary>Fills the batch.</summary>
    public void Collect(List<PendingAppend> batch)
    {
        batch.Clear();
        _streams.Clear();
        _keys.Clear();
        (_events, _characters) = (0, 0);
        (_waiting, _next) = (_next, _waiting);
        foreach (var pending in _next) Offer(pending, batch);
        _next.Clear();
        while (batch.Count < MaxAppends && _events < MaxEvents && _characters < MaxCharacters && _waiting.Count < MaxAppends && queue.TryRead(out var pending))
            Offer(pending, batch);
    }

    private void Offer(PendingAppend pending, List<PendingAppend> batch)
    {
        if (pending.Abandoned) abandoned(pending);
        else if (Fits(pending, batch.Count)) Take(pending, batch);
        else _waiting.Add(pending);
    }

    private bool Fits(PendingAppend pending, int taken) =>
        taken == 0
        || (taken < MaxAppends && _events + pending.Append.Events.Count <= MaxEvents && _characters + pending.Characters <= MaxCharacters
            && !_streams.Contains(pending.Append.StreamId) && !Collides(pending.Append.Keys));

    private bool Collides(IReadOnlyList<UniqueKey> keys)
    {
        for (var i = 0; i < keys.Count; i++)
            if (_keys.Contains(keys[i])) return true;
        return false;
    }

    private void Take(PendingAppend pending, List<PendingAppend> batch)
    {
        batch.Add(pending);
        _streams.Add(pending.Append.StreamId);
        for (var i = 0; i < pending.Append.Keys.Count; i++) _keys.Add(pending.Append.Keys[i]);
        _events += pending.Append.Events.Count;
        _characters += pending.Characters;
    }
}

/// <summary>Keys are the same when scope and value are.</summary>
internal sealed class KeyIdentity : IEqualityComparer<UniqueKey>
{
    public static readonly KeyIdentity Instance = new();

    public bool Equals(UniqueKey? x, UniqueKey? y) => x!.Scope == y!.Scope && x.Value.AsSpan().SequenceEqual(y.Value);

    public int GetHashCode(UniqueKey obj)
    {
        var hash = new HashCode();
        hash.Add(obj.Scope, StringComparer.Ordinal);
        hash.AddBytes(obj.Value);
        return hash.ToHashCode();
    }
}
