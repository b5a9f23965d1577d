using Npgsql;
using NpgsqlTypes;
using ServiceOrders.Domain.Tickets;
using ServiceOrders.EventStore;

namespace ServiceOrders.ReadModels.Credentials;

/// <summary>Writes <c>read.credentials</c>, in the append of the channel's or member's own stream.</summary>
public sealed class CredentialTable : InlineTable
{
    /// <summary>The one instance.</summary>
    public static readonly CredentialTable Instance = new();

    private const string Sql = $"""
        insert into read.credentials (id, kind, name, role, medium, active, key_hash, previous_hash, previous_until, registered_at, key_since, version)
        select r.id, r.kind, r.name, r.role, r.medium, r.active, r.key_hash, r.previous_hash, r.previous_until, r.registered_at, r.key_since, r.version
        from unnest($1::int[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[], $7::bool[], $8::bytea[], $9::bytea[], $10::timestamptz[], $11::timestamptz[], $12::timestamptz[], $13::bigint[])
            as r(ordinal, id, kind, name, role, medium, active, key_hash, previous_hash, previous_until, registered_at, key_since, version)
        where r.ordinal = any ((select events.accepted())::int[])
        on conflict (id) do update set active = excluded.active, key_hash = excluded.key_hash, previous_hash = excluded.previous_hash, previous_until = excluded.previous_until,
            key_since = excluded.key_since, version = excluded.version
        """;

    private CredentialTable() { }

    /// <inheritdoc/>
    public override string Name => "credentials";

    /// <inheritdoc/>
    public override NpgsqlBatchCommand Write(IReadOnlyList<OrdinalRow> rows, int generation)
    {
        var all = rows.Select(r => (CredentialRow)r.Row).ToArray();
        return new NpgsqlBatchCommand(Sql)
        {
            Parameters =
            {
                Column(NpgsqlDbType.Integer, rows.Select(r => r.Ordinal)),
                Column(NpgsqlDbType.Uuid, all.Select(r => r.Id)),
                Column(NpgsqlDbType.Text, all.Select(r => r.Kind == ActorKind.Channel ? "channel" : "staff")),
                Column(NpgsqlDbType.Text, all.Select(r => r.Name)),
                Column(NpgsqlDbType.Text, all.Select(r => r.Role?.ToString())),
                Column(NpgsqlDbType.Text, all.Select(r => r.Medium?.ToString())),
                Column(NpgsqlDbType.Boolean, all.Select(r => r.IsActive)),
                Column(NpgsqlDbType.Bytea, all.Select(r => Convert.FromHexString(r.Keys.Current))),
                Column(NpgsqlDbType.Bytea, all.Select(r => r.Keys.Previous is { } previous ? Convert.FromHexString(previous) : null)),
                Column(NpgsqlDbType.TimestampTz, all.Select(r => r.Keys.PreviousUntil?.UtcDateTime)),
                Column(NpgsqlDbType.TimestampTz, all.Select(r => r.RegisteredAt.UtcDateTime)),
                Column(NpgsqlDbType.TimestampTz, all.Select(r => r.KeySince.UtcDateTime)),
                Column(NpgsqlDbType.Bigint, all.Select(r => r.Version)),
            },
        };
    }

    private static NpgsqlParameter Column<T>(NpgsqlDbType type, IEnumerable<T> values) => new() { Value = values.ToArray(), NpgsqlDbType = NpgsqlDbType.Array | type };
}
