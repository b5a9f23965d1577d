using System.Globalization;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using ServiceOrders.Audit.Checkpoints;
using ServiceOrders.Audit.Merkle;
using ServiceOrders.AuditLog.Reading;
using ServiceOrders.AuditLog.Sending;
using ServiceOrders.AuditLog.Verifying;
using ServiceOrders.EventStore;

namespace ServiceOrders.AuditLog.Signing;

/// <summary>What came of asking for a checkpoint.</summary>
/// <param name="Checkpoint">The last checkpoint there is; null: there is none, or it was refused.</param>
/// <param name="IsNew">Whether it was signed just now.</param>
/// <param name="Refusal">Why nothing was signed, where something is wrong.</param>
public sealed record SigningOutcome(StoredCheckpoint? Checkpoint, bool IsNew, SigningRefusal? Refusal);

/// <summary>
/// Signs the tree as it stands, never two histories: under a lock that all nodes share, and only after the tree was found to continue the last checkpoint signed here and the last one that
/// lies in each place outside that can be asked. Else it refuses, says why, and has the log verified. What is signed is stored durably before anyone hears of it; so after a crash the same bytes are sent, or nothing was signed.
/// </summary>
/// <param name="database">The database.</param>
/// <param name="keys">This node's keys.</param>
/// <param name="sinks">The places outside.</param>
/// <param name="node">Names this node where it refuses.</param>
/// <param name="time">The clock.</param>
/// <param name="log">Tells of refusals.</param>
public sealed partial class CheckpointSigner(
    StoreDatabase database, SigningKeys keys, IReadOnlyList<ICheckpointSink> sinks, string node, TimeProvider time, ILogger<CheckpointSigner>? log = null)
{
    /// <summary>The advisory lock of class 21327 under which checkpoints are signed.</summary>
    public const int LockNumber = 10;

    /// <summary>How long a place outside has to tell what lies there.</summary>
    public static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(10);

    private readonly ILogger _log = log ?? NullLogger<CheckpointSigner>.Instance;
    private readonly LogReader _reader = new(database.Background);
    private readonly RefusalTable _refusals = new(database.Background);
    private readonly VerificationTable _verifications = new(database.Background);
    private readonly SinkTable _sent = new(database.Background);
    private readonly Patience _patience = new(LongestWait, time);
    private bool _mayStandRefused = true;

    /// <summary>Signs, where the tree has grown since the last checkpoint.</summary>
    public async Task<SigningOutcome> SignAsync(CancellationToken cancellation = default)
    {
        try
        {
            var outcome = await SignLockedAsync(cancellation).ConfigureAwait(false);
            if (_mayStandRefused) await _refusals.ClearAsync(node, cancellation).ConfigureAwait(false);
            _mayStandRefused = false;
            if (outcome.IsNew) AuditLogMetrics.Signed.Add(1);
            return outcome;
        }
        catch (SigningRefusedException refused)
        {
            var refusal = new SigningRefusal(node, refused.Kind, refused.Message, time.GetUtcNow());
            _mayStandRefused = true;
            AuditLogMetrics.Refused.Add(1);
            LogRefused(refused.Kind, refused.Message);
            var isNew = await _refusals.NoteAsync(refusal, cancellation).ConfigureAwait(false);
            // What contradicts a signature is looked for at once, event by event, and named by the findings of that verification.
            if (isNew && refused.Kind is not (SigningRefusalKind.OtherKey or SigningRefusalKind.Elsewhere)) await _verifications.RequestAsync($"refusal on {node}", refusal.Since, cancellation).ConfigureAwait(false);
            return new(null, false, refusal);
        }
    }

    /// <summary>Does something while no node signs.</summary>
    /// <param name="source">The database; one connection is held meanwhile.</param>
    /// <param name="work">What. Must not ask for a checkpoint.</param>
    /// <param name="cancellation">Cancels.</param>
    public static async Task<T> WhileNobodySignsAsync<T>(NpgsqlDataSource source, Func<Task<T>> work, CancellationToken cancellation = default)
    {
        await using var connection = await source.OpenConnectionAsync(cancellation).ConfigureAwait(false);
        await using var transaction = await connection.BeginTransactionAsync(cancellation).ConfigureAwait(false);
        await using (var take = new NpgsqlCommand($"select pg_advisory_xact_lock(21327, {LockNumber})", connection)) await take.ExecuteNonQueryAsync(cancellation).ConfigureAwait(false);
        return await work().ConfigureAwait(false);
    }

    private async Task<SigningOutcome> SignLockedAsync(CancellationToken cancellation)
    {
        var logId = await _reader.IdAsync(cancellation).ConfigureAwait(false);
        // Before the lock is taken: a disk that hangs must hold up neither this node's other work nor the others.
        var outside = await ReadOutsideAsync(cancellation).ConfigureAwait(false);
        await using var connection = await database.Background.OpenConnectionAsync(cancellation).ConfigureAwait(false);
        await using var transaction = await connection.BeginTransactionAsync(cancellation).ConfigureAwait(false);
        NpgsqlCommand Command(string sql) => new(sql, connection);
        // The tiles were committed without waiting for the disk. This commit waits, and with it all that came before is there for good.
        await using (var settle = Command($"set local synchronous_commit = on; select pg_advisory_xact_lock(21327, {LockNumber})")) await settle.ExecuteNonQueryAsync(cancellation).ConfigureAwait(false);

        var checkpoints = new CheckpointTable(Command);
        var last = await checkpoints.LatestAsync(cancellation).ConfigureAwait(false);
        var introduced = await new KeyTable(Command).ListAsync(cancellation).ConfigureAwait(false);
        var signers = keys.SignersAfter(last?.KeyId, introduced);
        await DemandNobodyElseRefusesAsync(Command, cancellation).ConfigureAwait(false);
        var tree = await Tree.ReadAsync(new TileNodes(new LogTiles(connection)), await LogExtent.ReadAsync(Command, cancellation).ConfigureAwait(false), cancellation).ConfigureAwait(false);
        if (last is not null) await tree.DemandContinuationAsync(last.Size, last.Root, "signed last", cancellation).ConfigureAwait(false);
        foreach (var (place, note) in outside) await DemandContinuationAsync(place, note, tree, logId, introduced, cancellation).ConfigureAwait(false);
        if (tree.Extent.Size == (last?.Size ?? 0)) return new(last, false, null);

        var now = ToMicroseconds(time.GetUtcNow());
        var checkpoint = new Checkpoint(logId, tree.Extent.Size, tree.Root, last?.SignedAt > now ? last.SignedAt : now, tree.Extent.Position);
        var signed = new StoredCheckpoint(checkpoint.Size, tree.Root, checkpoint.SignedAt, checkpoint.Position, signers[0].Id, SignedNote.Sign(checkpoint, signers).Text);
        await checkpoints.AddAsync(signed, cancellation).ConfigureAwait(false);
        await transaction.CommitAsync(cancellation).ConfigureAwait(false);
        return new(signed, true, null);
    }

    /// <summary>The last note that lies in each place that can be asked; null: none does.</summary>
    private async Task<List<(string Place, string? Note)>> ReadOutsideAsync(CancellationToken cancellation)
    {
        var sent = (await _sent.ListAsync(cancellation).ConfigureAwait(false)).ToDictionary(state => state.Name, state => state.Size, StringComparer.Ordinal);
        List<(string, string?)> notes = [];
        foreach (var sink in sinks.Where(sink => sink.CanBeAsked))
        {
            string? note;
            try
            {
                note = await _patience.AskAsync(sink, () => sink.LastNoteAsync(cancellation).AsTask(), cancellation).ConfigureAwait(false);
            }
            catch (Exception trouble) when (trouble is IOException or UnauthorizedAccessException or TimeoutException)
            {
                throw new SigningRefusedException(SigningRefusalKind.OutsideUnusable, $"What lies at {sink.Name} cannot be read: {trouble.Message}");
            }
            var there = SignedNote.TryParse(note ?? "", out var last) ? last.Checkpoint.Size : 0;
            // An empty or older file in the place of one that was written to is no agreement.
            if (sent.TryGetValue(sink.Name, out var size) && there < size)
                throw new SigningRefusedException(SigningRefusalKind.OutsideUnusable, string.Create(CultureInfo.InvariantCulture, $"{sink.Name} had a checkpoint of {size} events, and has one of {there} now. Put it back, or keep checkpoints in another place from now on."));
            notes.Add((sink.Name, note));
        }
        return notes;
    }

    /// <summary>What contradicts one node's checkpoints outside contradicts the log, also where the others keep none.</summary>
    private async Task DemandNobodyElseRefusesAsync(Func<string, NpgsqlCommand> command, CancellationToken cancellation)
    {
        await using var query = command("select node, kind, detail from audit.refusals where node <> $1 and kind in ('Truncated', 'Forked') order by since limit 1");
        query.Parameters.Add(new() { Value = node });
        await using var rows = await query.ExecuteReaderAsync(cancellation).ConfigureAwait(false);
        if (await rows.ReadAsync(cancellation).ConfigureAwait(false))
            throw new SigningRefusedException(SigningRefusalKind.Elsewhere, $"{rows.GetString(0)} refuses ({rows.GetString(1)}): {rows.GetString(2)}");
    }

    private async Task DemandContinuationAsync(string place, string? note, Tree tree, string logId, IReadOnlyList<IntroducedKey> introduced, CancellationToken cancellation)
    {
        if (note is null) return;
        if (!SignedNote.TryParse(note, out var outside)) throw new SigningRefusedException(SigningRefusalKind.OutsideUnusable, $"What lies at {place} is no checkpoint.");
        if (outside.Checkpoint.LogId != logId) throw new SigningRefusedException(SigningRefusalKind.OutsideUnusable, $"What lies at {place} belongs to another log, {outside.Checkpoint.LogId}; this one is {logId}.");
        if (!keys.Verifies(outside, introduced)) throw new SigningRefusedException(SigningRefusalKind.OutsideUnusable, $"The last checkpoint at {place} was signed by no key of this log.");
        await tree.DemandContinuationAsync(outside.Checkpoint.Size, outside.Checkpoint.Root, $"kept at {place}", cancellation).ConfigureAwait(false);
    }

    private static DateTimeOffset ToMicroseconds(DateTimeOffset time) => new(time.UtcTicks - time.UtcTicks % TimeSpan.TicksPerMicrosecond, TimeSpan.Zero);

    [LoggerMessage(62, LogLevel.Critical, "No checkpoint is signed ({Kind}): {Detail}")]
    private partial void LogRefused(SigningRefusalKind kind, string detail);

    /// <summary>The tree as it stands.</summary>
    private sealed record Tree(INodeSource Nodes, LogExtent Extent, TreeHash Root)
    {
        public static async Task<Tree> ReadAsync(INodeSource nodes, LogExtent extent, CancellationToken cancellation)
        {
            try
            {
                return new(nodes, extent, await ProofBuilder.RootAsync(nodes, extent.Size, cancellation).ConfigureAwait(false));
            }
            catch (MissingNodeException missing)
            {
                throw new SigningRefusedException(SigningRefusalKind.Truncated, $"The log is not whole: {missing.Message}");
            }
        }

        /// <summary>
        /// It begins with the tree of a checkpoint, by a proof from the one root to the other. Both are folded out of different rows, so that each is right by itself says nothing of the other: an
        /// altered node above signed leaves shows only in the way between them.
        /// </summary>
        public async Task DemandContinuationAsync(long size, TreeHash root, string which, CancellationToken cancellation)
        {
            var checkpoint = string.Create(CultureInfo.InvariantCulture, $"The checkpoint of {size} events that was {which}");
            if (size > Extent.Size)
                throw new SigningRefusedException(SigningRefusalKind.Truncated, string.Create(CultureInfo.InvariantCulture, $"{checkpoint} has {size - Extent.Size} more than this log, which has {Extent.Size}."));
            try
            {
                var proof = await ProofBuilder.ConsistencyAsync(Nodes, size, Extent.Size, cancellation).ConfigureAwait(false);
                if (ProofVerifier.IsConsistent(size, root, Extent.Size, Root, proof)) return;
            }
            catch (MissingNodeException missing)
            {
                throw new SigningRefusedException(SigningRefusalKind.Truncated, $"{checkpoint} cannot be found in this log: {missing.Message}");
            }
            throw new SigningRefusedException(SigningRefusalKind.Forked, $"{checkpoint} has the root {root.ToBase64()}, which this log of {Extent.Size} events does not continue.");
        }
    }
}
