using Npgsql;
using ServiceOrders.Benchmarks.Loading;

namespace ServiceOrders.Benchmarks.Figures;

/// <summary>What the access log costs those who read: an agent, who is shown personal data and told of, beside an auditor, who is shown the same masked and is not.</summary>
internal static class Accesses
{
    private const int Callers = 8;

    /// <summary>So many different tickets that few are shown twice in a minute, which would be told once.</summary>
    private const int Sample = 50_000;

    /// <summary>Measures and reports.</summary>
    public static async Task MeasureAsync(Stage stage, Options options, Report report)
    {
        var tickets = await stage.CountAsync();
        var ids = await SampleAsync(stage.Database);
        var (agent, auditor) = (await stage.Administrator.RegisterStaffAsync("bench-agent", "agent"), await stage.Administrator.RegisterStaffAsync("bench-auditor", "auditor"));
        var connections = Enumerable.Range(0, Callers).Select(_ => new HttpConnection(stage.Service.Endpoint)).ToArray();
        try
        {
            (string Name, Func<Guid, string> Path)[] reads = [("accesses.read.ticket", id => $"/v1/tickets/{id}"), ("accesses.read.queue", _ => "/v1/tickets?status=open&limit=50")];
            foreach (var (name, path) in reads)
            {
                Func<ValueTask>[] shown = [.. connections.Select(c => Reading.Get(c, stage, agent, ids, path))], masked = [.. connections.Select(c => Reading.Get(c, stage, auditor, ids, path))];
                await Round.WarmUpAsync(shown, 2_000, options.Round, stage.Clock);
                await Round.WarmUpAsync(masked, 2_000, options.Round, stage.Clock);
                List<(Round Shown, Round Masked)> rounds = [];
                for (var i = 0; i < options.Rounds * 2; i++)
                {
                    // In each turn the other comes first, and what one leaves to do is done before the next.
                    var first = await RoundAsync(i % 2 == 0 ? shown : masked);
                    var second = await RoundAsync(i % 2 == 0 ? masked : shown);
                    rounds.Add(i % 2 == 0 ? (first, second) : (second, first));
                }
                report.Add(new Figure(name, Statistics.Median(rounds.Select(r => r.Shown.PerSecond)), "/s")
                {
                    Callers = Callers, Tickets = tickets, Yardstick = Statistics.Median(rounds.Select(r => r.Masked.PerSecond)), Ratio = Statistics.Median(rounds.Select(r => r.Shown.PerSecond / r.Masked.PerSecond)), Aim = 0.95,
                });
                Report.Say($"    shown and told of: {rounds[^1].Shown.Processors}");
                Report.Say($"    masked: {rounds[^1].Masked.Processors}");
            }
        }
        finally
        {
            foreach (var connection in connections) connection.Dispose();
        }

        async Task<Round> RoundAsync(Func<ValueTask>[] callers)
        {
            await stage.QuietAsync();
            return await Round.RunAsync(callers, options.Round, stage.Clock);
        }
    }

    private static async Task<Guid[]> SampleAsync(NpgsqlDataSource database)
    {
        await using var command = database.CreateCommand("select array(select id from read.queue order by id desc limit $1)");
        command.Parameters.Add(new() { Value = Sample });
        return (Guid[])(await command.ExecuteScalarAsync())!;
    }
}
