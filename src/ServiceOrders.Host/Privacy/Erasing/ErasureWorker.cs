using ServiceOrders.EventStore;
using ServiceOrders.Host.Operating;

namespace ServiceOrders.Host.Privacy;

/// <summary>Finishes erasures whose request did not come to its end: tells the tickets of subjects whose key is gone. Runs on every node; two that do it at once do no harm.</summary>
/// <param name="subjects">Data subjects.</param>
/// <param name="erasure">Tells their tickets.</param>
/// <param name="time">The clock.</param>
/// <param name="log">Tells of failures.</param>
public sealed partial class ErasureWorker(SubjectTable subjects, SubjectErasure erasure, TimeProvider time, ILogger<ErasureWorker> log) : IAsyncDisposable
{
    private const int AtOnce = 20;
    private static readonly TimeSpan Poll = TimeSpan.FromSeconds(5), LongestPause = TimeSpan.FromMinutes(1);


    private BackgroundLoop Loop => field ??= new(RunDueAsync, trouble => LogFailed(trouble.GetType().Name), Poll, LongestPause, time);

    /// <summary>Starts.</summary>
    public void Start() => Loop.Start();

    /// <summary>Leaves what is under way to whoever comes next.</summary>
    public ValueTask DisposeAsync() => Loop.DisposeAsync();

    /// <summary>Finishes every erasure that is not finished now; what fails is left for another time, and what comes after it is done.</summary>
    public async Task RunDueAsync(CancellationToken cancellation = default)
    {
        var after = default(DateTimeOffset);
        while (await subjects.UnclearedAsync(after, AtOnce, cancellation) is { Count: > 0 } uncleared)
        {
            foreach (var subject in uncleared)
            {
                try
                {
                    await erasure.ClearAsync(subject.Id, cancellation);
                }
                catch (Exception trouble) when (trouble is not OperationCanceledException)
                {
                    LogInterrupted(subject.Id, trouble.GetType().Name);
                }
            }
            after = uncleared[^1].ErasedAt!.Value;
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The erasure of subject {Subject} was interrupted ({Error}); the key is gone, the tickets are told later")]
    private partial void LogInterrupted(Guid subject, string error);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Erasures that are not finished cannot be looked for ({Error}); tried again later")]
    private partial void LogFailed(string error);
}
