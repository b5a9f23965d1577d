using ServiceOrders.EventStore;

namespace ServiceOrders.Host.Operating;

/// <summary>Runs rebuilds in the background, one at a time on this node; the database sees to it that there is one at a time among all nodes.</summary>
/// <param name="database">The database.</param>
/// <param name="inline">The inline read models.</param>
/// <param name="following">Generational projections.</param>
/// <param name="time">The clock.</param>
/// <param name="logs">Makes the logs of the rebuilds and of this.</param>
public sealed partial class Rebuilds(StoreDatabase database, IEnumerable<IInlineReadModel> inline, IEnumerable<IGenerationalProjection> following, TimeProvider time, ILoggerFactory logs)
    : IAsyncDisposable
{
    private readonly ILogger _log = logs.CreateLogger<Rebuilds>();
    private readonly Lock _lock = new();
    private readonly Dictionary<string, RebuildStatus> _last = new(StringComparer.Ordinal);
    private readonly CancellationTokenSource _stop = new();
    private Task _running = Task.CompletedTask;

    /// <summary>The last rebuild of a read model on this node; null: none.</summary>
    public RebuildStatus? StatusOf(string name)
    {
        lock (_lock) return _last.GetValueOrDefault(name);
    }

    /// <summary>Whether it can be rebuilt: the audit log, which only grows, cannot.</summary>
    public bool Knows(string name) => name == Generations.Inline || following.Any(projection => projection.Name == name);

    /// <summary>Starts one; null: one is running.</summary>
    public RebuildStatus? TryStart(string name)
    {
        lock (_lock)
        {
            if (!_running.IsCompleted) return null;
            var started = new RebuildStatus(RebuildState.Running, time.Now(), null, 0, 0, null);
            _last[name] = started;
            _running = Task.Run(() => RunAsync(name, started));
            return started;
        }
    }

    /// <summary>Interrupts what runs; the next rebuild goes on from there.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        _stop.Dispose();
    }

    private async Task RunAsync(string name, RebuildStatus status)
    {
        var progress = new Told(at => Note(name, status = status with { Streams = at.Streams, Events = at.Events }));
        try
        {
            if (name == Generations.Inline) await new InlineRebuild(database, [.. inline], time, logs.CreateLogger<InlineRebuild>()).RunAsync(progress, _stop.Token);
            else await new ProjectionRebuild(database, following.Single(p => p.Name == name), time, logs.CreateLogger<ProjectionRebuild>()).RunAsync(progress, _stop.Token);
            Note(name, status with { State = RebuildState.Done, EndedAt = time.Now() });
        }
        catch (OperationCanceledException)
        {
            Note(name, status with { State = RebuildState.Interrupted, EndedAt = time.Now() });
        }
#pragma warning disable CA1031 // runs in the background: whatever happens is told in the status and the log
        catch (Exception failure)
#pragma warning restore CA1031
        {
            LogFailed(name, failure);
            Note(name, status with { State = RebuildState.Failed, EndedAt = time.Now(), Error = failure.GetType().Name });
        }
    }

    private void Note(string name, RebuildStatus status)
    {
        lock (_lock) _last[name] = status;
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "The rebuild of {Name} failed")]
    private partial void LogFailed(string name, Exception failure);

    // Progress<T> would report on the thread pool, out of order.
    private sealed class Told(Action<RebuildProgress> tell) : IProgress<RebuildProgress>
    {
        public void Report(RebuildProgress value) => tell(value);
    }
}

/// <summary>How a rebuild is.</summary>
/// <param name="State">How it is.</param>
/// <param name="StartedAt">Since when.</param>
/// <param name="EndedAt">Until when.</param>
/// <param name="Streams">Streams folded.</param>
/// <param name="Events">Their events.</param>
/// <param name="Error">The kind of error that ended it.</param>
public sealed record RebuildStatus(RebuildState State, DateTimeOffset StartedAt, DateTimeOffset? EndedAt, long Streams, long Events, string? Error);

/// <summary>How a rebuild is.</summary>
public enum RebuildState
{
    /// <summary>It runs.</summary>
    Running,
    /// <summary>The new generation serves.</summary>
    Done,
    /// <summary>The process stopped; the next rebuild goes on from there.</summary>
    Interrupted,
    /// <summary>It failed; the old generation serves.</summary>
    Failed,
}
