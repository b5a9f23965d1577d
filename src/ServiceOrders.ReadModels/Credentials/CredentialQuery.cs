using Npgsql;
using ServiceOrders.Domain.Credentials;
using ServiceOrders.Domain.Staff;
using ServiceOrders.Domain.Tickets;

namespace ServiceOrders.ReadModels.Credentials;

/// <summary>Reads <c>read.credentials</c>.</summary>
/// <param name="database">The database.</param>
public sealed class CredentialQuery(NpgsqlDataSource database)
{
    private const string Columns = "c.id, c.kind, c.name, c.role, c.medium, c.active, c.key_hash, c.previous_hash, c.previous_until, c.registered_at, c.key_since, c.version";

    /// <summary>Whose key has this hash, now or before the last rotation; null: nobody's. Whether it counts, <see cref="CredentialRow.Accepts"/> tells.</summary>
    public async Task<CredentialRow?> FindAsync(byte[] keyHash, CancellationToken cancellation)
    {
        // A hash of both kinds cannot be: each is drawn from 2^256.
        await using var command = database.CreateCommand($"select {Columns} from read.credentials c where c.key_hash = $1 union all select {Columns} from read.credentials c where c.previous_hash = $1 limit 1");
        command.Parameters.Add(new() { Value = keyHash });
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        return await reader.ReadAsync(cancellation) ? Read(reader) : null;
    }

    /// <summary>Channels or staff in the order of their names.</summary>
    /// <param name="kind">Which.</param>
    /// <param name="afterName">The last name of the page before; empty: from the start.</param>
    /// <param name="limit">At most so many.</param>
    /// <param name="cancellation">Cancels.</param>
    public async Task<IReadOnlyList<CredentialRow>> ListAsync(ActorKind kind, string afterName, int limit, CancellationToken cancellation)
    {
        await using var command = database.CreateCommand($"select {Columns} from read.credentials c where c.kind = $1 and c.name > $2 order by c.name limit $3");
        command.Parameters.Add(new() { Value = kind == ActorKind.Channel ? "channel" : "staff" });
        command.Parameters.Add(new() { Value = afterName });
        command.Parameters.Add(new() { Value = limit });
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        List<CredentialRow> rows = [];
        while (await reader.ReadAsync(cancellation)) rows.Add(Read(reader));
        return rows;
    }

    private static CredentialRow Read(NpgsqlDataReader row) => new()
    {
        Id = row.GetGuid(0),
        Kind = row.GetString(1) == "channel" ? ActorKind.Channel : ActorKind.Staff,
        Name = row.GetString(2),
        Role = row.IsDBNull(3) ? null : Enum.Parse<StaffRole>(row.GetString(3)),
        Medium = row.IsDBNull(4) ? null : Enum.Parse<Medium>(row.GetString(4)),
        IsActive = row.GetBoolean(5),
        Keys = new KeyRing(Convert.ToHexStringLower(row.GetFieldValue<byte[]>(6)), row.IsDBNull(7) ? null : Convert.ToHexStringLower(row.GetFieldValue<byte[]>(7)),
            row.IsDBNull(8) ? null : row.GetFieldValue<DateTimeOffset>(8)),
        RegisteredAt = row.GetFieldValue<DateTimeOffset>(9),
        KeySince = row.GetFieldValue<DateTimeOffset>(10),
        Version = row.GetInt64(11),
    };
}
