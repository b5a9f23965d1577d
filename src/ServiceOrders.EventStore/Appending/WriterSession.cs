using System.Security.Cryptography;
using Npgsql;

namespace ServiceOrders.EventStore;

/// <summary>
/// The writer's connection, kept open. It holds a session lock of its own, a random number: whoever can take that lock knows that this session has ended, and so that
/// whatever it was doing is decided.
/// </summary>
internal sealed class WriterSession : IAsyncDisposable
{
    private readonly NpgsqlConnection _connection;
    private readonly NpgsqlBatch _batch;
    private readonly AppendBatch _appends = new();
    private int _generation;

    private WriterSession(NpgsqlConnection connection, long key)
    {
        _connection = connection;
        _batch = new NpgsqlBatch(connection);
        Key = key;
    }

    /// <summary>The number of its session lock.</summary>
    public long Key { get; }

    /// <summary>False once the connection is of no more use.</summary>
    public bool IsOpen => _connection.FullState.HasFlag(System.Data.ConnectionState.Open) && !_connection.FullState.HasFlag(System.Data.ConnectionState.Broken);

    /// <summary>Connects.</summary>
    public static async Task<WriterSession> OpenAsync(StoreDatabase database)
    {
        var key = BitConverter.ToInt64(RandomNumberGenerator.GetBytes(sizeof(long))) & long.MaxValue;
        var connection = await database.Dedicated.OpenConnectionAsync().ConfigureAwait(false);
        var session = new WriterSession(connection, key);
        try
        {
            await using var command = new NpgsqlCommand("select pg_advisory_lock($1)", connection) { Parameters = { new() { Value = key } } };
            await command.ExecuteNonQueryAsync().ConfigureAwait(false);
            await session.LearnGenerationAsync().ConfigureAwait(false);
            return session;
        }
        catch
        {
            await session.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Reads the current generation of the inline read models.</summary>
    public async Task LearnGenerationAsync()
    {
        await using var command = new NpgsqlCommand("select current from events.generations where name = 'inline'", _connection);
        _generation = (int)(await command.ExecuteScalarAsync().ConfigureAwait(false))!;
    }

    /// <summary>
    /// One transaction, one round trip: without an explicit transaction PostgreSQL runs everything up to the batch's end as one, and commits it there.
    /// Once this returns, it is committed.
    /// </summary>
    public async Task<StageResult> CommitAsync(IReadOnlyList<PendingAppend> appends)
    {
        _appends.Clear();
        _batch.BatchCommands.Clear();
        foreach (var pending in appends) _appends.Add(pending.Append);
        _appends.WriteTo(_batch, _generation);
        await using var reader = await _batch.ExecuteReaderAsync().ConfigureAwait(false);
        return await StageResult.ReadAsync(reader, default).ConfigureAwait(false);
    }

    public async ValueTask DisposeAsync()
    {
        await _batch.DisposeAsync().ConfigureAwait(false);
        await _connection.DisposeAsync().ConfigureAwait(false);
    }
}
