using Npgsql;
using ServiceOrders.Audit.Merkle;
using ServiceOrders.AuditLog.Reading;

namespace ServiceOrders.AuditLog.Signing;

/// <summary>A checkpoint as it was signed and stored.</summary>
/// <param name="Size">How many events it covers.</param>
/// <param name="Root">The root of the tree of that size.</param>
/// <param name="SignedAt">When.</param>
/// <param name="Position">The position of the last event in it.</param>
/// <param name="KeyId">The key that signed it; while keys change, the newer one.</param>
/// <param name="Note">The signed note: what is sent outside, byte for byte.</param>
public sealed record StoredCheckpoint(long Size, TreeHash Root, DateTimeOffset SignedAt, long Position, string KeyId, string Note);

/// <summary>The checkpoints that were signed.</summary>
/// <param name="command">Makes a command: on a connection, or on one of a pool.</param>
public sealed class CheckpointTable(Func<string, NpgsqlCommand> command)
{
    private const string Columns = "size, root, signed_at, position, key_id, note";

    /// <summary>By connections of a pool.</summary>
    public CheckpointTable(NpgsqlDataSource source) : this(source.CreateCommand) { }

    /// <summary>The last; null: none was signed yet.</summary>
    public async Task<StoredCheckpoint?> LatestAsync(CancellationToken cancellation = default) =>
        FirstOf(await ReadAsync($"select {Columns} from audit.checkpoints order by size desc limit 1", cancellation).ConfigureAwait(false));

    /// <summary>The one of that size; null: none.</summary>
    public async Task<StoredCheckpoint?> FindAsync(long size, CancellationToken cancellation = default) =>
        FirstOf(await ReadAsync($"select {Columns} from audit.checkpoints where size = $1", cancellation, size).ConfigureAwait(false));

    /// <summary>Those that are larger than a size, the smallest first.</summary>
    public Task<IReadOnlyList<StoredCheckpoint>> AboveAsync(long size, int limit, CancellationToken cancellation = default) =>
        ReadAsync($"select {Columns} from audit.checkpoints where size > $1 order by size limit $2", cancellation, size, limit);

    /// <summary>Those that are smaller than a size, the largest first.</summary>
    public Task<IReadOnlyList<StoredCheckpoint>> BelowAsync(long size, int limit, CancellationToken cancellation = default) =>
        ReadAsync($"select {Columns} from audit.checkpoints where size < $1 order by size desc limit $2", cancellation, size, limit);

    /// <summary>The largest one whose entry in a file (the note and an empty line) begins with these bytes; null: none.</summary>
    internal async Task<StoredCheckpoint?> BeginningAsync(byte[] bytes, CancellationToken cancellation) => FirstOf(await ReadAsync(
        $"select {Columns} from audit.checkpoints where substring(convert_to(note, 'UTF8') || '\\x0a'::bytea for octet_length($1)) = $1 order by size desc limit 1", cancellation, bytes).ConfigureAwait(false));

    internal async Task AddAsync(StoredCheckpoint checkpoint, CancellationToken cancellation)
    {
        await using var insert = Command($"insert into audit.checkpoints ({Columns}) values ($1, $2, $3, $4, $5, $6)",
            checkpoint.Size, checkpoint.Root.ToArray(), checkpoint.SignedAt, checkpoint.Position, checkpoint.KeyId, checkpoint.Note);
        await insert.ExecuteNonQueryAsync(cancellation).ConfigureAwait(false);
    }

    private async Task<IReadOnlyList<StoredCheckpoint>> ReadAsync(string sql, CancellationToken cancellation, params object[] values)
    {
        await using var query = Command(sql, values);
        await using var rows = await query.ExecuteReaderAsync(cancellation).ConfigureAwait(false);
        List<StoredCheckpoint> read = [];
        while (await rows.ReadAsync(cancellation).ConfigureAwait(false))
            read.Add(new(rows.GetInt64(0), TreeHash.From(rows.GetFieldValue<byte[]>(1)), rows.Time(2), rows.GetInt64(3), rows.GetString(4), rows.GetString(5)));
        return read;
    }

    private static StoredCheckpoint? FirstOf(IReadOnlyList<StoredCheckpoint> read) => read is [var first, ..] ? first : null;

    private NpgsqlCommand Command(string sql, params object[] values)
    {
        var made = command(sql);
        foreach (var value in values) made.Parameters.Add(new() { Value = value });
        return made;
    }
}
