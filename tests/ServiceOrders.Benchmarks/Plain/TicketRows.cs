using Npgsql;

namespace ServiceOrders.Benchmarks.Plain;

/// <summary>
/// The rows that the service wrote, in all tables, when it opened a ticket: the pattern of the yardstick's inserts, which so are the same rows, byte for byte the
/// same size, whatever the schema comes to be.
/// </summary>
/// <param name="Ticket">The ticket.</param>
/// <param name="Tables">Its rows by table.</param>
internal sealed record TicketRows(Guid Ticket, IReadOnlyList<TableRows> Tables)
{
    /// <summary>Reads the rows of a ticket that nothing has happened to since its opening.</summary>
    public static async Task<TicketRows> ReadAsync(NpgsqlDataSource database, Guid ticket)
    {
        await using var current = database.CreateCommand("select current from events.generations where name = 'inline'");
        var generation = (int)(await current.ExecuteScalarAsync())!;
        (string Table, string Key)[] tables =
        [
            ("events.unique_keys", "stream_id"), ("events.mt_streams", "id"), ("events.due", "stream_id"), ($"read.tickets_g{generation}", "id"),
            ($"read.queue_g{generation}", "id"), ("privacy.subject_keys", "subject_id"), ("events.mt_events", "stream_id"),
        ];
        List<TableRows> rows = [];
        foreach (var (table, key) in tables) rows.Add(await TableRows.ReadAsync(database, table, key, ticket));
        return new TicketRows(ticket, rows);
    }
}

/// <summary>Rows of one table.</summary>
/// <param name="Table">Its name with its schema.</param>
/// <param name="Columns">Names and PostgreSQL's types.</param>
/// <param name="Rows">Values, in the order of the columns.</param>
internal sealed record TableRows(string Table, IReadOnlyList<(string Name, string Type)> Columns, IReadOnlyList<object[]> Rows)
{
    /// <summary>Reads a ticket's rows of a table.</summary>
    /// <exception cref="InvalidOperationException">There are none: the service has changed, and what is measured here would no longer be the same.</exception>
    public static async Task<TableRows> ReadAsync(NpgsqlDataSource database, string table, string key, Guid ticket)
    {
#pragma warning disable CA2100 // names of the program's own tables
        await using var command = database.CreateCommand($"select * from {table} where {key} = $1");
#pragma warning restore CA2100
        command.Parameters.Add(new() { Value = ticket });
        await using var reader = await command.ExecuteReaderAsync();
        // "character varying(500)" is a type with a limit; a parameter's type has none.
        var columns = Enumerable.Range(0, reader.FieldCount).Select(i => (reader.GetName(i), reader.GetDataTypeName(i).Split('(')[0])).ToArray();
        List<object[]> rows = [];
        while (await reader.ReadAsync())
        {
            var values = new object[reader.FieldCount];
            reader.GetValues(values);
            rows.Add(values);
        }
        return rows.Count > 0 ? new TableRows(table, columns, rows) : throw new InvalidOperationException($"The service left nothing in {table} when it opened a ticket.");
    }
}
