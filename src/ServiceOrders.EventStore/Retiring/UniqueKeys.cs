using Npgsql;
using NpgsqlTypes;

namespace ServiceOrders.EventStore;

/// <summary>Gives back keys that were taken for good, in a transaction of the caller's.</summary>
public static class UniqueKeys
{
    // In the order in which everyone takes them. A key that another stream holds by now stays.
    private const string Sql = """
        with held as materialized (
            select u.scope, u.value from unnest($1, $2, $3) as k (scope, value, stream_id)
            join events.unique_keys u on u.scope = k.scope collate "C" and u.value = k.value and u.stream_id = k.stream_id
            order by u.scope, u.value for update of u)
        delete from events.unique_keys u using held where u.scope = held.scope and u.value = held.value
        """;

    /// <summary>Removes keys, where the stream named holds them.</summary>
    public static async Task RemoveAsync(NpgsqlConnection connection, IReadOnlyCollection<(UniqueKey Key, Guid Stream)> keys, CancellationToken cancellation)
    {
        if (keys.Count == 0) return;
        await using var command = new NpgsqlCommand(Sql, connection)
        {
            Parameters =
            {
                new NpgsqlParameter<string[]> { TypedValue = [.. keys.Select(k => k.Key.Scope)] },
                new NpgsqlParameter<byte[][]> { TypedValue = [.. keys.Select(k => k.Key.Value)], NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Bytea },
                new NpgsqlParameter<Guid[]> { TypedValue = [.. keys.Select(k => k.Stream)] },
            },
        };
        await command.ExecuteNonQueryAsync(cancellation).ConfigureAwait(false);
    }
}
