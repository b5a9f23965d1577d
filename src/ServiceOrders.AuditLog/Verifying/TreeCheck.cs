using Npgsql;
using ServiceOrders.Audit.Merkle;

namespace ServiceOrders.AuditLog.Verifying;

/// <summary>
/// Folds the leaves' hashes into the tree, page after page, and lays it beside what was signed and beside the tiles of the levels above. Where a checkpoint is not met, the log was rewritten between
/// the last one that was and that one.
/// </summary>
/// <param name="source">The database.</param>
/// <param name="claims">What was signed.</param>
/// <param name="findings">Takes what is wrong.</param>
internal sealed class TreeCheck(NpgsqlDataSource source, Claims claims, FindingList findings)
{
    private readonly HashSet<bool> _failed = [];
    private readonly HashSet<long> _altered = [];
    private readonly Dictionary<long, long> _doubtful = [];
    private GrowingTree _tree = new();

    // With the events' own hashes in the place of leaves that say otherwise, from the first of them to the next checkpoint, which tells which of the two was signed.
    private GrowingTree? _asEventsSay;
    private ClaimedRoot? _lastGood;
    private bool _isLost;

    /// <summary>Leaves folded.</summary>
    public long Size => _tree.Edge.Size;

    /// <summary>The last good checkpoint outside that the tree was found to continue.</summary>
    public long ProtectedSize { get; private set; }

    /// <summary>Is told of each checkpoint that was met: what is before it is covered since then.</summary>
    public required Action<ClaimedRoot> OnMet { get; init; }

    /// <summary>Whether a leaf's hash was altered while its event was not: what was signed is met with the event's hash, and not with the leaf's.</summary>
    public bool IsAltered(long leaf) => _altered.Contains(leaf);

    /// <summary>Folds a page.</summary>
    /// <param name="page">The leaves.</param>
    /// <param name="broken">Tiles that are gone, or are none.</param>
    /// <param name="actual">What the events give where a leaf says otherwise.</param>
    /// <param name="cancellation">Cancels.</param>
    public async Task FoldAsync(TilePage page, IReadOnlySet<long> broken, IReadOnlyDictionary<long, TreeHash> actual, CancellationToken cancellation)
    {
        var rows = page.Rows.ToDictionary(row => row.Tile);
        var due = new Queue<ClaimedRoot>(await claims.BetweenAsync(source, page.First * Tiles.Width, page.End * Tiles.Width, cancellation));
        for (var tile = page.First; tile < page.End && !_isLost; tile++)
        {
            var row = broken.Contains(tile) ? null : rows[tile];
            if (row is not null) Fold(row, due, actual);
            else if (page.RootOf(tile) is { } root) FoldWhole(root, due);
            else Lose(tile);
            await CompareFullAsync(cancellation);
        }
    }

    /// <summary>At the end: compares the tiles of the levels above that are not full yet.</summary>
    public async Task EndAsync(CancellationToken cancellation)
    {
        if (_isLost) return;
        foreach (var (level, hashes) in _tree.Open.Where(open => open.Value.Count > 0).ToList())
            await CompareNodesAsync(level, (Size >> (Tiles.Height * level)) / Tiles.Width, hashes, cancellation);
    }

    private void Fold(LeafTile row, Queue<ClaimedRoot> due, IReadOnlyDictionary<long, TreeHash> actual)
    {
        var end = row.FirstLeaf + row.Hashes.Length;
        if (row.IsFull && (due.Count == 0 || due.Peek().Size >= end) && !Enumerable.Range(0, row.Hashes.Length).Any(i => actual.ContainsKey(row.FirstLeaf + i)))
        {
            Append(Tiles.Root(row.Hashes), Tiles.Height);
        }
        else
        {
            for (var i = 0; i < row.Hashes.Length; i++)
            {
                if (actual.TryGetValue(row.FirstLeaf + i, out var hash)) Doubt(row, i, hash);
                else Append(row.Hashes[i], 0);
                if (row.FirstLeaf + i + 1 < end) Meet(due, row, i);
            }
        }
        Meet(due, row, row.Hashes.Length - 1);
    }

    private void Doubt(LeafTile row, int i, TreeHash actual)
    {
        _doubtful[row.FirstLeaf + i] = row.Positions[i];
        (_asEventsSay ??= _tree.Copy()).Append(actual, 0);
        _tree.Append(row.Hashes[i], 0);
    }

    /// <summary>What was signed decides between leaves and events that contradict each other.</summary>
    private void Decide(ClaimedRoot claim)
    {
        if (_asEventsSay is null) return;
        if (claim.Root != _tree.Edge.Root)
        {
            // Neither: something else is wrong as well, and a later one, or one kept elsewhere, may still tell.
            if (claim.Root != _asEventsSay.Edge.Root) return;
            _tree = _asEventsSay;
            foreach (var (leaf, position) in _doubtful)
            {
                _altered.Add(leaf);
                findings.Add(Finding.Of(FindingKind.LogAltered, FormattableString.Invariant($"leaf {leaf}"), leaf, position, $"The hash of leaf {leaf} was altered in the log; its event, at position {position}, is as it was."));
            }
        }
        _asEventsSay = null;
        _doubtful.Clear();
    }

    private void FoldWhole(TreeHash root, Queue<ClaimedRoot> due)
    {
        Append(root, Tiles.Height);
        // Checkpoints inside of a tile that is gone cannot be checked.
        while (due.Count > 0 && due.Peek().Size < Size) due.Dequeue();
        Meet(due, null, 0);
    }

    private void Meet(Queue<ClaimedRoot> due, LeafTile? row, int last)
    {
        while (due.Count > 0 && due.Peek().Size == Size)
        {
            var claim = due.Dequeue();
            Decide(claim);
            if (claim.Root != _tree.Edge.Root) Fail(claim);
            else if (claim.IsHandover) continue;
            else if (row is not null && row.Positions[last] != claim.Position)
                findings.Add(Finding.Of(FindingKind.LogAltered, claim.Subject, Size - 1, claim.Position, $"The {claim.Subject} was signed with {claim.Position} as the position of its last event; the log has {row.Positions[last]}."));
            else
            {
                _lastGood = claim;
                if (claim.IsOutside) ProtectedSize = claim.Size;
                OnMet(claim);
            }
        }
    }

    /// <summary>All that follow one that is not met are not met either, and say nothing more.</summary>
    private void Fail(ClaimedRoot claim)
    {
        if (!_failed.Add(claim.IsOutside)) return;
        var (from, position) = (_lastGood?.Size ?? 0, _lastGood is { } good ? good.Position + 1 : 0);
        findings.Add(Finding.Of(claim.IsOutside ? FindingKind.Forked : FindingKind.LogAltered, claim.Subject, from, position, claim.IsOutside
            ? (FormattableString)$"The checkpoint of {claim.Size} events that is kept outside, signed {claim.SignedAt:u}, has another root than the first {claim.Size} events here. What stands in leaves {from} to {claim.Size - 1} (from position {position}) is not what stood there then: it was written anew, or an old backup was continued."
            : claim.IsHandover
            ? (FormattableString)$"The log no longer gives the root of {claim.Size} events that two keys signed when the one handed over to the other. Something in leaves {from} to {claim.Size - 1} (from position {position}) was written anew, events, log and checkpoints together."
            : $"The log no longer gives the root that was signed {claim.SignedAt:u} for {claim.Size} events. Something in leaves {from} to {claim.Size - 1} (positions {position} to {claim.Position}) was written anew, events and log together."));
    }

    private void Lose(long tile)
    {
        _isLost = true;
        findings.Add(Finding.Of(FindingKind.LogAltered, FormattableString.Invariant($"tree from tile {tile}"), tile * Tiles.Width, null, $"From leaf {tile * Tiles.Width} on, roots cannot be computed any more: nothing is left that tells them."));
    }

    private void Append(TreeHash hash, int level)
    {
        _tree.Append(hash, level);
        _asEventsSay?.Append(hash, level);
    }

    private async Task CompareFullAsync(CancellationToken cancellation)
    {
        foreach (var (level, hashes) in _tree.Open)
        {
            if (hashes.Count < Tiles.Width) continue;
            await CompareNodesAsync(level, (Size >> (Tiles.Height * level)) / Tiles.Width - 1, hashes, cancellation);
            hashes.Clear();
            if (_asEventsSay?.Open.TryGetValue(level, out var others) == true) others.Clear();
        }
    }

    private async Task CompareNodesAsync(int level, long tile, List<TreeHash> computed, CancellationToken cancellation)
    {
        await using var query = source.CreateCommand("select hashes from audit.node_tiles where level = $1 and tile = $2");
        query.Parameters.Add(new() { Value = (short)level });
        query.Parameters.Add(new() { Value = tile });
        var stored = await query.ExecuteScalarAsync(cancellation) as byte[] ?? [];
        var wrong = Enumerable.Range(0, computed.Count).FirstOrDefault(i => stored.Length < (i + 1) * TreeHash.Length || TreeHash.From(stored.AsSpan(i * TreeHash.Length, TreeHash.Length)) != computed[i], -1);
        if (wrong < 0) return;
        var leaves = 1L << (Tiles.Height * level);
        var first = (tile * Tiles.Width + wrong) * leaves;
        findings.Add(Finding.Of(FindingKind.LogAltered, FormattableString.Invariant($"tile {level}/{tile}"), first, null, $"Tile {tile} of level {level} does not hold the root of leaves {first} to {first + leaves - 1}: it, or what is below it, was altered."));
    }
}

/// <summary>A tree that grows, and the nodes of its tiles that are not full yet.</summary>
internal sealed class GrowingTree
{
    /// <summary>Its edge.</summary>
    public Frontier Edge { get; private init; } = new();

    /// <summary>By level of tiles, the hashes since the last full tile.</summary>
    public Dictionary<int, List<TreeHash>> Open { get; private init; } = [];

    /// <summary>The same, to be continued on its own.</summary>
    public GrowingTree Copy() => new() { Edge = Edge.Copy(), Open = Open.ToDictionary(open => open.Key, open => open.Value.ToList()) };

    /// <summary>Appends a leaf, or a tile's root.</summary>
    public void Append(TreeHash hash, int level)
    {
        if (level == Tiles.Height) Note(new TreeNode(level, Edge.Size >> level), hash);
        Edge.Append(hash, level, Note);
    }

    private void Note(TreeNode node, TreeHash hash)
    {
        if (node.Level % Tiles.Height != 0) return;
        var level = node.Level / Tiles.Height;
        if (!Open.TryGetValue(level, out var hashes)) Open[level] = hashes = [];
        hashes.Add(hash);
    }
}
