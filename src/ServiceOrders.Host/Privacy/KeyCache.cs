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

    private readonly record struct Entry(SubjectKey Key, long Since);

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

    public void Put(SubjectKey key)
    {
        lock (_lock)
        {
            if (_entries.Remove(key.Subject, out var old)) _byUse.Remove(old);
            _entries[key.Subject] = _byUse.AddFirst(new Entry(key, time.GetTimestamp()));
            if (_entries.Count <= capacity) return;
            _entries.Remove(_byUse.Last!.Value.Key.Subject);
            _byUse.RemoveLast();
        }
    }

    public void Remove(Guid subject)
    {
        lock (_lock)
        {
            if (_entries.Remove(subject, out var node)) _byUse.Remove(node);
        }
    }
}
