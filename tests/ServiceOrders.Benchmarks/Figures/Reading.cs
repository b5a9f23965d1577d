using System.Text;
using Npgsql;
using ServiceOrders.Benchmarks.Loading;

namespace ServiceOrders.Benchmarks.Figures;

/// <summary>Reading over HTTP, beside a plain select of one row by its key.</summary>
internal static class Reading
{
    private const int Callers = 8;
    private const int Sample = 5_000;

    /// <summary>Measures and reports.</summary>
    public static async Task MeasureAsync(Stage stage, Options options, Report report)
    {
        var tickets = await stage.CountAsync();
        var ids = await SampleAsync(stage.Database, tickets);
        // Where the store is empty and nothing was measured before, there is nothing to read.
        if (ids.Length == 0) return;
        var plain = await Task.WhenAll(Enumerable.Range(0, Callers).Select(_ => OpenAsync(stage.Database)));
        var connections = Enumerable.Range(0, Callers).Select(_ => new HttpConnection(stage.Service.Endpoint)).ToArray();
        try
        {
            Func<ValueTask>[] yardstick = [.. plain.Select(command => Select(command, ids))];
            (string Name, Func<Guid, string> Path)[] reads =
            [
                ("read.ticket", id => $"/v1/tickets/{id}"), ("read.history", id => $"/v1/tickets/{id}/history"), ("read.queue", _ => "/v1/tickets?status=open&limit=50"),
            ];
            foreach (var (name, path) in reads)
            {
                Func<ValueTask>[] service = [.. connections.Select(c => Get(c, stage, stage.Key, ids, path))];
                await Round.WarmUpAsync(service, 2_000, options.Round, stage.Clock);
                List<(Round Plain, Round Service)> rounds = [];
                for (var i = 0; i < options.Rounds; i++)
                    rounds.Add((await Round.RunAsync(yardstick, options.Round / 2, stage.Clock), await Round.RunAsync(service, options.Round / 2, stage.Clock)));
                report.Add(new Figure(name, Statistics.Median(rounds.Select(r => r.Service.PerSecond)), "/s")
                {
                    Callers = Callers, Tickets = tickets, Yardstick = Statistics.Median(rounds.Select(r => r.Plain.PerSecond)),
                    Ratio = Statistics.Median(rounds.Select(r => r.Service.PerSecond / r.Plain.PerSecond)),
                });
                report.Add(new Figure(name + ".p99", Statistics.Median(rounds.Select(r => r.Service.Percentile(99))), "ms")
                {
                    Callers = Callers, Tickets = tickets, Yardstick = Statistics.Median(rounds.Select(r => r.Plain.Percentile(99))), LessIsBetter = true,
                });
                Report.Say($"    service: {rounds[^1].Service.Processors}");
            }
        }
        finally
        {
            foreach (var connection in connections) connection.Dispose();
            foreach (var command in plain) await command.Connection!.DisposeAsync();
        }
    }

    /// <summary>Some tickets of the channel, spread over the whole store.</summary>
    private static async Task<Guid[]> SampleAsync(NpgsqlDataSource database, long tickets)
    {
        await using var command = database.CreateCommand("""
            select id from (select id, row_number() over (order by id) as place from read.queue where channel = $1) q
            where place % greatest($2 / $3, 1) = 0 limit $3
            """);
        command.Parameters.Add(new() { Value = Stage.Channel });
        command.Parameters.Add(new() { Value = tickets });
        command.Parameters.Add(new() { Value = (long)Sample });
        List<Guid> ids = [];
        await using var reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync()) ids.Add(reader.GetGuid(0));
        return [.. ids];
    }

    private static async Task<NpgsqlCommand> OpenAsync(NpgsqlDataSource database)
    {
        var connection = await database.OpenConnectionAsync();
        var command = new NpgsqlCommand("select doc from read.tickets where id = $1", connection) { Parameters = { new NpgsqlParameter<Guid>() } };
        await command.PrepareAsync();
        return command;
    }

    private static Func<ValueTask> Select(NpgsqlCommand command, Guid[] ids) => async () =>
    {
        ((NpgsqlParameter<Guid>)command.Parameters[0]).TypedValue = ids[Random.Shared.Next(ids.Length)];
        if (await command.ExecuteScalarAsync() is null) throw new InvalidOperationException("A ticket is missing.");
    };

    /// <summary>Reads one of the tickets with somebody's key.</summary>
    public static Func<ValueTask> Get(HttpConnection connection, Stage stage, string key, Guid[] ids, Func<Guid, string> path) => async () =>
    {
        var request = $"GET {path(ids[Random.Shared.Next(ids.Length)])} HTTP/1.1\r\nHost: {stage.Service.Endpoint}\r\nAuthorization: Bearer {key}\r\n\r\n";
        var status = await connection.SendAsync(Encoding.ASCII.GetBytes(request));
        if (status != 200) throw new InvalidOperationException($"A read was answered {status}: {Encoding.UTF8.GetString(connection.Body.Span)}");
    };
}
