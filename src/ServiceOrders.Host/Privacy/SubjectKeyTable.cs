using Npgsql;
using NpgsqlTypes;
using ServiceOrders.EventStore;

namespace ServiceOrders.Host.Privacy;

/// <summary>
/// <c>privacy.subject_keys</c>: the key of a subject that is new with its ticket, written in the ticket's own append, so that no event is ever readable without its key
/// being stored, and no key without its ticket.
/// </summary>
public sealed class SubjectKeyTable : InlineTable
{
    /// <summary>The one instance.</summary>
    public static readonly SubjectKeyTable Instance = new();

    private const string Sql = """
        insert into privacy.subject_keys (subject_id, wrapped_key, master_key_id, created_at)
        select k.subject_id, k.wrapped_key, k.master_key_id, k.created_at
        from unnest($1::int[], $2::uuid[], $3::bytea[], $4::text[], $5::timestamptz[]) as k(ordinal, subject_id, wrapped_key, master_key_id, created_at)
        where (select events.recorded())[k.ordinal] <> '-infinity'
        """;

    private SubjectKeyTable() { }

    /// <inheritdoc/>
    public override string Name => "subject-keys";

    /// <inheritdoc/>
    public override NpgsqlBatchCommand Write(IReadOnlyList<OrdinalRow> rows, int generation)
    {
        ArgumentNullException.ThrowIfNull(rows);
        var (ordinals, ids, keys) = (new int[rows.Count], new Guid[rows.Count], new byte[rows.Count][]);
        var (masters, created) = (new string[rows.Count], new DateTime[rows.Count]);
        for (var i = 0; i < rows.Count; i++)
        {
            var row = (SubjectKeyRow)rows[i].Row;
            (ordinals[i], ids[i], keys[i], masters[i], created[i]) = (rows[i].Ordinal, row.Subject, row.WrappedKey, row.MasterKeyId, row.CreatedAt.UtcDateTime);
        }
        return new NpgsqlBatchCommand(Sql)
        {
            Parameters =
            {
                new NpgsqlParameter<int[]> { TypedValue = ordinals },
                new NpgsqlParameter<Guid[]> { TypedValue = ids },
                new NpgsqlParameter<byte[][]> { TypedValue = keys, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Bytea },
                new NpgsqlParameter<string[]> { TypedValue = masters },
                new NpgsqlParameter<DateTime[]> { TypedValue = created, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.TimestampTz },
            },
        };
    }
}

/// <summary>A wrapped key to store.</summary>
/// <param name="Subject">Whose.</param>
/// <param name="WrappedKey">Wrapped by the master key.</param>
/// <param name="MasterKeyId">By which.</param>
/// <param name="CreatedAt">When.</param>
public sealed record SubjectKeyRow(Guid Subject, byte[] WrappedKey, string MasterKeyId, DateTimeOffset CreatedAt);
