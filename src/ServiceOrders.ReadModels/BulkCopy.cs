using Npgsql;

namespace ServiceOrders.ReadModels;

/// <summary>Many rows into a table at once (<c>COPY</c>).</summary>
internal static class BulkCopy
{
    /// <summary>Copies rows, within the connection's transaction.</summary>
    public static async Task RunAsync<TRow>(string table, Column<TRow>[] columns, IReadOnlyList<TRow> rows, NpgsqlConnection connection, CancellationToken cancellation)
    {
        if (rows.Count == 0) return;
        var names = string.Join(", ", columns.Select(c => c.Name));
        await using var copy = await connection.BeginBinaryImportAsync($"copy {table} ({names}) from stdin (format binary)", cancellation).ConfigureAwait(false);
        foreach (var row in rows)
        {
            await copy.StartRowAsync(cancellation).ConfigureAwait(false);
            foreach (var column in columns) await column.CopyAsync(copy, row, cancellation).ConfigureAwait(false);
        }
        await copy.CompleteAsync(cancellation).ConfigureAwait(false);
    }
}
