using Npgsql;
using ServiceOrders.Domain.Auditing;
using ServiceOrders.EventStore;

namespace ServiceOrders.Host.Sampling;

/// <summary>
/// Sees to it, on every node, that this month and the next have a seed, so that each is fixed before its month begins (but for the month of the first start), and that months that are over are
/// drawn. Nodes that do so at once do no harm.
/// </summary>
/// <param name="samples">Fixes and draws.</param>
/// <param name="time">The clock.</param>
/// <param name="log">Tells of draws and failures.</param>
public sealed partial class SampleWorker(Samples samples, TimeProvider time, ILogger<SampleWorker> log) : IAsyncDisposable
{
    /// <summary>How many months back it looks for a sample that was not drawn: a service that was away for longer draws those on demand.</summary>
    public const int MostMonthsBack = 24;

    private static readonly TimeSpan Pace = TimeSpan.FromMinutes(1);

    private readonly HashSet<SampleMonth> _drawn = [];
    private readonly CancellationTokenSource _stop = new();
    private SampleMonth? _seeded;
    private Task _running = Task.CompletedTask;

    /// <summary>Starts.</summary>
    public void Start() => _running = Task.Run(() => RunAsync(_stop.Token));

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
    }

    /// <summary>Does what is to be done now.</summary>
    public async Task RunDueAsync(CancellationToken cancellation = default)
    {
        var month = samples.CurrentMonth;
        if (_seeded != month)
        {
            await samples.EnsureSeedAsync(month, cancellation);
            await samples.EnsureSeedAsync(month.Next, cancellation);
            _seeded = month;
        }
        foreach (var past in await UndrawnAsync(month.Previous, cancellation))
        {
            var drawn = await samples.DrawAsync(past, Samples.Actor, null, cancellation);
            _drawn.Add(past);
            var (name, count, of) = (past.ToString(), drawn.Drawn.Length, drawn.Population.Length);
            LogDrawn(name, count, of);
        }
    }

    /// <summary>The months that are over and not drawn, the earliest first: each looks at how far the one before came.</summary>
    private async Task<IEnumerable<SampleMonth>> UndrawnAsync(SampleMonth last, CancellationToken cancellation)
    {
        List<SampleMonth> months = [];
        for (var (month, back) = (last, 0); back < MostMonthsBack && !_drawn.Contains(month); (month, back) = (month.Previous, back + 1))
        {
            var sample = await samples.LoadAsync(month, cancellation);
            if (sample.Version == 0) break;
            if (sample.IsDrawn) _drawn.Add(month);
            else if (sample.IsOver(time.GetUtcNow())) months.Add(month);
        }
        months.Reverse();
        return months;
    }

    private async Task RunAsync(CancellationToken cancellation)
    {
        while (!cancellation.IsCancellationRequested)
        {
            try
            {
                await RunDueAsync(cancellation);
            }
            catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
            {
                return;
            }
            catch (Exception trouble) when (trouble is NpgsqlException or TimeoutException or StoreBusyException or StoreUnavailableException or OutcomeUnknownException)
            {
                LogFailed(trouble.GetType().Name);
            }
            await Task.Delay(Pace, time, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "The sample of {Month} is drawn: {Drawn} of {Closed} closed tickets")]
    private partial void LogDrawn(string month, int drawn, int closed);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Seeds and samples could not be looked after ({Error}); tried again in a minute")]
    private partial void LogFailed(string error);
}
