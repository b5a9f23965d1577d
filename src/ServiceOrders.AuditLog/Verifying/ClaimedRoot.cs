using System.Globalization;
using Npgsql;
using ServiceOrders.Audit.Checkpoints;
using ServiceOrders.Audit.Merkle;

namespace ServiceOrders.AuditLog.Verifying;

/// <summary>What a good checkpoint says of the log.</summary>
/// <param name="Size">So many leaves.</param>
/// <param name="Root">This root.</param>
/// <param name="SignedAt">When that was said.</param>
/// <param name="Position">The last leaf's position.</param>
/// <param name="IsOutside">Whether it is kept outside of the database.</param>
internal readonly record struct ClaimedRoot(long Size, TreeHash Root, DateTimeOffset SignedAt, long Position, bool IsOutside)
{
    /// <summary>Names the checkpoint.</summary>
    public string Subject => string.Create(CultureInfo.InvariantCulture, $"{(IsOutside ? "outside checkpoint" : "checkpoint")} {Size}");

    public static ClaimedRoot Of(Checkpoint checkpoint, bool isOutside) => new(checkpoint.Size, checkpoint.Root, checkpoint.SignedAt, checkpoint.Position, isOutside);
}

/// <summary>The checkpoints of a log, those that no trusted key signed, or whose row is not what was signed, sorted out.</summary>
/// <param name="logId">The log.</param>
/// <param name="keys">Whose checkpoints count.</param>
/// <param name="findings">Takes what is wrong.</param>
internal sealed class Claims(string logId, TrustedKeys keys, FindingList findings)
{
    private List<ClaimedRoot> _outside = [];
    private int _nextOutside;

    /// <summary>Checkpoints of the database that were looked at.</summary>
    public long Inside { get; private set; }

    /// <summary>Checkpoints outside that were looked at.</summary>
    public long Outside { get; private set; }

    /// <summary>The largest good one outside; null: there is none.</summary>
    public ClaimedRoot? LargestOutside => _outside.Count > 0 ? _outside[^1] : null;

    /// <summary>Reads what is kept outside.</summary>
    /// <exception cref="FormatException">It is no file of checkpoints.</exception>
    public void ReadOutside(TextReader file)
    {
        CheckpointFile.Read(file, note =>
        {
            Outside++;
            if (Judge(note, "outside checkpoint")) _outside.Add(ClaimedRoot.Of(note.Checkpoint, isOutside: true));
        });
        _outside = [.. _outside.OrderBy(claim => claim.Size)];
    }

    /// <summary>All good ones of sizes after one up to another, the smallest first. To be asked for in rising order.</summary>
    public async Task<IReadOnlyList<ClaimedRoot>> BetweenAsync(NpgsqlDataSource source, long after, long upTo, CancellationToken cancellation)
    {
        await using var query = source.CreateCommand("select size, root, signed_at, position, note from audit.checkpoints where size > $1 and size <= $2 order by size");
        query.Parameters.Add(new() { Value = after });
        query.Parameters.Add(new() { Value = upTo });
        await using var rows = await query.ExecuteReaderAsync(cancellation);
        var claims = new List<ClaimedRoot>();
        for (; _nextOutside < _outside.Count && _outside[_nextOutside].Size <= upTo; _nextOutside++) claims.Add(_outside[_nextOutside]);
        while (await rows.ReadAsync(cancellation))
        {
            Inside++;
            var (size, root, subject) = (rows.GetInt64(0), rows.GetFieldValue<byte[]>(1), FormattableString.Invariant($"checkpoint {rows.GetInt64(0)}"));
            if (!SignedNote.TryParse(rows.GetString(4), out var note))
                findings.Add(Finding.Of(FindingKind.CheckpointForged, subject, null, null, $"The note of the checkpoint of {size} events is none."));
            else if (note.Checkpoint is var said && (said.Size != size || !said.Root.ToArray().AsSpan().SequenceEqual(root) || said.SignedAt != rows.GetFieldValue<DateTimeOffset>(2) || said.Position != rows.GetInt64(3)))
                findings.Add(Finding.Of(FindingKind.CheckpointForged, subject, null, null, $"The row of the checkpoint of {size} events says something else than what was signed."));
            else if (Judge(note, "checkpoint")) claims.Add(ClaimedRoot.Of(said, isOutside: false));
        }
        return [.. claims.OrderBy(claim => claim.Size)];
    }

    private bool Judge(SignedNote note, string what)
    {
        var (checkpoint, subject) = (note.Checkpoint, FormattableString.Invariant($"{what} {note.Checkpoint.Size}"));
        if (checkpoint.LogId != logId) findings.Add(Finding.Of(FindingKind.CheckpointForged, subject, null, null, $"The {what} of {checkpoint.Size} events belongs to another log, {checkpoint.LogId}; this one is {logId}."));
        else if (!keys.Accepts(note)) findings.Add(Finding.Of(FindingKind.CheckpointForged, subject, null, null, $"The {what} of {checkpoint.Size} events, dated {checkpoint.SignedAt:u}, was signed by no key that counts for this log, or was altered."));
        else return true;
        return false;
    }
}
