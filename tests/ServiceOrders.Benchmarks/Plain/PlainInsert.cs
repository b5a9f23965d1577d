using System.Globalization;
using System.Text;
using Npgsql;

namespace ServiceOrders.Benchmarks.Plain;

/// <summary>
/// The yardstick: what a plain program would do. One connection inserts a ticket's rows in one transaction and one round trip, with prepared statements and nothing to decide.
/// </summary>
internal sealed class PlainInsert : IAsyncDisposable
{
    private const string Number = "number", Reference = "external_reference", Serial = "serial_number";
    private static long _next;

    private readonly NpgsqlConnection _connection;
    private readonly NpgsqlBatch _batch;
    private readonly List<NpgsqlParameter> _ticketIds = [], _eventIds = [], _keys = [];
    private readonly List<(NpgsqlParameter Parameter, string Pattern)> _texts = [];

    private PlainInsert(NpgsqlConnection connection)
    {
        _connection = connection;
        _batch = new NpgsqlBatch(connection);
    }

    /// <summary>Connects and prepares.</summary>
    public static async Task<PlainInsert> OpenAsync(NpgsqlDataSource database, TicketRows pattern)
    {
        var insert = new PlainInsert(await database.OpenConnectionAsync());
        foreach (var table in pattern.Tables) insert._batch.BatchCommands.Add(insert.Command(table, pattern.Ticket));
        await insert._batch.PrepareAsync();
        return insert;
    }

    /// <summary>Inserts another ticket; returns when it is committed.</summary>
    public async ValueTask CallAsync()
    {
        object ticket = Guid.CreateVersion7();
        foreach (var parameter in _ticketIds) parameter.Value = ticket;
        foreach (var parameter in _eventIds) parameter.Value = Guid.CreateVersion7();
        foreach (var parameter in _keys) parameter.Value = RandomBytes(((byte[])parameter.Value!).Length);
        var digits = Interlocked.Increment(ref _next).ToString("D12", CultureInfo.InvariantCulture);
        foreach (var (parameter, pattern) in _texts) parameter.Value = Unique(pattern, digits);
        await _batch.ExecuteNonQueryAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _batch.DisposeAsync();
        await _connection.DisposeAsync();
    }

    /// <summary>One insert for all rows of a table.</summary>
    private NpgsqlBatchCommand Command(TableRows rows, Guid ticket)
    {
        var command = new NpgsqlBatchCommand();
        var sql = new StringBuilder($"insert into {rows.Table} ({string.Join(", ", rows.Columns.Select(c => c.Name))}) values ");
        for (var row = 0; row < rows.Rows.Count; row++)
        {
            if (row > 0) sql.Append(", ");
            sql.Append('(');
            for (var i = 0; i < rows.Columns.Count; i++)
            {
                if (i > 0) sql.Append(", ");
                if (rows.Columns[i].Name == "seq_id")
                {
                    sql.Append("nextval('events.mt_events_sequence')");
                    continue;
                }
                var parameter = new NpgsqlParameter { Value = rows.Rows[row][i], DataTypeName = rows.Columns[i].Type };
                Vary(parameter, rows.Table, rows.Columns[i].Name, ticket);
                command.Parameters.Add(parameter);
                sql.Append(CultureInfo.InvariantCulture, $"${command.Parameters.Count}");
            }
            sql.Append(')');
        }
        command.CommandText = sql.ToString();
        return command;
    }

    /// <summary>Notes what differs from ticket to ticket: the same columns that differ between the service's.</summary>
    private void Vary(NpgsqlParameter parameter, string table, string column, Guid ticket)
    {
        if (parameter.Value is Guid id && id == ticket) _ticketIds.Add(parameter);
        else if (table == "events.mt_events" && column == "id") _eventIds.Add(parameter);
        else if (table == "events.unique_keys" && column == "value") _keys.Add(parameter);
        else if (column is Number or Reference or Serial && parameter.Value is string text) _texts.Add((parameter, text));
    }

    private static byte[] RandomBytes(int length)
    {
        var bytes = new byte[length];
        Random.Shared.NextBytes(bytes);
        return bytes;
    }

    /// <summary>Another text of the same length.</summary>
    private static string Unique(string pattern, string digits) =>
        pattern.Length >= digits.Length ? string.Concat(pattern.AsSpan(0, pattern.Length - digits.Length), digits) : digits[^pattern.Length..];
}
