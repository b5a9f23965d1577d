using Npgsql;

namespace ServiceOrders.EventStore;

/// <summary>
/// Work that one node does at a time: an advisory lock (class 21327) of a session of its own, which no pool keeps. It ends with the session, so a node that dies needs no rescuer. A session
/// that breaks unnoticed lets another node begin while this one goes on: what is done under a lease must bear that.
/// </summary>
public sealed class SessionLease : IAsyncDisposable
{
    private readonly NpgsqlConnection _connection;

    private SessionLease(NpgsqlConnection connection) => _connection = connection;

    /// <summary>The lease of a kind of work; null: someone else has it.</summary>
    /// <param name="database">The database.</param>
    /// <param name="number">The kind: see the lock order in the README.</param>
    /// <param name="cancellation">Cancels.</param>
    public static async Task<SessionLease?> TryTakeAsync(StoreDatabase database, int number, CancellationToken cancellation = default)
    {
        var connection = await database.Dedicated.OpenConnectionAsync(cancellation).ConfigureAwait(false);
        try
        {
            await using var command = new NpgsqlCommand("select pg_try_advisory_lock(21327, $1)", connection) { Parameters = { new NpgsqlParameter<int> { TypedValue = number } } };
            if ((bool)(await command.ExecuteScalarAsync(cancellation).ConfigureAwait(false))!) return new SessionLease(connection);
        }
        catch
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            throw;
        }
        await connection.DisposeAsync().ConfigureAwait(false);
        return null;
    }

    /// <summary>Gives it back.</summary>
    public ValueTask DisposeAsync() => _connection.DisposeAsync();
}
