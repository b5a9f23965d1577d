using ServiceOrders.Audit.Merkle;

namespace ServiceOrders.AuditLog.Building;

/// <summary>A tile that grows: up to 256 hashes, and of leaves their events' positions.</summary>
internal sealed class OpenTile
{
    private readonly byte[] _hashes = new byte[Tiles.FullLength];
    private readonly long[]? _positions;
    private readonly int _stored;

    private OpenTile(int level, long index, ReadOnlySpan<byte> hashes, long[]? positions)
    {
        (Level, Index, _stored) = (level, index, hashes.Length / TreeHash.Length);
        Count = _stored;
        hashes.CopyTo(_hashes);
        if (level > 0) return;
        _positions = new long[Tiles.Width];
        positions?.CopyTo(_positions, 0);
    }

    /// <summary>Its level, 0 for leaves.</summary>
    public int Level { get; }

    /// <summary>Its place in the level.</summary>
    public long Index { get; }

    /// <summary>How many hashes it has.</summary>
    public int Count { get; private set; }

    public bool IsFull => Count == Tiles.Width;

    public bool WasStored => _stored > 0;

    public bool HasGrown => Count > _stored;

    public ReadOnlyMemory<byte> Hashes => _hashes.AsMemory(0, Count * TreeHash.Length);

    public ReadOnlyMemory<long> Positions => _positions.AsMemory(0, Count);

    /// <summary>An empty one.</summary>
    public static OpenTile New(int level, long index) => new(level, index, [], null);

    /// <summary>One as it is stored.</summary>
    public static OpenTile Stored(int level, long index, byte[] hashes, long[]? positions) => new(level, index, hashes, positions);

    /// <summary>Appends a hash; its position counts where it is a leaf's.</summary>
    public void Add(TreeHash hash, long position)
    {
        hash.CopyTo(_hashes.AsSpan(Count * TreeHash.Length));
        if (_positions is not null) _positions[Count] = position;
        Count++;
    }
}
