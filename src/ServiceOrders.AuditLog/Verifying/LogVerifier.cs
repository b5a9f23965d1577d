using System.Buffers.Binary;
using System.Globalization;
using Npgsql;
using ServiceOrders.Audit.Keys;
using ServiceOrders.Audit.Leaves;
using ServiceOrders.Audit.Merkle;
using ServiceOrders.AuditLog.Reading;
using ServiceOrders.AuditLog.Sending;

namespace ServiceOrders.AuditLog.Verifying;

/// <summary>What a verification goes by.</summary>
/// <param name="Keys">Keys that the verifier has from elsewhere; none: the log's first key is taken for good.</param>
/// <param name="CheckpointFile">Checkpoints that are kept outside of the database; null: there are none.</param>
/// <param name="Connections">Pages that are read at the same time.</param>
public sealed record VerificationBasis(IReadOnlyCollection<VerificationKey> Keys, string? CheckpointFile, int Connections = 2);

/// <summary>
/// Re-reads the whole store and lays it beside its log, the log beside what was signed, and what was signed here beside what is kept outside. Reads only, in short transactions: what is appended
/// meanwhile disturbs nothing and is not disturbed.
/// </summary>
/// <param name="source">The database; a few connections of it are used.</param>
/// <param name="time">The clock.</param>
public sealed class LogVerifier(NpgsqlDataSource source, TimeProvider time)
{
    /// <summary>Verifies all that is in the log when it begins.</summary>
    /// <param name="basis">What it goes by.</param>
    /// <param name="onProgress">Is told after each page, and may hold it up or stop it.</param>
    /// <param name="cancellation">Stops it.</param>
    public async Task<VerificationReport> RunAsync(VerificationBasis basis, Func<VerificationProgress, CancellationToken, ValueTask>? onProgress = null, CancellationToken cancellation = default)
    {
        var findings = new FindingList();
        var logId = await new LogReader(source).IdAsync(cancellation);
        var claims = new Claims(logId, await TrustedKeys.ReadAsync(source, logId, basis.Keys, findings, cancellation), token => TrustedKeys.ReadAsync(source, logId, basis.Keys, new FindingList(), token), findings);
        await ReadOutsideAsync(claims, basis.CheckpointFile, findings, cancellation);
        var largestSigned = await LargestSignedAsync(cancellation);
        var size = (await ContiguousTiles.ExtentAsync(source, findings, cancellation)).Size;

        var run = new Run(source, claims, findings);
        await run.PagesAsync(size, basis.Connections, onProgress, cancellation);
        await run.EndAsync(time.GetUtcNow(), cancellation);
        await new StreamCheck(source, findings).RunAsync(cancellation);
        await DemandEndAsync(claims, largestSigned, findings, cancellation);
        var unprotected = run.Leaves - run.ProtectedSize + await BehindAsync(run.Position, cancellation);
        return new VerificationReport(logId, run.Leaves, run.Position, run.Events, run.Deleted, claims.Inside, claims.Outside, unprotected, findings.Count, findings.Listed);
    }

    private async Task ReadOutsideAsync(Claims claims, string? path, FindingList findings, CancellationToken cancellation)
    {
        if (path is null) return;
        // What it had is asked before it is read, for it only grows. Only who has the very file that was written to knows: a copy elsewhere has another name.
        var name = new FileSink(path).Name;
        var had = (await new SinkTable(source).ListAsync(cancellation)).FirstOrDefault(sink => sink.Name == name)?.Size ?? 0;
        try
        {
            if (File.Exists(path))
            {
                using var file = new StreamReader(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
                await claims.ReadOutsideAsync(file, cancellation);
            }
        }
        catch (FormatException)
        {
            findings.Add(Finding.Of(FindingKind.CheckpointForged, "outside checkpoints", null, null, $"The file of checkpoints that is kept outside holds something that is none."));
            return;
        }
        if (claims.LargestRead < had)
            findings.Add(Finding.Of(FindingKind.Truncated, "outside checkpoints", null, null, $"The file of checkpoints that is kept outside had one of {had} events; the largest there now is of {claims.LargestRead}. It was taken away, emptied, or exchanged for an older one."));
    }

    /// <summary>Events that are not in the log yet, counted up to 100,000.</summary>
    private async Task<long> BehindAsync(long position, CancellationToken cancellation)
    {
        await using var query = source.CreateCommand("select count(*) from (select from events.mt_events where seq_id > $1 limit 100000) e");
        query.Parameters.Add(new() { Value = position });
        return (long)(await query.ExecuteScalarAsync(cancellation))!;
    }

    private async Task<long> LargestSignedAsync(CancellationToken cancellation)
    {
        await using var query = source.CreateCommand("select coalesce(max(size), 0) from audit.checkpoints");
        return (long)(await query.ExecuteScalarAsync(cancellation))!;
    }

    /// <summary>The log reaches as far as everything that was signed; it was looked at before, and the log only grows.</summary>
    private async Task DemandEndAsync(Claims claims, long largestSigned, FindingList findings, CancellationToken cancellation)
    {
        var extent = await ContiguousTiles.ExtentAsync(source, null, cancellation);
        if (claims.LargestOutside is { } outside && outside.Size > extent.Size)
            findings.Add(Finding.Of(FindingKind.Truncated, outside.Subject, extent.Size, extent.Position + 1, $"The checkpoint of {outside.Size} events that is kept outside, signed {outside.SignedAt:u}, has {outside.Size - extent.Size} events more than this log: its end was cut off, or an old backup was restored. Those after position {extent.Position}, up to {outside.Position}, are missing."));
        if (claims.LargestHandover is var handedOver && handedOver > extent.Size)
            findings.Add(Finding.Of(FindingKind.Truncated, FormattableString.Invariant($"handover {handedOver}"), extent.Size, extent.Position + 1, $"A key handed over at {handedOver} events, as it and its successor signed; the log has {extent.Size} now."));
        if (largestSigned > extent.Size)
            findings.Add(Finding.Of(FindingKind.Truncated, FormattableString.Invariant($"checkpoint {largestSigned}"), extent.Size, extent.Position + 1, $"A checkpoint of {largestSigned} events was signed here; the log has {extent.Size} now."));
    }

    /// <summary>One verification under way.</summary>
    private sealed class Run
    {
        private const int MostSuspects = 1000, RecordsAtOnce = 100;

        private readonly NpgsqlDataSource _source;
        private readonly FindingList _findings;
        private readonly MissingLeaves _missing;
        private readonly List<Suspect> _suspects = [];
        private readonly TreeCheck _tree;
        private int _changed;

        public Run(NpgsqlDataSource source, Claims claims, FindingList findings)
        {
            (_source, _findings, _missing) = (source, findings, new MissingLeaves(findings));
            _tree = new TreeCheck(source, claims, findings) { OnMet = _missing.Cover };
        }

        public long Leaves { get; private set; }
        public long Position { get; private set; }
        public long Events { get; private set; }
        public long Deleted => _missing.Explained;
        public long ProtectedSize => _tree.ProtectedSize;

        /// <summary>Several pages are read and hashed at a time; they are folded in their order.</summary>
        public async Task PagesAsync(long size, int connections, Func<VerificationProgress, CancellationToken, ValueTask>? onProgress, CancellationToken cancellation)
        {
            var tiles = (size + Tiles.Width - 1) / Tiles.Width;
            var reading = new Queue<Task<PageCheck>>();
            using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            try
            {
                var first = 0L;
                for (ReadOn(); reading.Count > 0;)
                {
                    var check = await reading.Peek();
                    _ = reading.Dequeue();
                    // All connections go on reading while this one is folded.
                    ReadOn();
                    await FoldAsync(check, cancellation);
                    if (onProgress is not null) await onProgress(new(Leaves, size, Events), cancellation);
                }

                void ReadOn()
                {
                    for (; reading.Count < connections && first < tiles; first += TilePage.Width)
                    {
                        var page = first;
                        reading.Enqueue(Task.Run(() => PageCheck.RunAsync(_source, page, tiles, stop.Token), stop.Token));
                    }
                }
            }
            finally
            {
                await stop.CancelAsync();
                foreach (var page in reading) await ((Task)page).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }

        public async Task EndAsync(DateTimeOffset now, CancellationToken cancellation)
        {
            await _tree.EndAsync(cancellation);
            _suspects.RemoveAll(suspect => suspect.LeafIndex is { } leaf && _tree.IsAltered(leaf));
            if (_missing.Any) await ReadComingAsync(cancellation);
            var gone = await _missing.UnexplainedAsync(new DeletionRecords(_source, _findings), now, cancellation);
            var explained = new HashSet<long>();
            foreach (var finding in Displacements.Find(_suspects, gone, explained)) _findings.Add(finding);
            MissingLeaves.Report([.. gone.Where(g => !explained.Contains(g.Position))], Leaves, _findings);
            foreach (var suspect in _suspects.Where(s => !explained.Contains(s.Position))) _findings.Add(Say(suspect));
        }

        private async Task FoldAsync(PageCheck check, CancellationToken cancellation)
        {
            foreach (var tile in check.Broken)
                _findings.Add(Finding.Of(FindingKind.LogAltered, FormattableString.Invariant($"tile 0/{tile}"), tile * Tiles.Width, null, $"The tile of leaves {tile * Tiles.Width} to {tile * Tiles.Width + Tiles.Width - 1} is gone, or is none: its events cannot be compared."));
            foreach (var suspect in check.Suspects)
            {
                if (suspect.LeafIndex is null ? _suspects.Count - _changed < MostSuspects : _changed < MostSuspects)
                {
                    _suspects.Add(suspect);
                    if (suspect.LeafIndex is not null) _changed++;
                }
                else _findings.AddUnnamed(suspect.LeafIndex is null ? FindingKind.Inserted : FindingKind.Changed, 1);
            }
            _findings.AddUnnamed(FindingKind.Changed, check.MoreChanged);
            _findings.AddUnnamed(FindingKind.Inserted, check.MoreInserted);
            _missing.Add(check);
            var broken = check.Broken.ToHashSet();
            await _tree.FoldAsync(check.Page, broken, check.Actual, cancellation);
            Events += check.Events;
            foreach (var row in check.Page.Rows.Where(row => !broken.Contains(row.Tile))) (Leaves, Position) = (row.FirstLeaf + row.Hashes.Length, row.Positions[^1]);
        }

        /// <summary>Records of deletions that came after what was looked at: what they name may have been there when the tiles were read.</summary>
        private async Task ReadComingAsync(CancellationToken cancellation)
        {
            await using var connection = await _source.OpenConnectionAsync(cancellation);
            for (var (after, read) = (Position, RecordsAtOnce); read == RecordsAtOnce;)
            {
                read = 0;
                await using var events = await RawEvents.DeletionsAsync(connection, after, RecordsAtOnce, cancellation);
                for (; await events.NextAsync(cancellation); read++)
                {
                    after = events.Position;
                    if (DeletionRecord.In(events.Tuple) is { } record) _missing.AddComing(record);
                }
            }
        }

        private static Finding Say(Suspect suspect)
        {
            var fields = EventEncoding.Split(suspect.Tuple);
            var (stream, version) = (fields[2] is { Length: 16 } id ? new Guid(id, bigEndian: true) : (Guid?)null, fields[3] is { Length: sizeof(long) } number ? BinaryPrimitives.ReadInt64BigEndian(number) : (long?)null);
            return suspect.LeafIndex is { } leaf
                ? new(FindingKind.Changed, Finding.Event, leaf, suspect.Position, stream, version, string.Create(CultureInfo.InvariantCulture, $"The event at position {suspect.Position} (now version {version} of stream {stream}) is not what entered the log as leaf {leaf}."))
                : new(FindingKind.Inserted, Finding.Event, null, suspect.Position, stream, version, string.Create(CultureInfo.InvariantCulture, $"The event at position {suspect.Position} (version {version} of stream {stream}) stands among events of the log and never entered it."));
        }
    }
}
