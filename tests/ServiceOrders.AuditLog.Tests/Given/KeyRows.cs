using Npgsql;
using ServiceOrders.AuditLog.Signing;

namespace ServiceOrders.AuditLog.Tests.Given;

/// <summary>Rows of the table of keys without the event that they follow from.</summary>
internal static class KeyRows
{
    /// <summary>Adds one.</summary>
    public static async Task AddKeyAsync(this NpgsqlDataSource source, IntroducedKey key)
    {
        await using var insert = source.CreateCommand("insert into audit.keys (id, serial, public_key, introduced_at, handover) values ($1, $2, $3, $4, $5)");
        foreach (var value in (object[])[key.Id, key.Serial, key.PublicKey.Der, key.IntroducedAt, (object?)key.Handover ?? DBNull.Value]) insert.Parameters.Add(new() { Value = value });
        await insert.ExecuteNonQueryAsync();
    }
}
