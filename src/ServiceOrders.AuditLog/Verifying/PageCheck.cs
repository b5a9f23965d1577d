using Npgsql;
using ServiceOrders.Audit.Leaves;
using ServiceOrders.Audit.Merkle;
using ServiceOrders.AuditLog.Reading;

namespace ServiceOrders.AuditLog.Verifying;

/// <summary>A leaf whose event is not as it was, or an event that is no leaf's.</summary>
/// <param name="LeafIndex">The leaf; null: an event that is in no leaf.</param>
/// <param name="Position">The position.</param>
/// <param name="Expected">The leaf's hash.</param>
/// <param name="Tuple">The event as it stands there now; null: none does.</param>
internal sealed record Suspect(long? LeafIndex, long Position, TreeHash? Expected, byte[]? Tuple);

/// <summary>A record of a deletion, which is itself an event of the log.</summary>
internal sealed record DeletionRecord(long LeafIndex, EventRecord Event)
{
    private static ReadOnlySpan<byte> Type => "records_deleted"u8;

    /// <summary>The record that a tuple holds; null: it holds none, or one that only someone who goes past the service could have written.</summary>
    public static EventRecord? In(ReadOnlySpan<byte> tuple)
    {
        if (!EventEncoding.TypeOf(tuple).SequenceEqual(Type)) return null;
        try
        {
            return EventEncoding.Decode(tuple);
        }
        catch (FormatException)
        {
            return null;
        }
    }
}

/// <summary>
/// Reads the events of a page of tiles as raw tuples, hashes them, and lays them beside the leaves. The tiles are read first: an event that is in one was committed before it, so it is there,
/// or was deleted since.
/// </summary>
internal sealed class PageCheck
{
    private const int MostSuspects = 256;

    private int _changed;

    private PageCheck(TilePage page) => Page = page;

    public TilePage Page { get; }

    /// <summary>Events read.</summary>
    public long Events { get; private set; }

    /// <summary>Leaves whose events are gone.</summary>
    public List<(long LeafIndex, long Position, TreeHash Hash)> Missing { get; } = [];

    /// <summary>Leaves whose events changed, and events in no leaf; more than a few hundred are only counted.</summary>
    public List<Suspect> Suspects { get; } = [];

    /// <summary>Changed leaves beyond.</summary>
    public long MoreChanged { get; private set; }

    /// <summary>Events in no leaf beyond.</summary>
    public long MoreInserted { get; private set; }

    /// <summary>Records of deletions that are as they were.</summary>
    public List<DeletionRecord> Deletions { get; } = [];

    /// <summary>What the events give where a leaf says otherwise, by leaf.</summary>
    public Dictionary<long, TreeHash> Actual { get; } = [];

    /// <summary>Tiles that cannot be compared, because their rows are gone or are none.</summary>
    public List<long> Broken { get; } = [];

    /// <summary>Reads and compares a page. One that holds what nobody could have foreseen is as good as gone, and the others are looked at all the same.</summary>
    public static async Task<PageCheck> RunAsync(NpgsqlDataSource source, long firstTile, long tiles, CancellationToken cancellation)
    {
        try
        {
            return await ReadAsync(source, firstTile, tiles, cancellation);
        }
        catch (Exception none) when (none is InvalidCastException or FormatException or OverflowException or ArgumentException or InvalidDataException)
        {
            var check = new PageCheck(TilePage.Unreadable(firstTile, tiles));
            check.Leaves(tiles);
            return check;
        }
    }

    private static async Task<PageCheck> ReadAsync(NpgsqlDataSource source, long firstTile, long tiles, CancellationToken cancellation)
    {
        await using var connection = await source.OpenConnectionAsync(cancellation);
        var check = new PageCheck(await TilePage.ReadAsync(connection, firstTile, tiles, cancellation));
        var (leaves, ignored) = check.Leaves(tiles);
        if (leaves.Count > 0) await check.CompareAsync(connection, leaves, ignored, cancellation);
        return check;
    }

    /// <summary>The leaves that can be compared, and spans of positions about which a broken tile leaves nothing to say.</summary>
    private (List<(long Index, long Position, TreeHash Hash)> Leaves, List<(long After, long Before)> Ignored) Leaves(long tiles)
    {
        var (leaves, ignored, after, rows) = (new List<(long, long, TreeHash)>(), new List<(long After, long Before)>(), Page.After, Page.Rows.ToDictionary(row => row.Tile));
        for (var tile = Page.First; tile < Page.End; tile++)
        {
            if (!rows.TryGetValue(tile, out var row) || !row.IsSound(after) || (!row.IsFull && tile < tiles - 1))
            {
                Broken.Add(tile);
                var next = Page.Rows.FirstOrDefault(r => r.Tile > tile && r.Positions.Length > 0)?.Positions[0] ?? after;
                ignored.Add((after, next));
                continue;
            }
            for (var i = 0; i < row.Positions.Length; i++) leaves.Add((row.FirstLeaf + i, row.Positions[i], row.Hashes[i]));
            after = row.Positions[^1];
        }
        return (leaves, ignored);
    }

    private async Task CompareAsync(NpgsqlConnection connection, List<(long Index, long Position, TreeHash Hash)> leaves, List<(long After, long Before)> ignored, CancellationToken cancellation)
    {
        await using var events = await RawEvents.RangeAsync(connection, Page.After, leaves[^1].Position, cancellation);
        var at = 0;
        while (await events.NextAsync(cancellation))
        {
            Events++;
            var (position, hash) = (events.Position, events.Hash());
            for (; at < leaves.Count && leaves[at].Position < position; at++) Missing.Add(leaves[at]);
            if (at < leaves.Count && leaves[at].Position == position) Compare(leaves[at++], hash, events.Tuple);
            else if (!ignored.Exists(gap => position > gap.After && position < gap.Before)) Suspect(new(null, position, null, events.Tuple.ToArray()));
        }
        for (; at < leaves.Count; at++) Missing.Add(leaves[at]);
    }

    private void Compare((long Index, long Position, TreeHash Hash) leaf, TreeHash hash, ReadOnlySpan<byte> tuple)
    {
        if (leaf.Hash != hash)
        {
            Actual[leaf.Index] = hash;
            Suspect(new(leaf.Index, leaf.Position, leaf.Hash, tuple.ToArray()));
        }
        else if (DeletionRecord.In(tuple) is { } record) Deletions.Add(new(leaf.Index, record));
    }

    private void Suspect(Suspect suspect)
    {
        // Apart, so that many of the one do not hide the other.
        var isChanged = suspect.LeafIndex is not null;
        if ((isChanged ? _changed : Suspects.Count - _changed) < MostSuspects)
        {
            Suspects.Add(suspect);
            if (isChanged) _changed++;
        }
        else if (isChanged) MoreChanged++;
        else MoreInserted++;
    }
}
