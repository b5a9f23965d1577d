namespace ServiceOrders.EventStore;

/// <summary>Wakes workers of the same process early. A signal that is lost, or one from another node, costs no more than the poll's interval.</summary>
public sealed class StoreSignals
{
    /// <summary>Events were appended.</summary>
    public Pulse Appended { get; } = new();

    /// <summary>A stream became due earlier than was known.</summary>
    public DueSignal Due { get; } = new();
}

/// <summary>Wakes all who wait.</summary>
public sealed class Pulse
{
    private TaskCompletionSource _next = New();

    /// <summary>Completed by the next <see cref="Set"/>. To be taken before looking for work, so that nothing falls in between.</summary>
    public Task Next => Volatile.Read(ref _next).Task;

    /// <summary>Wakes.</summary>
    public void Set() => Interlocked.Exchange(ref _next, New()).TrySetResult();

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}

/// <summary>Wakes the due workers when something falls due before they meant to look again.</summary>
public sealed class DueSignal
{
    private long _wakeAt = long.MaxValue;

    /// <summary>Set when a hint came in that is earlier than the time planned.</summary>
    public Pulse Earlier { get; } = new();

    /// <summary>When the workers mean to look again.</summary>
    public void Plan(DateTimeOffset wakeAt) => Volatile.Write(ref _wakeAt, wakeAt.UtcTicks);

    /// <summary>A stream is due at this time.</summary>
    public void Hint(DateTimeOffset at)
    {
        if (at.UtcTicks < Volatile.Read(ref _wakeAt)) Earlier.Set();
    }
}
