using Npgsql;

namespace ServiceOrders.ReadModels.Retention;

/// <summary>
/// What tickets have left in tables beside their streams, removed in the transaction that archives or deletes them. From the tables of every generation: one that a rebuild was filling when it was
/// interrupted, too, or one that could not be dropped yet.
/// </summary>
public static class TicketTraces
{
    /// <summary>Takes archived tickets off the lists.</summary>
    public static Task RemoveFromListsAsync(NpgsqlConnection connection, IReadOnlyCollection<Guid> tickets, CancellationToken cancellation) =>
        RemoveAsync(connection, "read.queue", "id", [.. tickets], cancellation);

    /// <summary>Removes deleted tickets from lists, states, reports and the auditors' search. Who was shown them stays in the access log, which is a record of its own.</summary>
    /// <param name="connection">In the transaction that deletes them.</param>
    /// <param name="deleted">The tickets, with the positions of their events.</param>
    /// <param name="cancellation">Cancels.</param>
    public static async Task RemoveAllAsync(NpgsqlConnection connection, IReadOnlyDictionary<Guid, long[]> deleted, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(deleted);
        Guid[] tickets = [.. deleted.Keys];
        await RemoveAsync(connection, "read.queue", "id", tickets, cancellation);
        await RemoveAsync(connection, "read.tickets", "id", tickets, cancellation);
        await RemoveAsync(connection, "reporting.milestones", "ticket_id", tickets, cancellation);
        await RemoveAsync(connection, "read.audit_streams", "stream_id", tickets, cancellation);
        await RemoveAsync(connection, "read.audit_equipment", "stream_id", tickets, cancellation);
        await RemoveAsync<long>(connection, "read.audit_events", "position", [.. deleted.Values.SelectMany(positions => positions)], cancellation);
    }

    private static async Task RemoveAsync<T>(NpgsqlConnection connection, string table, string key, T[] values, CancellationToken cancellation)
    {
        foreach (var generation in await GenerationsAsync(connection, table, cancellation))
        {
#pragma warning disable CA2100 // our own names
            await using var command = new NpgsqlCommand($"delete from {generation} where {key} = any($1)", connection);
#pragma warning restore CA2100
            command.Parameters.Add(new NpgsqlParameter<T[]> { TypedValue = values });
            await command.ExecuteNonQueryAsync(cancellation);
        }
    }

    private static async Task<IReadOnlyList<string>> GenerationsAsync(NpgsqlConnection connection, string table, CancellationToken cancellation)
    {
        List<string> names = [];
        await using var command = new NpgsqlCommand("""
            select format('%I.%I', n.nspname, c.relname) from pg_class c join pg_namespace n on n.oid = c.relnamespace
            where c.relkind = 'r' and n.nspname || '.' || c.relname ~ ('^' || $1 || '_g[0-9]+$')
            """, connection) { Parameters = { new() { Value = table } } };
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        while (await reader.ReadAsync(cancellation)) names.Add(reader.GetString(0));
        return names;
    }
}
