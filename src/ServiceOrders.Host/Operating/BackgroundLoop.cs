namespace ServiceOrders.Host.Operating;

/// <summary>
/// Does a piece of work again and again, from <see cref="Start"/> to <see cref="DisposeAsync"/>, and outlives every error: what was not done is still there to be done. After an error it waits
/// twice as long as the time before, within a bound.
/// </summary>
/// <param name="work">All that there is to do now.</param>
/// <param name="failed">Is told of each error.</param>
/// <param name="poll">How long to wait after work that went well.</param>
/// <param name="longestPause">How long to wait at most.</param>
/// <param name="time">The clock.</param>
internal sealed class BackgroundLoop(Func<CancellationToken, Task> work, Action<Exception> failed, TimeSpan poll, TimeSpan longestPause, TimeProvider time) : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly SemaphoreSlim _wake = new(0, 1);
    private Task _loop = Task.CompletedTask;

    /// <summary>Starts.</summary>
    public void Start() => _loop = Task.Run(() => RunAsync(_stop.Token));

    /// <summary>There is something to do: it need not wait any longer.</summary>
    public void Wake()
    {
        try { _wake.Release(); }
        catch (SemaphoreFullException) { } // it was woken already
        catch (ObjectDisposedException) { } // it has ended: whoever comes next looks anyway
    }

    /// <summary>Leaves what is under way to whoever comes next. May be called again.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_stop.IsCancellationRequested) return;
        await _stop.CancelAsync();
        await _loop;
        _stop.Dispose();
        _wake.Dispose();
    }

    private async Task RunAsync(CancellationToken cancellation)
    {
        for (var pause = poll; !cancellation.IsCancellationRequested;)
        {
            try
            {
                await work(cancellation);
                pause = poll;
            }
            catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
            {
                return;
            }
#pragma warning disable CA1031 // the loop outlives every error
            catch (Exception trouble)
#pragma warning restore CA1031
            {
                failed(trouble);
                pause = pause * 2 < longestPause ? pause * 2 : longestPause;
            }
            await WaitAsync(pause, cancellation);
        }
    }

    private async Task WaitAsync(TimeSpan pause, CancellationToken cancellation)
    {
        using var waiting = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        await Task.WhenAny(Task.Delay(pause, time, waiting.Token), _wake.WaitAsync(waiting.Token));
        await waiting.CancelAsync();
    }
}
