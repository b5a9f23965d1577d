using System.Collections.Concurrent;
using Npgsql;
using ServiceOrders.EventStore;

namespace ServiceOrders.ReadModels;

/// <summary>
/// A table of an inline read model, one for each generation (<c>read.queue_g1</c>): written in appends by one statement for all rows of a batch, whose text is the same for every
/// batch, so that it is prepared once; and by bulk copy in a rebuild.
/// </summary>
/// <typeparam name="TRow">The rows' type.</typeparam>
/// <param name="table">Its name without the generation.</param>
/// <param name="recordedAt">The time of the row's last event: in an append only the database knows it, in a rebuild the row does.</param>
/// <param name="columns">The other columns; the first is the key.</param>
internal sealed class GenerationTable<TRow>(string table, Column<TRow> recordedAt, params Column<TRow>[] columns)
{
    private readonly ConcurrentDictionary<int, string> _upserts = new();

    /// <summary>The statement that writes the rows of a batch's appends that go.</summary>
    public NpgsqlBatchCommand Write(IReadOnlyList<OrdinalRow> rows, int generation) => columns.Command(_upserts.GetOrAdd(generation, Upsert), rows);

    /// <summary>Copies rows in that are not there yet.</summary>
    public Task CopyAsync(int generation, IReadOnlyList<TRow> rows, NpgsqlConnection connection, CancellationToken cancellation) =>
        BulkCopy.RunAsync($"{table}_g{generation}", [.. columns, recordedAt], rows, connection, cancellation);

    /// <summary>Removes the rows of some keys.</summary>
    public async Task RemoveAsync(int generation, Guid[] keys, NpgsqlConnection connection, CancellationToken cancellation)
    {
#pragma warning disable CA2100 // our own names
        await using var command = new NpgsqlCommand($"delete from {table}_g{generation} where {columns[0].Name} = any($1)", connection);
#pragma warning restore CA2100
        command.Parameters.Add(new NpgsqlParameter<Guid[]> { TypedValue = keys });
        await command.ExecuteNonQueryAsync(cancellation).ConfigureAwait(false);
    }

    // events.recorded() tells, by ordinal, when the events were recorded, and -infinity for appends that do not go.
    private string Upsert(int generation)
    {
        var names = string.Join(", ", columns.Select(c => c.Name));
        var parameters = string.Join(", ", Enumerable.Range(1, columns.Length + 1).Select(i => $"${i}"));
        return $"""
            insert into {table}_g{generation} as t ({names}, {recordedAt.Name})
            select {string.Join(", ", columns.Select(c => "r." + c.Name))}, (select events.recorded())[r.ordinal]
            from unnest({parameters}) as r (ordinal, {names})
            where (select events.recorded())[r.ordinal] <> '-infinity'
            on conflict ({columns[0].Name}) do update set {string.Join(", ", columns.Skip(1).Select(c => c.Name).Append(recordedAt.Name).Select(n => $"{n} = excluded.{n}"))}
            """;
    }
}
