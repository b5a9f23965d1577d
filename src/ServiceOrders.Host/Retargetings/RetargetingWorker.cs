using System.Collections.Concurrent;
using Npgsql;
using ServiceOrders.Domain.Deadlines;
using ServiceOrders.Domain.Tickets;
using ServiceOrders.EventStore;
using ServiceOrders.Host.Operating;
using ServiceOrders.Host.Web;
using ServiceOrders.ReadModels.Retargetings;
using ServiceOrders.ReadModels.Tickets;

namespace ServiceOrders.Host.Retargetings;

/// <summary>
/// Works off the jobs of <c>read.retargetings</c>, one page of tickets after the other, in the background of every node; a lease sees to it that one node works at a time. The job is saved after
/// each page, so whoever comes next goes on there; a page that was begun is done again, and changes nothing twice.
/// </summary>
/// <param name="database">The database.</param>
/// <param name="tickets">Retargets one ticket.</param>
/// <param name="limits">How long a request may take.</param>
/// <param name="time">The clock.</param>
/// <param name="log">Tells of jobs and failures.</param>
public sealed partial class RetargetingWorker(StoreDatabase database, TicketRetargeting tickets, WebLimits limits, TimeProvider time, ILogger<RetargetingWorker> log) : IAsyncDisposable
{
    /// <summary>Failures that a job names; more are only counted.</summary>
    public const int MostNamed = 100;

    private const int LeaseNumber = 5, AtOnce = 32;
    private static readonly TimeSpan Poll = TimeSpan.FromSeconds(1), LeasePoll = TimeSpan.FromMilliseconds(100), LongestPause = TimeSpan.FromSeconds(30);

    private readonly RetargetingQuery _jobs = new(database.Background);
    private readonly RunningTickets _running = new(database.Background);

    /// <summary>Tickets that a page passes: after each the job is saved.</summary>
    internal int PageSize { get; init; } = 1_000;

    private BackgroundLoop Loop => field ??= new(RunDueAsync, trouble => LogInterrupted(trouble.GetType().Name), Poll, LongestPause, time);

    /// <summary>Starts.</summary>
    public void Start() => Loop.Start();

    /// <summary>Leaves the page under way to whoever comes next.</summary>
    public ValueTask DisposeAsync() => Loop.DisposeAsync();

    /// <summary>Works until no job is left that is to be worked on now, here or on another node.</summary>
    public async Task RunDueAsync(CancellationToken cancellation = default)
    {
        while (await _jobs.NextAsync(time.Now(), cancellation) is not null)
        {
            await using var lease = await SessionLease.TryTakeAsync(database, LeaseNumber, cancellation);
            if (lease is null) await Task.Delay(LeasePoll, time, cancellation);
            else while (await _jobs.NextAsync(time.Now(), cancellation) is { } job) await StepAsync(job, cancellation);
        }
    }

    /// <summary>One page of a job, or its turn to the next walk, or its end.</summary>
    private async Task StepAsync(Retargeting job, CancellationToken cancellation)
    {
        var started = time.GetTimestamp();
        var at = job.Progress;
        if (at.StartedAt is null) at = at with { StartedAt = time.Now(), Total = await _running.CountAsync(cancellation) };
        // A walk tries anew what failed in the one before.
        if (at.LastTicket == Guid.Empty) at = at with { Failed = 0, Failures = [] };
        var page = await _running.PageAsync(at.LastTicket, PageSize, job.Change.Name, cancellation);
        if (page.Last is not { } last)
        {
            await TurnAsync(job, at, cancellation);
            return;
        }
        var (changed, failures) = await RetargetAsync(job.Change, page, cancellation);
        var isFirst = at.Walk == 1;
        at = at with
        {
            LastTicket = last, Examined = at.Examined + (isFirst ? page.Running : 0), Failed = at.Failed + failures.Length, Failures = [.. at.Failures.Concat(failures).Take(MostNamed)],
        };
        // In the first walk a page may be one that was begun before: what it has changed then counts as well.
        await _jobs.SaveAsync(job, job.NextAt, at, isFirst ? [.. page.Tickets.Select(t => t.Id)] : changed, cancellation);
        // Two thirds of its time at most: requests go on beside it.
        if (page.Tickets.Count > 0) await Task.Delay(time.GetElapsedTime(started) / 2, time, cancellation);
    }

    /// <summary>
    /// After the first walk there is a second, when no request that was decided on the old rules can still be under way: what such a one brought is retargeted too.
    /// </summary>
    private async Task TurnAsync(Retargeting job, RetargetingProgress at, CancellationToken cancellation)
    {
        if (at.Walk < Retargeting.LastWalk)
        {
            await _jobs.SaveAsync(job, job.NextAt + TimeSpan.FromSeconds(limits.RequestSeconds), at with { Walk = at.Walk + 1, LastTicket = Guid.Empty }, [], cancellation);
        }
        else if (await _jobs.SaveAsync(job, job.NextAt, at with { FinishedAt = time.Now() }, [], cancellation))
        {
            LogDone(job.Id, (await _jobs.FindAsync(job.Id, cancellation))?.Progress.Changed ?? at.Changed, at.Failed);
        }
    }

    private async Task<(Guid[] Changed, RetargetingFailure[] Failures)> RetargetAsync(RuleChange change, RunningPage page, CancellationToken cancellation)
    {
        ConcurrentBag<Guid> changed = [];
        ConcurrentBag<RetargetingFailure> failures = [];
        foreach (var (id, error) in page.Unreadable) Fail(id, error);
        await Parallel.ForEachAsync(page.Tickets, new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellation }, async (ticket, stop) =>
        {
            try
            {
                if (await tickets.RetargetAsync(ticket, change, stop)) changed.Add(ticket.Id);
            }
            catch (Exception culprit) when (!IsTroubleOfAll(culprit))
            {
                Fail(ticket.Id, culprit.GetType().Name);
            }
        });
        return ([.. changed], [.. failures.OrderBy(f => f.TicketId)]);

        void Fail(Guid ticket, string error)
        {
            failures.Add(new RetargetingFailure(ticket, error));
            LogFailed(ticket, change.CausationId, error);
        }
    }

    /// <summary>Whether every ticket would meet it: then the page is given up and done again later.</summary>
    private static bool IsTroubleOfAll(Exception trouble) =>
        trouble is OperationCanceledException or (StoreBusyException and not StreamHeldException) or StoreUnavailableException or OutcomeUnknownException or TimeoutException or NpgsqlException { IsTransient: true };

    [LoggerMessage(Level = LogLevel.Information, Message = "Retargeting {Job} is done: {Changed} tickets changed, {Failed} could not be")]
    private partial void LogDone(string job, long changed, long failed);

    [LoggerMessage(Level = LogLevel.Error, Message = "Ticket {TicketId} could not be retargeted after {Change} ({Error})")]
    private partial void LogFailed(Guid ticketId, string change, string error);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Retargeting was interrupted ({Error}); it goes on where it was")]
    private partial void LogInterrupted(string error);
}
