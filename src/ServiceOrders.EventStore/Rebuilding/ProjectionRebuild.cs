using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace ServiceOrders.EventStore;

/// <summary>
/// Rebuilds a generational projection from the first event on, into new tables with a checkpoint of their own, while the old ones serve and follow; then switches, with the
/// projection's own checkpoint held. Interrupted, it goes on where it was.
/// </summary>
public sealed class ProjectionRebuild(StoreDatabase database, IGenerationalProjection projection, TimeProvider? time = null, ILogger<ProjectionRebuild>? log = null)
{
    /// <summary>Events applied at once; events that the switch applies at most, while the projection stands still; tries before a rebuild gives up.</summary>
    private const int PageSize = 5_000, LastPage = 2_000, MaxSwitches = 40;
    private static readonly TimeSpan SwitchPause = TimeSpan.FromMilliseconds(500);

    private readonly TimeProvider _time = time ?? TimeProvider.System;
    private readonly ILogger _log = log ?? NullLogger<ProjectionRebuild>.Instance;

    /// <summary>Rebuilds, or goes on.</summary>
    /// <param name="progress">Told after each page.</param>
    /// <param name="cancellation">Interrupts.</param>
    /// <returns>The new generation.</returns>
    /// <exception cref="RebuildRunningException">Another rebuild is running.</exception>
    /// <exception cref="StoreBusyException">No moment for the switch was found; the next run goes on from here.</exception>
    public async Task<int> RunAsync(IProgress<RebuildProgress>? progress = null, CancellationToken cancellation = default)
    {
        await using var connection = await RebuildLock.OpenAsync(database, cancellation).ConfigureAwait(false);
        var current = await Generations.CurrentAsync(projection.Name, connection, cancellation).ConfigureAwait(false);
        var (next, name) = (current + 1, $"{projection.Name}:{current + 1}");
        var position = await Checkpoint.ReadAsync(name, database.Background, cancellation).ConfigureAwait(false);
        if (position == 0)
        {
            await TryDropAsync(connection, current - 1, cancellation).ConfigureAwait(false);
            await projection.CreateAsync(next, connection, cancellation).ConfigureAwait(false);
        }
        await Checkpoint.ReadAsync(projection.Name, database.Background, cancellation).ConfigureAwait(false);

        var events = 0L;
        for (var tries = 0; tries < MaxSwitches; tries++)
        {
            (position, events) = await FollowAsync(connection, name, next, position, events, progress, cancellation).ConfigureAwait(false);
            if (!await TrySwitchAsync(connection, name, next, position, cancellation).ConfigureAwait(false))
            {
                progress?.Report(new(RebuildPhase.CatchingUp, 0, events));
                await Task.Delay(SwitchPause, _time, cancellation).ConfigureAwait(false);
                continue;
            }
            progress?.Report(new(RebuildPhase.Switched, 0, events));
            await TryDropAsync(connection, current, cancellation).ConfigureAwait(false);
            return next;
        }
        throw new StoreBusyException("No moment for the switch was found; run the rebuild again, it goes on from here.");
    }

    private Task TryDropAsync(NpgsqlConnection connection, int generation, CancellationToken cancellation) =>
        OldGeneration.TryDropAsync(projection.Name, generation, old => projection.DropAsync(old, connection, cancellation), _log);

    /// <summary>Applies page after page, until what is left is little enough for the switch: under steady load there is always something.</summary>
    private async Task<(long Position, long Events)> FollowAsync(
        NpgsqlConnection connection, string name, int next, long position, long events, IProgress<RebuildProgress>? progress, CancellationToken cancellation)
    {
        var reading = Checkpoint.PageAsync(position, PageSize, projection.Types, database.Background, cancellation);
        while (await reading.ConfigureAwait(false) is { } page)
        {
            // Read the next page while this one is written.
            var last = page.Passed < LastPage;
            if (!last) reading = Checkpoint.PageAsync(page.Last, PageSize, projection.Types, database.Background, cancellation);
            await ApplyAsync(connection, name, next, position, page, cancellation).ConfigureAwait(false);
            position = page.Last;
            progress?.Report(new(RebuildPhase.FirstPass, 0, events += page.Passed));
            if (last) break;
        }
        return (position, events);
    }

    private async Task ApplyAsync(NpgsqlConnection connection, string name, int generation, long position, EventPage page, CancellationToken cancellation)
    {
        await using var transaction = await connection.BeginTransactionAsync(cancellation).ConfigureAwait(false);
        if (!await Checkpoint.MoveAsync(name, position, page.Last, connection, cancellation).ConfigureAwait(false)) throw new RebuildRunningException();
        if (page.Events.Count > 0) await projection.ApplyAsync(generation, page.Events, connection, transaction, cancellation).ConfigureAwait(false);
        await transaction.CommitAsync(cancellation).ConfigureAwait(false);
    }

    /// <summary>Holds the projection's checkpoint, so that the old generation stands still, applies what is left, and switches. False: too much is left.</summary>
    private async Task<bool> TrySwitchAsync(NpgsqlConnection connection, string name, int generation, long position, CancellationToken cancellation)
    {
        await using var transaction = await connection.BeginTransactionAsync(cancellation).ConfigureAwait(false);
        try
        {
            await RebuildLock.RunAsync(connection, "set local lock_timeout = '250ms'", cancellation).ConfigureAwait(false);
            await RebuildLock.RunAsync(connection, "select from events.mt_event_progression where name = $1 for update", cancellation, projection.Name).ConfigureAwait(false);
            if (await Checkpoint.PageAsync(position, LastPage, projection.Types, database.Background, cancellation).ConfigureAwait(false) is { } rest)
            {
                if (rest.Passed == LastPage) return false;
                if (rest.Events.Count > 0) await projection.ApplyAsync(generation, rest.Events, connection, transaction, cancellation).ConfigureAwait(false);
                position = rest.Last;
            }
            await projection.SwitchAsync(generation, connection, transaction, cancellation).ConfigureAwait(false);
            await Generations.SetAsync(projection.Name, generation, connection, cancellation).ConfigureAwait(false);
            await RebuildLock.RunAsync(connection, "update events.mt_event_progression set last_seq_id = $2, last_updated = now() where name = $1", cancellation, projection.Name, position).ConfigureAwait(false);
            await RebuildLock.RunAsync(connection, "delete from events.mt_event_progression where name = $1", cancellation, name).ConfigureAwait(false);
            await transaction.CommitAsync(cancellation).ConfigureAwait(false);
            return true;
        }
        catch (PostgresException busy) when (busy.SqlState == PostgresErrorCodes.LockNotAvailable)
        {
            return false;
        }
    }
}
