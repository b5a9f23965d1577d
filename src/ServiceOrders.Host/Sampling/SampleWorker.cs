using ServiceOrders.Domain.Auditing;
using ServiceOrders.Host.Operating;

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

    private readonly HashSet<SampleMonth> _settled = [];
    private SampleMonth? _seeded;

    private BackgroundLoop Loop => field ??= new(RunDueAsync, trouble => LogFailed(trouble.GetType().Name), Pace, Pace, time);

    /// <summary>Starts.</summary>
    public void Start() => Loop.Start();

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => Loop.DisposeAsync();

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
        foreach (var past in await UndrawnAsync(month.Previous, cancellation)) await DrawAsync(past, cancellation);
    }

    /// <summary>A month that cannot be drawn holds up no other.</summary>
    private async Task DrawAsync(SampleMonth month, CancellationToken cancellation)
    {
        var name = month.ToString();
        try
        {
            var drawn = await samples.DrawAsync(month, Samples.Actor, null, cancellation);
            _settled.Add(month);
            var (count, of) = (drawn.Drawn.Length, drawn.Population.Length);
            LogDrawn(name, count, of);
        }
#pragma warning disable CA1031 // whatever it was, the next minute tries again
        catch (Exception trouble) when (trouble is not OperationCanceledException)
#pragma warning restore CA1031
        {
            var error = trouble.GetType().Name;
            LogNotDrawn(name, error);
        }
    }

    /// <summary>The months that are over and not drawn, the earliest first: each looks at how far the one before came.</summary>
    private async Task<IEnumerable<SampleMonth>> UndrawnAsync(SampleMonth last, CancellationToken cancellation)
    {
        List<SampleMonth> months = [];
        for (var (month, back) = (last, 0); back < MostMonthsBack; (month, back) = (month.Previous, back + 1))
        {
            if (_settled.Contains(month)) continue;
            var sample = await samples.LoadAsync(month, cancellation);
            // No seed was fixed for a month in which no node ran, and none can be any more.
            if (sample.Version == 0 || sample.IsDrawn) _settled.Add(month);
            else if (sample.IsOver(time.GetUtcNow())) months.Add(month);
        }
        months.Reverse();
        return months;
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "The sample of {Month} is drawn: {Drawn} of {Closed} closed tickets")]
    private partial void LogDrawn(string month, int drawn, int closed);

    [LoggerMessage(Level = LogLevel.Error, Message = "The sample of {Month} could not be drawn ({Error}); tried again in a minute")]
    private partial void LogNotDrawn(string month, string error);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Seeds and samples could not be looked after ({Error}); tried again in a minute")]
    private partial void LogFailed(string error);
}
