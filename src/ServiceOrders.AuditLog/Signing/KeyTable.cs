using Npgsql;
using ServiceOrders.Audit.Keys;
using ServiceOrders.AuditLog.Reading;

namespace ServiceOrders.AuditLog.Signing;

/// <summary>A key that checkpoints are, or were, signed with.</summary>
/// <param name="Id">The first 16 hexadecimal digits of the SHA-256 of its public key.</param>
/// <param name="Serial">From 1; the highest is the one in use.</param>
/// <param name="PublicKey">It itself.</param>
/// <param name="IntroducedAt">Since when.</param>
/// <param name="Handover">That it took over, as the key before it and it itself signed it (<see cref="KeyHandover"/>); null: it is the first.</param>
public sealed record IntroducedKey(string Id, int Serial, VerificationKey PublicKey, DateTimeOffset IntroducedAt, string? Handover = null);

/// <summary>The public keys that the log was ever signed with.</summary>
/// <param name="command">Makes a command: on a connection, or on one of a pool.</param>
public sealed class KeyTable(Func<string, NpgsqlCommand> command)
{
    /// <summary>By connections of a pool.</summary>
    public KeyTable(NpgsqlDataSource source) : this(source.CreateCommand) { }

    /// <summary>All of them, in the order in which they came.</summary>
    public async Task<IReadOnlyList<IntroducedKey>> ListAsync(CancellationToken cancellation = default)
    {
        await using var query = command("select id, serial, public_key, introduced_at, handover from audit.keys order by serial");
        await using var rows = await query.ExecuteReaderAsync(cancellation).ConfigureAwait(false);
        List<IntroducedKey> keys = [];
        while (await rows.ReadAsync(cancellation).ConfigureAwait(false))
            keys.Add(new(rows.GetString(0), rows.GetInt32(1), VerificationKey.FromDer(rows.GetFieldValue<byte[]>(2)), rows.Time(3), rows.IsDBNull(4) ? null : rows.GetString(4)));
        return keys;
    }

    /// <summary>Adds the next one, unless it is there already.</summary>
    public async Task AddAsync(IntroducedKey key, CancellationToken cancellation = default)
    {
        await using var insert = command("insert into audit.keys (id, serial, public_key, introduced_at, handover) values ($1, $2, $3, $4, $5) on conflict (id) do nothing");
        foreach (var value in (object[])[key.Id, key.Serial, key.PublicKey.Der, key.IntroducedAt, (object?)key.Handover ?? DBNull.Value]) insert.Parameters.Add(new() { Value = value });
        await insert.ExecuteNonQueryAsync(cancellation).ConfigureAwait(false);
    }
}
