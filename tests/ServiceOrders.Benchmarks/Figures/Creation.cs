using System.Text;
using ServiceOrders.Benchmarks.Loading;
using ServiceOrders.Benchmarks.Plain;

namespace ServiceOrders.Benchmarks.Figures;

/// <summary>Opening tickets: the service over HTTP beside the plain insert of the same rows, in turns, at the same concurrency.</summary>
internal static class Creation
{
    /// <summary>Measures and reports. The rate at 64 callers is returned.</summary>
    /// <param name="stage">What is measured.</param>
    /// <param name="options">How long.</param>
    /// <param name="report">Takes the figures.</param>
    /// <param name="emptyRate">The rate with the empty store, where this one is filled.</param>
    public static async Task<double> MeasureAsync(Stage stage, Options options, Report report, double? emptyRate = null)
    {
        var tickets = await stage.CountAsync();
        var pattern = await stage.PatternAsync();
        var plain = await Task.WhenAll(Enumerable.Range(0, Options.MostCallers).Select(_ => PlainInsert.OpenAsync(stage.PlainDatabase, pattern)));
        var connections = Enumerable.Range(0, Options.MostCallers).Select(_ => new HttpConnection(stage.Service.Endpoint)).ToArray();
        try
        {
            Func<ValueTask>[] service = [.. connections.Select(c => Caller(c, stage))];
            Func<ValueTask>[] yardstick = [.. plain.Select(p => (Func<ValueTask>)p.CallAsync)];
            // Warm up: the compiler, connections, prepared statements.
            await Round.WarmUpAsync(service, 30_000, options.Round, stage.Clock);
            await Round.RunAsync(yardstick, options.Round / 2, stage.Clock);
            await stage.QuietAsync();
            var rate = 0.0;
            foreach (var callers in options.Callers)
            {
                rate = await MeasureAsync(service[..callers], yardstick[..callers], tickets, options, report, stage);
            }
            if (emptyRate is { } empty && options.Callers[^1] == Options.MostCallers)
                report.Add(new Figure("create.slowdown", empty / rate, "×") { Callers = Options.MostCallers, Tickets = tickets, Aim = 1.3, LessIsBetter = true });
            return rate;
        }
        finally
        {
            foreach (var connection in connections) connection.Dispose();
            foreach (var insert in plain) await insert.DisposeAsync();
        }
    }

    private static async Task<double> MeasureAsync(Func<ValueTask>[] service, Func<ValueTask>[] yardstick, long tickets, Options options, Report report, Stage stage)
    {
        List<(Round Plain, Round Service)> rounds = [];
        var behind = TimeSpan.Zero;
        for (var i = 0; i < options.Rounds; i++)
        {
            var plain = await Round.RunAsync(yardstick, options.Round, stage.Clock);
            rounds.Add((plain, await Round.RunAsync(service, options.Round, stage.Clock)));
            behind = await stage.QuietAsync();
        }
        var figure = new Figure("create.http", Statistics.Median(rounds.Select(r => r.Service.PerSecond)), "/s")
        {
            Callers = service.Length, Tickets = tickets, Yardstick = Statistics.Median(rounds.Select(r => r.Plain.PerSecond)),
            Ratio = Statistics.Median(rounds.Select(r => r.Service.PerSecond / r.Plain.PerSecond)), Aim = service.Length == Options.MostCallers && tickets < 1_000 ? 1.2 : null,
        };
        report.Add(figure);
        foreach (var percent in new[] { 50, 99 })
        {
            report.Add(new Figure($"create.http.p{percent}", Statistics.Median(rounds.Select(r => r.Service.Percentile(percent))), "ms")
            {
                Callers = service.Length, Tickets = tickets, Yardstick = Statistics.Median(rounds.Select(r => r.Plain.Percentile(percent))), LessIsBetter = true,
            });
        }
        Report.Say($"    service: {rounds[^1].Service.Processors}; after the round its reports were {behind.TotalSeconds:0.0} s behind");
        Report.Say($"    plain insert: {rounds[^1].Plain.Processors}");
        return figure.Value;
    }

    /// <summary>A caller that opens tickets.</summary>
    public static Func<ValueTask> Caller(HttpConnection connection, Stage stage)
    {
        var requests = new TicketRequests(stage.Service.Endpoint.ToString(), stage.Key);
        return async () =>
        {
            var status = await connection.SendAsync(requests.Next());
            if (status != 201) throw new InvalidOperationException($"Opening a ticket was answered {status}: {Encoding.UTF8.GetString(connection.Body.Span)}");
        };
    }
}
