namespace ServiceOrders.Host.Privacy;

/// <summary>
/// The keys used last, at most <paramref name="capacity"/>, each for at most <paramref name="lifetime"/>: that long an erasure on one node may take to be known on another.
/// Safe for concurrent use.
/// </summary>
/// <param name="capacity">How many.</param>
/// <param name="lifetime">How long.</param>
/// <param name="time">The clock.</param>
internal sealed class KeyCache(int capacity, TimeSpan lifetime, TimeProvider time)
{
    private readonly Lock _lock = new();
    private readonly LinkedList<Entry> _byUse = [];
    private readonly Dictionary<Guid, LinkedListNode<Entry>> _entries = [];
    private long _removals;

    private readonly record struct Entry(Guid Id, SubjectKey Key, long Since);

    public int Count
    {
        get { lock (_lock) return _entries.Count; }
    }

    public SubjectKey? Find(Guid subject)
    {
        lock (_lock)
        {
            if (!_entries.TryGetValue(subject, out var node)) return null;
            _byUse.Remove(node);
            if (time.GetElapsedTime(node.Value.Since) >= lifetime)
            {
                _entries.Remove(subject);
                return null;
            }
            _byUse.AddFirst(node);
            return node.Value.Key;
        }
    }

    /// <summary>To be taken before a key is read that is then put: one that was removed meanwhile must not come back.</summary>
    public long Mark()
    {
        lock (_lock) return _removals;
    }

    public void Put(SubjectKey key, long mark) => Put(key.Subject, key, mark);

    /// <summary>The same, under an id that is not the subject's.</summary>
    public void Put(Guid id, SubjectKey key, long mark)
    {
        lock (_lock)
        {
            if (mark != _removals) return;
            if (_entries.Remove(id, out var old)) _byUse.Remove(old);
            _entries[id] = _byUse.AddFirst(new Entry(id, key, time.GetTimestamp()));
            if (_entries.Count <= capacity) return;
            _entries.Remove(_byUse.Last!.Value.Id);
            _byUse.RemoveLast();
        }
    }

    public void Remove(Guid subject)
    {
        lock (_lock)
        {
            _removals++;
            if (_entries.Remove(subject, out var node)) _byUse.Remove(node);
        }
    }

    public void Clear()
    {
        lock (_lock)
        {
            _removals++;
            _entries.Clear();
            _byUse.Clear();
        }
    }
}
