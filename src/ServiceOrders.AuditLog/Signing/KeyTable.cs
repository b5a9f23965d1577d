using Npgsql;
using ServiceOrders.Audit.Keys;
using ServiceOrders.AuditLog.Reading;
using ServiceOrders.EventStore;

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
}

/// <summary>Writes a key to the table in the append of the event that introduces it: so the table has it when nobody signs by the key before it any more, and not without the event.</summary>
public sealed class KeyRows : InlineTable
{
    private static readonly KeyRows Instance = new();

    private KeyRows() { }

    /// <inheritdoc/>
    public override string Name => "audit-keys";

    /// <summary>The row of a key.</summary>
    public static InlineRow Of(IntroducedKey key) => new(Instance, key);

    /// <inheritdoc/>
    public override NpgsqlBatchCommand Write(IReadOnlyList<OrdinalRow> rows, int generation)
    {
        // The stream's version lets one through at a time.
        var (ordinal, key) = (rows.Single().Ordinal, (IntroducedKey)rows[0].Row);
        return new NpgsqlBatchCommand($"insert into audit.keys (id, serial, public_key, introduced_at, handover) select $2, $3, $4, $5, $6 where $1 = {Accepted}")
        {
            Parameters =
            {
                new NpgsqlParameter<int> { TypedValue = ordinal },
                new NpgsqlParameter<string> { TypedValue = key.Id },
                new NpgsqlParameter<int> { TypedValue = key.Serial },
                new NpgsqlParameter<byte[]> { TypedValue = key.PublicKey.Der },
                new NpgsqlParameter<DateTime> { TypedValue = key.IntroducedAt.UtcDateTime },
                new NpgsqlParameter<string?> { TypedValue = key.Handover },
            },
        };
    }
}
