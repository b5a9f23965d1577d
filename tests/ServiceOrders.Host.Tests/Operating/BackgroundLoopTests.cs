using ServiceOrders.Host.Operating;

namespace ServiceOrders.Host.Tests.Operating;

/// <summary>Work in the background goes on whatever happens to it, waits longer while it fails, and ends when it is told to.</summary>
public class BackgroundLoopTests
{
    private static readonly TimeSpan Poll = TimeSpan.FromSeconds(10), Longest = TimeSpan.FromSeconds(35);

    [Fact]
    public async Task After_errors_it_waits_twice_as_long_within_a_bound_and_after_success_as_before()
    {
        var (time, runs, told, done) = (new NotedTime(), 0, new List<string>(), new TaskCompletionSource());
        await using var loop = new BackgroundLoop(async stop =>
        {
            if (++runs <= 3) throw new InvalidOperationException("once more");
            if (runs < 6) return;
            done.TrySetResult();
            await UntilAsync(stop);
        }, trouble => told.Add(trouble.Message), Poll, Longest, time);
        loop.Start();
        await done.Task;

        told.ShouldBe(["once more", "once more", "once more"]);
        time.Pauses.ShouldBe([Poll * 2, Longest, Longest, Poll, Poll]);
    }

    [Fact]
    public async Task Who_wakes_it_does_not_wait_for_its_turn_and_wakes_it_once_however_often()
    {
        using var worked = new SemaphoreSlim(0);
        // Its time never comes: it works at its start and when it is woken.
        await using var loop = new BackgroundLoop(_ => Task.FromResult(worked.Release()), _ => { }, Poll, Longest, new StandingTime());
        loop.Start();
        await worked.WaitAsync();
        for (var i = 0; i < 3; i++) loop.Wake();
        await worked.WaitAsync();
        loop.Wake();
        await worked.WaitAsync();
    }

    [Fact]
    public async Task It_ends_in_the_middle_of_its_work_and_of_its_wait_and_being_told_twice_does_no_harm()
    {
        foreach (var work in new Func<CancellationToken, Task>[] { UntilAsync, _ => Task.CompletedTask })
        {
            var begun = new TaskCompletionSource();
            var loop = new BackgroundLoop(stop => { begun.TrySetResult(); return work(stop); }, trouble => throw trouble, Poll, Longest, new StandingTime());
            loop.Start();
            await begun.Task;
            await loop.DisposeAsync();
            await loop.DisposeAsync();
            loop.Wake();
        }
    }

    /// <summary>Work that goes on until it is stopped.</summary>
    private static async Task UntilAsync(CancellationToken stop)
    {
        var stopped = new TaskCompletionSource();
        await using var _ = stop.Register(() => stopped.SetCanceled(stop));
        await stopped.Task;
    }

    /// <summary>Notes how long someone wants to wait, and lets no one wait.</summary>
    private sealed class NotedTime : TimeProvider
    {
        public List<TimeSpan> Pauses { get; } = [];

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            Pauses.Add(dueTime);
            return base.CreateTimer(callback, state, TimeSpan.Zero, period);
        }
    }

    /// <summary>Nobody's time ever comes.</summary>
    private sealed class StandingTime : TimeProvider
    {
        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            base.CreateTimer(callback, state, Timeout.InfiniteTimeSpan, period);
    }
}
