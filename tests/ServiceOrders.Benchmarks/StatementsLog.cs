using Npgsql;

namespace ServiceOrders.Benchmarks;

/// <summary>Which statements of the service PostgreSQL spent its time on, by <c>pg_stat_statements</c>.</summary>
internal static class StatementsLog
{
    private const string Top = """
        select calls, total_exec_time, mean_exec_time, rows, left(regexp_replace(query, '\s+', ' ', 'g'), 110)
        from pg_stat_statements s join pg_database d on d.oid = s.dbid where d.datname = current_database() order by total_exec_time desc limit 15
        """;

    /// <summary>Begins to count.</summary>
    public static async Task StartAsync(NpgsqlDataSource database)
    {
        await using var command = database.CreateCommand("create extension if not exists pg_stat_statements");
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>Tells the most expensive ones since the start.</summary>
    public static async Task TellAsync(NpgsqlDataSource database)
    {
        await using var command = database.CreateCommand(Top);
        await using var reader = await command.ExecuteReaderAsync();
        Report.Say("     calls   total ms   mean ms      rows  statement");
        while (await reader.ReadAsync())
        {
            Report.Say(string.Create(System.Globalization.CultureInfo.InvariantCulture,
                $"{reader.GetInt64(0),10}{reader.GetDouble(1),11:0}{reader.GetDouble(2),10:0.000}{reader.GetInt64(3),10}  {reader.GetString(4)}"));
        }
    }
}
