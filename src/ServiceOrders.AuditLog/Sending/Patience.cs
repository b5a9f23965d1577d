using System.Diagnostics.CodeAnalysis;

namespace ServiceOrders.AuditLog.Sending;

/// <summary>
/// Asks places that may hang, such as a disk of another machine: nothing more is asked of one until it has answered what it was asked before, maybe for somebody who has left since. That is waited for
/// for so long at most, and so is the answer. So each place holds one thread at most, and neither the signing nor the end of the process.
/// </summary>
/// <param name="most">How long.</param>
/// <param name="time">The clock.</param>
internal sealed class Patience(TimeSpan most, TimeProvider time)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<ICheckpointSink, Task> _asked = [];

    /// <summary>Asks.</summary>
    /// <exception cref="TimeoutException">It did not answer in time, what it was asked now or before.</exception>
    public async Task<T> AskAsync<T>(ICheckpointSink sink, Func<Task<T>> ask, CancellationToken cancellation)
    {
        Task<T>? asked;
        for (var started = time.GetTimestamp(); !TryAsk(sink, ask, cancellation, out asked, out var before);)
        {
            var left = most - time.GetElapsedTime(started);
            if (left <= TimeSpan.Zero) throw new TimeoutException("It has not answered yet.");
            // Whatever came of it is no answer for this one.
            await Task.WhenAny(before).WaitAsync(left, time, cancellation).ConfigureAwait(false);
        }
        return await asked.WaitAsync(most, time, cancellation).ConfigureAwait(false);
    }

    private bool TryAsk<T>(ICheckpointSink sink, Func<Task<T>> ask, CancellationToken cancellation, [NotNullWhen(true)] out Task<T>? asked, [NotNullWhen(false)] out Task? before)
    {
        lock (_lock)
        {
            asked = null;
            if (_asked.TryGetValue(sink, out before) && !before.IsCompleted) return false;
            _asked[sink] = asked = Task.Run(ask, cancellation);
            return true;
        }
    }
}
