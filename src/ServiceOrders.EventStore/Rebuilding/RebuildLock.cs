using Npgsql;

namespace ServiceOrders.EventStore;

/// <summary>
/// Only one rebuild at a time: a session lock on a connection of its own that no pool keeps, and that serves all of the rebuild's writes. So when the session ends, its
/// writing ends with it; nobody goes on in the belief of holding a lock that is gone.
/// </summary>
internal static class RebuildLock
{
    public static async Task<NpgsqlConnection> OpenAsync(StoreDatabase database, CancellationToken cancellation)
    {
        var connection = await database.Dedicated.OpenConnectionAsync(cancellation).ConfigureAwait(false);
        try
        {
            // Waits for a moment: a session that was just closed may still be on its way out.
            await RunAsync(connection, "set lock_timeout = '2s'", cancellation).ConfigureAwait(false);
            await RunAsync(connection, "select pg_advisory_lock(21327, 4)", cancellation).ConfigureAwait(false);
            await RunAsync(connection, "reset lock_timeout", cancellation).ConfigureAwait(false);
            await RunAsync(connection, "set statement_timeout = 0", cancellation).ConfigureAwait(false);
            return connection;
        }
        catch (PostgresException held) when (held.SqlState == PostgresErrorCodes.LockNotAvailable)
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            throw new RebuildRunningException();
        }
        catch
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    public static async Task RunAsync(NpgsqlConnection connection, string sql, CancellationToken cancellation, params object[] values)
    {
#pragma warning disable CA2100 // constant texts of the callers
        await using var command = new NpgsqlCommand(sql, connection);
#pragma warning restore CA2100
        foreach (var value in values) command.Parameters.Add(new() { Value = value });
        await command.ExecuteNonQueryAsync(cancellation).ConfigureAwait(false);
    }
}
