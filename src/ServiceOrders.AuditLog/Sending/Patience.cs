namespace ServiceOrders.AuditLog.Sending;

/// <summary>
/// Asks places that may hang, such as a disk of another machine: none is waited for longer than this, and nothing more is asked of one until it has answered. So each holds one thread at most, and
/// neither the signing nor the end of the process.
/// </summary>
/// <param name="most">How long.</param>
/// <param name="time">The clock.</param>
internal sealed class Patience(TimeSpan most, TimeProvider time)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<ICheckpointSink, Task> _asked = [];

    /// <summary>Asks.</summary>
    /// <exception cref="TimeoutException">It did not answer in time, now or before.</exception>
    public Task<T> AskAsync<T>(ICheckpointSink sink, Func<Task<T>> ask, CancellationToken cancellation)
    {
        lock (_lock)
        {
            if (_asked.TryGetValue(sink, out var before) && !before.IsCompleted) return Task.FromException<T>(new TimeoutException("It has not answered yet."));
            var asked = Task.Run(ask, cancellation);
            _asked[sink] = asked;
            return asked.WaitAsync(most, time, cancellation);
        }
    }
}
