namespace ServiceOrders.EventStore.Tests.Given;

/// <summary>A clock whose pauses are over at once, and counted.</summary>
public sealed class HastyTime : TimeProvider
{
    private int _timers;

    public int Timers => _timers;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        Interlocked.Increment(ref _timers);
        return base.CreateTimer(callback, state, TimeSpan.Zero, period);
    }
}
