using ServiceOrders.Domain.Retention;
using ServiceOrders.EventStore;
using ServiceOrders.Host.Configuration;
using ServiceOrders.Host.Operating;
using ServiceOrders.ReadModels.Retention;

namespace ServiceOrders.Host.Retention;

/// <summary>
/// Makes the day's run of retention and works off runs, page after page, in the background of every node; a lease sees to it that one node works at a time. A run is saved in the transaction of each
/// page: whoever comes next goes on there, and what was done is never done again.
/// </summary>
/// <param name="database">The database.</param>
/// <param name="retirement">Archives and deletes.</param>
/// <param name="streams">The rules.</param>
/// <param name="options">When the day's run is made.</param>
/// <param name="time">The clock.</param>
/// <param name="log">Tells of runs and failures.</param>
public sealed partial class RetentionWorker(StoreDatabase database, TicketRetirement retirement, ConfiguredStreams streams, RetentionOptions options, TimeProvider time, ILogger<RetentionWorker> log) : IAsyncDisposable
{
    /// <summary>Runs that may wait; more are refused.</summary>
    public const int MostWaiting = 20;

    private const int LeaseNumber = 6;
    private static readonly TimeSpan Poll = TimeSpan.FromSeconds(10), LongestPause = TimeSpan.FromMinutes(2);

    private readonly RetentionRunQuery _runs = new(database.Background);
    private readonly RetentionCandidates _candidates = new(database.Background);
    private DateOnly _asked;

    /// <summary>Tickets that a page passes.</summary>
    internal int PageSize { get; init; } = 200;

    private BackgroundLoop Loop => field ??= new(RunDueAsync, trouble => LogInterrupted(trouble.GetType().Name), Poll, LongestPause, time);

    /// <summary>Starts.</summary>
    public void Start() => Loop.Start();

    /// <summary>There is a run to be worked on.</summary>
    public void Wake() => Loop.Wake();

    /// <summary>Leaves the page under way to whoever comes next.</summary>
    public ValueTask DisposeAsync() => Loop.DisposeAsync();

    /// <summary>Makes the day's run where its time has come, and works until no run is left, or another node works, or a rebuild does.</summary>
    public async Task RunDueAsync(CancellationToken cancellation = default)
    {
        await AskForTodayAsync(cancellation);
        if (await _runs.NextAsync(cancellation) is null) return;
        await using var lease = await SessionLease.TryTakeAsync(database, LeaseNumber, cancellation);
        if (lease is null) return;
        while (await _runs.NextAsync(cancellation) is { } run)
            if (!await StepAsync(run, cancellation)) return;
    }

    private async Task AskForTodayAsync(CancellationToken cancellation)
    {
        var now = time.Now();
        var today = DateOnly.FromDateTime(now.UtcDateTime);
        if (_asked == today || TimeOnly.FromDateTime(now.UtcDateTime) < options.DailyAt) return;
        await _runs.AskAsync(today, "daily", now, false, cancellation);
        _asked = today;
    }

    /// <summary>One page of a run, or its turn to the other action, or its end. False: it cannot go on now.</summary>
    private async Task<bool> StepAsync(RetentionRun run, CancellationToken cancellation)
    {
        var (started, now) = (time.GetTimestamp(), time.Now());
        var history = await streams.LoadAsync(RetentionSetup.Rules, RetentionSetup.Rules.IdOf(RetentionHistory.Name), cancellation: cancellation);
        var rules = history.Version == 0 ? new RetentionRules { Rules = [] } : history.Versions[^1].Rules;
        var at = run.Progress;
        if (at.StartedAt is null || at.RulesVersion != history.Version) at = await BeginAsync(run, (int)history.Version, now, cancellation);
        if (await PageAsync(at, rules, now, cancellation) is not { Last: { } last } page)
        {
            await TurnAsync(run, at, cancellation);
            return true;
        }
        var choice = RetentionChoice.Of(page, last, at, rules, now);
        if (!await retirement.RetireAsync(run, choice, now, cancellation)) return false;
        // Half of the time at most: requests go on beside it.
        if (choice.Tickets.Count > 0) await Task.Delay(time.GetElapsedTime(started), time, cancellation);
        return true;
    }

    /// <summary>From the first ticket on, by the rules that are in force now. What was done by earlier ones stays counted; what was only looked at is looked at anew.</summary>
    private async Task<RetentionProgress> BeginAsync(RetentionRun run, int rulesVersion, DateTimeOffset now, CancellationToken cancellation) => new()
    {
        StartedAt = run.Progress.StartedAt ?? now, RulesVersion = rulesVersion, MayDelete = await retirement.MayDeleteAsync(cancellation), Done = run.DryRun ? [] : run.Progress.Done,
    };

    /// <summary>The tickets to look at next; null: no rule has that action.</summary>
    private async Task<CandidatePage?> PageAsync(RetentionProgress at, RetentionRules rules, DateTimeOffset now, CancellationToken cancellation)
    {
        if (RetentionChoice.Until(at.Looking, rules, now) is not { } until) return null;
        return at.Looking == RetentionAction.Delete
            ? await _candidates.AnywhereAsync(at.LastTicket, until, PageSize, cancellation)
            : await _candidates.OnListsAsync(at.LastTicket, at.LastUpdated, until, PageSize, cancellation);
    }

    /// <summary>What is to be deleted comes first, so that it need not be archived before; then what is to be archived; then the run is done.</summary>
    private async Task TurnAsync(RetentionRun run, RetentionProgress at, CancellationToken cancellation)
    {
        if (at.Looking == RetentionAction.Delete)
        {
            await _runs.SaveAsync(run, at with { Looking = RetentionAction.Archive, LastTicket = Guid.Empty, LastUpdated = default }, null, cancellation);
            return;
        }
        var (done, left) = (at.Done.Sum(tally => tally.Tickets), at.Left.Values.Sum());
        if (await _runs.SaveAsync(run, at, time.Now(), cancellation)) LogDone(run.Id, done, left);
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Run {Run} of retention is done: {Tickets} tickets are past their time and were dealt with, {Left} were left as they are")]
    private partial void LogDone(Guid run, long tickets, long left);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Retention was interrupted ({Error}); it goes on where it was")]
    private partial void LogInterrupted(string error);
}
