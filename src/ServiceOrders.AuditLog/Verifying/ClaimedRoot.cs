using System.Globalization;
using Npgsql;
using ServiceOrders.Audit.Checkpoints;
using ServiceOrders.Audit.Keys;
using ServiceOrders.Audit.Merkle;
using ServiceOrders.AuditLog.Reading;

namespace ServiceOrders.AuditLog.Verifying;

/// <summary>What a good checkpoint says of the log, or a key that handed over.</summary>
/// <param name="Size">So many leaves.</param>
/// <param name="Root">This root.</param>
/// <param name="SignedAt">When that was said.</param>
/// <param name="Position">The last leaf's position.</param>
/// <param name="IsOutside">Whether it is kept outside of the database.</param>
/// <param name="IsHandover">Whether a key handed over with that, in place of a checkpoint: then neither time nor position is said.</param>
internal readonly record struct ClaimedRoot(long Size, TreeHash Root, DateTimeOffset SignedAt, long Position, bool IsOutside, bool IsHandover = false)
{
    /// <summary>Names the checkpoint.</summary>
    public string Subject => string.Create(CultureInfo.InvariantCulture, $"{(IsHandover ? "handover" : IsOutside ? "outside checkpoint" : "checkpoint")} {Size}");

    public static ClaimedRoot Of(KeyHandover handover) => new(handover.Size, handover.Root, default, 0, IsOutside: false, IsHandover: true);

    public static ClaimedRoot Of(Checkpoint checkpoint, bool isOutside) => new(checkpoint.Size, checkpoint.Root, checkpoint.SignedAt, checkpoint.Position, isOutside);
}

/// <summary>
/// The checkpoints of a log. Sorted out is what no trusted key signed, what is not in its row as it was signed, and what is dated earlier than a smaller one: a signed note may be
/// kept back and its date be made up. Beside them stand the roots with which keys handed over: whoever has a key that is out of use can put other checkpoints into the place of those that it signed, and
/// not what both keys signed then.
/// </summary>
/// <param name="logId">The log.</param>
/// <param name="keys">Whose checkpoints count.</param>
/// <param name="renewed">Reads the keys again: a key may have taken over while the verification runs.</param>
/// <param name="findings">Takes what is wrong.</param>
internal sealed class Claims(string logId, TrustedKeys keys, Func<CancellationToken, Task<TrustedKeys>> renewed, FindingList findings)
{
    private const int MostDoubted = 1000;

    private DateTimeOffset _lastInside, _lastOutside;
    private List<ClaimedRoot> _outside = [];
    private TrustedKeys _keys = keys;
    private int _nextOutside;

    /// <summary>Checkpoints of the database that were looked at.</summary>
    public long Inside { get; private set; }

    /// <summary>Checkpoints outside that were looked at.</summary>
    public long Outside { get; private set; }

    /// <summary>The size of the largest outside, good or not; 0: there is none.</summary>
    public long LargestRead { get; private set; }

    /// <summary>The largest good one outside; null: there is none.</summary>
    public ClaimedRoot? LargestOutside => _outside.Count > 0 ? _outside[^1] : null;

    /// <summary>The size of the largest with which a key handed over; 0: none did.</summary>
    public long LargestHandover => _keys.Handovers.Select(handover => handover.Size).DefaultIfEmpty(0).Max();

    /// <summary>Reads what is kept outside.</summary>
    /// <exception cref="FormatException">It is no file of checkpoints.</exception>
    public async Task ReadOutsideAsync(TextReader file, CancellationToken cancellation)
    {
        var (signed, doubted) = (new List<ClaimedRoot>(), new List<SignedNote>());
        try
        {
            CheckpointFile.Read(file, note =>
            {
                Outside++;
                LargestRead = Math.Max(LargestRead, note.Checkpoint.Size);
                if (IsOurs(note)) signed.Add(ClaimedRoot.Of(note.Checkpoint, isOutside: true));
                else if (doubted.Count < MostDoubted) doubted.Add(note);
                else Forged(note, "outside checkpoint");
            });
        }
        finally
        {
            if (doubted.Count > 0) _keys = await renewed(cancellation);
            foreach (var note in doubted)
            {
                if (IsOurs(note)) signed.Add(ClaimedRoot.Of(note.Checkpoint, isOutside: true));
                else Forged(note, "outside checkpoint");
            }
            _outside = [.. signed.OrderBy(claim => claim.Size).Where(claim => Follows(ref _lastOutside, claim))];
        }
    }

    /// <summary>All good ones, and what keys handed over with, of sizes after one up to another, the smallest first. To be asked for in rising order.</summary>
    public async Task<IReadOnlyList<ClaimedRoot>> BetweenAsync(NpgsqlDataSource source, long after, long upTo, CancellationToken cancellation)
    {
        var notes = await ReadAsync(source, after, upTo, cancellation);
        var claims = new List<ClaimedRoot>();
        for (; _nextOutside < _outside.Count && _outside[_nextOutside].Size <= upTo; _nextOutside++) claims.Add(_outside[_nextOutside]);
        if (notes.Exists(note => !IsOurs(note))) _keys = await renewed(cancellation);
        foreach (var note in notes)
        {
            var claim = ClaimedRoot.Of(note.Checkpoint, isOutside: false);
            if (!IsOurs(note)) Forged(note, "checkpoint");
            else if (Follows(ref _lastInside, claim)) claims.Add(claim);
        }
        claims.AddRange(_keys.Handovers.Where(handover => handover.Size > after && handover.Size <= upTo).Select(ClaimedRoot.Of));
        return [.. claims.OrderBy(claim => claim.Size)];
    }

    /// <summary>Those that stand in their rows as they were signed, by whomever.</summary>
    private async Task<List<SignedNote>> ReadAsync(NpgsqlDataSource source, long after, long upTo, CancellationToken cancellation)
    {
        await using var query = source.CreateCommand("select size, root, signed_at, position, note, key_id from audit.checkpoints where size > $1 and size <= $2 order by size");
        query.Parameters.Add(new() { Value = after });
        query.Parameters.Add(new() { Value = upTo });
        await using var rows = await query.ExecuteReaderAsync(cancellation);
        var notes = new List<SignedNote>();
        while (await rows.ReadAsync(cancellation))
        {
            Inside++;
            var size = rows.GetInt64(0);
            if (NoteIn(rows, size, out var note) is { } wrong) findings.Add(Finding.Of(FindingKind.CheckpointForged, FormattableString.Invariant($"checkpoint {size}"), null, null, wrong));
            else notes.Add(note!);
        }
        return notes;
    }

    /// <summary>What is wrong with a row; null: its note says the same.</summary>
    private static FormattableString? NoteIn(NpgsqlDataReader row, long size, out SignedNote? note)
    {
        note = null;
        try
        {
            if (!SignedNote.TryParse(row.GetString(4), out note)) return $"The note of the checkpoint of {size} events is none.";
            var said = note.Checkpoint;
            var isSame = said.Size == size && said.Root.ToArray().AsSpan().SequenceEqual(row.GetFieldValue<byte[]>(1)) && said.SignedAt == row.Time(2) && said.Position == row.GetInt64(3)
                && note.Signatures[0].KeyId == row.GetString(5);
            return isSame ? null : (FormattableString)$"The row of the checkpoint of {size} events says something else than what was signed.";
        }
        catch (Exception none) when (none is InvalidCastException or FormatException or OverflowException)
        {
            // Nulls, and whatever else a column may be made to hold.
            return $"The row of the checkpoint of {size} events is none.";
        }
    }

    private bool IsOurs(SignedNote note) => note.Checkpoint.LogId == logId && _keys.Accepts(note);

    private void Forged(SignedNote note, string what)
    {
        var (checkpoint, subject) = (note.Checkpoint, FormattableString.Invariant($"{what} {note.Checkpoint.Size}"));
        findings.Add(checkpoint.LogId != logId
            ? Finding.Of(FindingKind.CheckpointForged, subject, null, null, $"The {what} of {checkpoint.Size} events belongs to another log, {checkpoint.LogId}; this one is {logId}.")
            : Finding.Of(FindingKind.CheckpointForged, subject, null, null, $"The {what} of {checkpoint.Size} events, dated {checkpoint.SignedAt:u}, was signed by no key that counts for this log, or was altered."));
    }

    private bool Follows(ref DateTimeOffset last, ClaimedRoot claim)
    {
        if (claim.SignedAt >= last)
        {
            last = claim.SignedAt;
            return true;
        }
        findings.Add(Finding.Of(FindingKind.CheckpointForged, claim.Subject, null, null, $"The {claim.Subject}, dated {claim.SignedAt:u}, is older than a smaller one, which was signed {last:u}."));
        return false;
    }
}
