using System.Diagnostics;

namespace ServiceOrders.EventStore;

/// <summary>An append on its way through the writer, and the caller who waits for it.</summary>
internal sealed class PendingAppend(Append append)
{
    private readonly TaskCompletionSource<AppendOutcome> _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Append Append { get; } = append;
    public long StartedAt { get; } = Stopwatch.GetTimestamp();
    /// <summary>How often its stream was found busy.</summary>
    public int BusyTries { get; set; }
    /// <summary>How often it was in a batch whose connection broke.</summary>
    public int BrokenTries { get; set; }
    /// <summary>The caller went away before it was taken into a batch.</summary>
    public volatile bool Abandoned;
    public int Characters { get; } = append.Events.Sum(added => added.Data.Length + added.Headers.Length);

    public Task<AppendOutcome> Outcome => _completion.Task;
    public void Resolve(AppendOutcome outcome) => _completion.TrySetResult(outcome);
    public void Fail(Exception error) => _completion.TrySetException(error);
}
