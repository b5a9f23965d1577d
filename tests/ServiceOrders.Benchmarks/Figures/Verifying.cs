using System.Diagnostics;
using System.Globalization;
using Npgsql;
using ServiceOrders.Audit.Leaves;
using ServiceOrders.AuditLog.Verifying;
using ServiceOrders.Benchmarks.Loading;
using ServiceOrders.EventStore;

namespace ServiceOrders.Benchmarks.Figures;

/// <summary>A full verification of the filled store while the service idles; the yardstick is the plain COPY of the same rows, to nobody.</summary>
internal static class Verifying
{
    private const int Connections = 2;

    /// <summary>Measures and reports.</summary>
    /// <exception cref="InvalidOperationException">Something was found, or not every event was read.</exception>
    public static async Task MeasureAsync(Stage stage, Options options, Report report)
    {
        await stage.QuietAsync();
        var tickets = await stage.CountAsync();
        await using var store = new StoreDatabase(stage.ConnectionString, TimeSpan.FromMinutes(10));
        var (rates, plain) = (new List<double>(), new List<double>());
        var before = stage.Clock.Read();
        var began = Stopwatch.GetTimestamp();
        for (var round = 0; round < options.Rounds; round++)
        {
            rates.Add(await VerifyAsync(store));
            plain.Add(await CopyAsync(store));
        }
        report.Add(new Figure("verify.events", Statistics.Median(rates), "events/s") { Tickets = tickets, Yardstick = Statistics.Median(plain), Aim = 100_000 });
        Report.Say($"    verifier and COPY in turns, both on {Connections} connections; both count as load generator: {stage.Clock.Read().Since(before, Stopwatch.GetElapsedTime(began).TotalSeconds)}");
    }

    private static async Task<double> VerifyAsync(StoreDatabase store)
    {
        var started = Stopwatch.GetTimestamp();
        var found = await new LogVerifier(store.Background, TimeProvider.System).RunAsync(new VerificationBasis([], null, Connections));
        var seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        if (!found.IsClean || found.Events != found.Leaves) throw new InvalidOperationException($"The verification read {found.Events} of {found.Leaves} events and has {found.FindingCount} findings.");
        return found.Events / seconds;
    }

    /// <summary>The same rows by as many connections, half of the positions each.</summary>
    private static async Task<double> CopyAsync(StoreDatabase store)
    {
        var last = await Stage.ScalarAsync<long>(store.Background, "select max(seq_id) from events.mt_events");
        var events = await Stage.ScalarAsync<long>(store.Background, "select count(*) from events.mt_events");
        var started = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, Connections).Select(part => DrainAsync(store.Background, last * part / Connections, last * (part + 1) / Connections)));
        return events / Stopwatch.GetElapsedTime(started).TotalSeconds;
    }

    private static async Task DrainAsync(NpgsqlDataSource source, long after, long upTo)
    {
        await using var connection = await source.OpenConnectionAsync();
        await using var copy = await connection.BeginRawBinaryCopyAsync(string.Create(CultureInfo.InvariantCulture,
            $"copy (select {EventEncoding.Columns} from events.mt_events where seq_id > {after} and seq_id <= {upTo} order by seq_id) to stdout (format binary)"));
        var buffer = new byte[1 << 16];
        while (await copy.ReadAsync(buffer.AsMemory(), CancellationToken.None) > 0)
        {
            // Read to be forgotten.
        }
    }
}
