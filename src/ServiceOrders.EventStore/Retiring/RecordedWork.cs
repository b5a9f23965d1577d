using Npgsql;

namespace ServiceOrders.EventStore;

/// <summary>A transaction in which streams are worked on beside an append.</summary>
/// <param name="Connection">Its connection.</param>
/// <param name="Generation">The generation of the inline read models that serves, locked for this transaction.</param>
public sealed record RecordedTransaction(NpgsqlConnection Connection, int Generation);

/// <summary>
/// Work on streams that is committed together with the append that records it: both or neither, whenever the process dies. In the order of locks it stands where a due worker does: the generation,
/// then existing streams, of which it waits for none, then keys, then the append lock.
/// </summary>
/// <param name="database">The database.</param>
/// <param name="signals">Where the process's workers hear of appends.</param>
public sealed class RecordedWork(StoreDatabase database, StoreSignals signals)
{
    /// <summary>Does the work and appends, in one transaction.</summary>
    /// <param name="work">The work; it answers the append that records it, or null: all is rolled back.</param>
    /// <param name="cancellation">Honoured before the append is sent, never after.</param>
    /// <returns>What became of the append; anything but <see cref="Appended"/>, or null where the work wanted none: nothing was done.</returns>
    /// <exception cref="StoreBusyException">Someone else writes to the append's stream; nothing was done.</exception>
    /// <exception cref="NpgsqlException">As the work met it, or the commit, whose outcome then the stream tells.</exception>
    public async Task<AppendOutcome?> RunAsync(Func<RecordedTransaction, CancellationToken, Task<Append?>> work, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(work);
        await using var connection = await database.Background.OpenConnectionAsync(cancellation).ConfigureAwait(false);
        await using var transaction = await connection.BeginTransactionAsync(cancellation).ConfigureAwait(false);
        var generation = await LockGenerationAsync(connection, cancellation).ConfigureAwait(false);
        if (await work(new RecordedTransaction(connection, generation), cancellation).ConfigureAwait(false) is not { } append) return null;
        cancellation.ThrowIfCancellationRequested();
        var outcome = await AppendAsync(connection, transaction, append, generation).ConfigureAwait(false)
            ?? throw new StoreBusyException("The stream is being written elsewhere.");
        if (outcome is not Appended) return outcome;
        await transaction.CommitAsync(CancellationToken.None).ConfigureAwait(false);
        if (append.Due is { Changes: true, At: { } due }) signals.Due.Hint(due);
        signals.Appended.Set();
        return outcome;
    }

    /// <summary>Null: the stream is busy elsewhere.</summary>
    private static async Task<AppendOutcome?> AppendAsync(NpgsqlConnection connection, NpgsqlTransaction transaction, Append append, int generation)
    {
        var appends = new AppendBatch();
        appends.Add(append);
        await using var batch = new NpgsqlBatch(connection, transaction);
        appends.WriteTo(batch, generation);
        await using var reader = await batch.ExecuteReaderAsync().ConfigureAwait(false);
        return (await StageResult.ReadAsync(reader, default).ConfigureAwait(false)).Of(1, append);
    }

    private static async Task<int> LockGenerationAsync(NpgsqlConnection connection, CancellationToken cancellation)
    {
        // The lock in a statement of its own: only what begins after it was granted is sure to see the generation that it locks.
        await using var batch = new NpgsqlBatch(connection)
        {
            BatchCommands = { new("select pg_advisory_xact_lock_shared(21327, 2)"), new("select current from events.generations where name = 'inline'") },
        };
        await using var reader = await batch.ExecuteReaderAsync(cancellation).ConfigureAwait(false);
        await reader.NextResultAsync(cancellation).ConfigureAwait(false);
        await reader.ReadAsync(cancellation).ConfigureAwait(false);
        return reader.GetInt32(0);
    }
}
