using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace ServiceOrders.EventStore;

/// <summary>
/// Rebuilds all inline read models into generation n + 1 while generation n serves and is written: fold every stream, catch up with those that changed meanwhile, then, with
/// appends standing still for a moment, catch up a last time and switch. Interrupted, it goes on where it was; nothing of it is seen before the switch.
/// </summary>
public sealed partial class InlineRebuild(StoreDatabase database, IReadOnlyList<IInlineReadModel> models, TimeProvider? time = null, ILogger<InlineRebuild>? log = null)
{
    /// <summary>Streams folded at once; streams that the switch folds at most, while appends stand still; passes before a rebuild gives up.</summary>
    private const int Chunk = 500, LastChunk = 1_000, MaxPasses = 200;
    private static readonly TimeSpan SwitchPause = TimeSpan.FromMilliseconds(100);

    private const string Changed = "select distinct stream_id from events.mt_events where seq_id > $1 and seq_id <= $2";

    private readonly StreamPages _pages = new(database);
    private readonly string[]? _wanted = models.Any(model => model.StreamTypes is null) ? null : [.. models.SelectMany(model => model.StreamTypes!).Distinct()];
    private readonly TimeProvider _time = time ?? TimeProvider.System;
    private readonly ILogger _log = log ?? NullLogger<InlineRebuild>.Instance;

    /// <summary>Rebuilds, or goes on with a rebuild that was interrupted.</summary>
    /// <param name="progress">Told after each page.</param>
    /// <param name="cancellation">Interrupts; what was folded is kept for the next run.</param>
    /// <returns>The new generation.</returns>
    /// <exception cref="RebuildRunningException">Another rebuild is running.</exception>
    /// <exception cref="StoreBusyException">No moment for the switch was found, or appends outran the rebuild; the next run goes on from here.</exception>
    public async Task<int> RunAsync(IProgress<RebuildProgress>? progress = null, CancellationToken cancellation = default)
    {
        await using var connection = await RebuildLock.OpenAsync(database, cancellation).ConfigureAwait(false);
        var current = await Generations.CurrentAsync(Generations.Inline, connection, cancellation).ConfigureAwait(false);
        var rebuild = await RebuildRow.FindAsync(connection, cancellation).ConfigureAwait(false);
        if (rebuild is null || rebuild.Generation != current + 1) rebuild = await BeginAsync(connection, current + 1, cancellation).ConfigureAwait(false);

        rebuild = await FoldAllAsync(connection, rebuild, progress, cancellation).ConfigureAwait(false);
        for (var pass = 0; pass < MaxPasses; pass++)
        {
            (rebuild, var changed) = await CatchUpAsync(connection, rebuild, cancellation).ConfigureAwait(false);
            progress?.Report(new(RebuildPhase.CatchingUp, rebuild.Streams, rebuild.Events));
            // The next pass finds about as much as this one: what the switch could not fold is not tried.
            if (changed > LastChunk) continue;
            if (!await TrySwitchAsync(connection, rebuild, cancellation).ConfigureAwait(false))
            {
                await Task.Delay(SwitchPause, _time, cancellation).ConfigureAwait(false);
                continue;
            }
            progress?.Report(new(RebuildPhase.Switched, rebuild.Streams, rebuild.Events));
            LogSwitched(rebuild.Generation, rebuild.Streams, rebuild.Events);
            await TryDropAsync(connection, current, cancellation).ConfigureAwait(false);
            return rebuild.Generation;
        }
        throw new StoreBusyException("No moment for the switch was found; run the rebuild again, it goes on from here.");
    }

    /// <summary>Gives up a rebuild that was interrupted and removes what it made.</summary>
    public async Task AbandonAsync(CancellationToken cancellation = default)
    {
        await using var connection = await RebuildLock.OpenAsync(database, cancellation).ConfigureAwait(false);
        if (await RebuildRow.FindAsync(connection, cancellation).ConfigureAwait(false) is not { } rebuild) return;
        await DropAsync(connection, rebuild.Generation, cancellation).ConfigureAwait(false);
        await RebuildRow.RemoveAsync(connection, cancellation).ConfigureAwait(false);
    }

    private async Task<RebuildRow> BeginAsync(NpgsqlConnection connection, int generation, CancellationToken cancellation)
    {
        // A long reader may have kept an old generation from being dropped after the last switch.
        await TryDropAsync(connection, generation - 2, cancellation).ConfigureAwait(false);
        foreach (var model in models) await model.CreateAsync(generation, connection, cancellation).ConfigureAwait(false);
        var begun = new RebuildRow(generation, await HeadAsync(connection, cancellation).ConfigureAwait(false), Guid.Empty, 0, 0, false);
        await begun.SaveAsync(connection, cancellation).ConfigureAwait(false);
        return begun;
    }

    /// <summary>The first pass: one page is read and one folded while this one is written.</summary>
    private async Task<RebuildRow> FoldAllAsync(NpgsqlConnection connection, RebuildRow rebuild, IProgress<RebuildProgress>? progress, CancellationToken cancellation)
    {
        if (rebuild.FirstPassDone) return rebuild;
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var pages = Channel.CreateBounded<FoldedPage>(1);
        var reading = ReadAheadAsync(rebuild.LastStream, pages.Writer, stop.Token);
        try
        {
            await foreach (var page in pages.Reader.ReadAllAsync(cancellation).ConfigureAwait(false))
            {
                rebuild = rebuild with { LastStream = page.Last, Streams = rebuild.Streams + page.Streams, Events = rebuild.Events + page.Events };
                await using var transaction = await connection.BeginTransactionAsync(cancellation).ConfigureAwait(false);
                foreach (var write in page.Writes) await write(rebuild.Generation, false, connection, cancellation).ConfigureAwait(false);
                await rebuild.SaveAsync(connection, cancellation).ConfigureAwait(false);
                await transaction.CommitAsync(cancellation).ConfigureAwait(false);
                progress?.Report(new(RebuildPhase.FirstPass, rebuild.Streams, rebuild.Events));
            }
            await reading.ConfigureAwait(false);
        }
        finally
        {
            await stop.CancelAsync().ConfigureAwait(false);
        }
        foreach (var model in models) await model.CompleteAsync(rebuild.Generation, connection, cancellation).ConfigureAwait(false);
        rebuild = rebuild with { FirstPassDone = true };
        await rebuild.SaveAsync(connection, cancellation).ConfigureAwait(false);
        return rebuild;
    }

    private async Task ReadAheadAsync(Guid last, ChannelWriter<FoldedPage> pages, CancellationToken cancellation)
    {
        try
        {
            var reading = _pages.AfterAsync(last, _wanted, cancellation);
            while (await reading.ConfigureAwait(false) is { } page)
            {
                reading = _pages.AfterAsync(page.Last, _wanted, cancellation);
                var events = page.Streams.Sum(stream => (long)stream.Events.Count);
                await pages.WriteAsync(new([.. models.Select(model => model.Fold(page.Streams, cancellation))], page.Last, page.Streams.Count, events), cancellation).ConfigureAwait(false);
            }
            pages.Complete();
        }
        catch (Exception error)
        {
            pages.Complete(error);
        }
    }

    /// <summary>Folds anew what changed since the last pass; tells how many streams that were.</summary>
    private async Task<(RebuildRow Rebuild, int Changed)> CatchUpAsync(NpgsqlConnection connection, RebuildRow rebuild, CancellationToken cancellation)
    {
        await using var transaction = await connection.BeginTransactionAsync(cancellation).ConfigureAwait(false);
        var head = await HeadAsync(connection, cancellation).ConfigureAwait(false);
        var changed = await ChangedAsync(connection, rebuild.Position, head, cancellation).ConfigureAwait(false);
        await ReplaceAsync(connection, rebuild.Generation, changed, cancellation).ConfigureAwait(false);
        rebuild = rebuild with { Position = head };
        await rebuild.SaveAsync(connection, cancellation).ConfigureAwait(false);
        await transaction.CommitAsync(cancellation).ConfigureAwait(false);
        return (rebuild, changed.Count);
    }

    /// <summary>
    /// With the generation lock held exclusively no append is under way. The wait for it is short, since appends queue behind it; false: not now.
    /// </summary>
    private async Task<bool> TrySwitchAsync(NpgsqlConnection connection, RebuildRow rebuild, CancellationToken cancellation)
    {
        await using var transaction = await connection.BeginTransactionAsync(cancellation).ConfigureAwait(false);
        try
        {
            await RebuildLock.RunAsync(connection, "set local lock_timeout = '250ms'", cancellation).ConfigureAwait(false);
            await RebuildLock.RunAsync(connection, "select pg_advisory_xact_lock(21327, 2)", cancellation).ConfigureAwait(false);
            var head = await HeadAsync(connection, cancellation).ConfigureAwait(false);
            var changed = await ChangedAsync(connection, rebuild.Position, head, cancellation).ConfigureAwait(false);
            if (changed.Count > LastChunk) return false;
            await ReplaceAsync(connection, rebuild.Generation, changed, cancellation).ConfigureAwait(false);
            foreach (var model in models) await model.SwitchAsync(rebuild.Generation, connection, cancellation).ConfigureAwait(false);
            await Generations.SetAsync(Generations.Inline, rebuild.Generation, connection, cancellation).ConfigureAwait(false);
            await RebuildRow.RemoveAsync(connection, cancellation).ConfigureAwait(false);
            await transaction.CommitAsync(cancellation).ConfigureAwait(false);
            return true;
        }
        catch (PostgresException busy) when (busy.SqlState is PostgresErrorCodes.LockNotAvailable or PostgresErrorCodes.DeadlockDetected)
        {
            return false;
        }
    }

    private async Task ReplaceAsync(NpgsqlConnection connection, int generation, List<Guid> changed, CancellationToken cancellation)
    {
        foreach (var ids in changed.Chunk(Chunk))
        {
            var streams = await StreamPages.TheseAsync(connection, ids, _wanted, cancellation).ConfigureAwait(false);
            foreach (var model in models) await model.Fold(streams, cancellation)(generation, true, connection, cancellation).ConfigureAwait(false);
        }
    }

    private async Task DropAsync(NpgsqlConnection connection, int generation, CancellationToken cancellation)
    {
        foreach (var model in models) await model.DropAsync(generation, connection, cancellation).ConfigureAwait(false);
    }

    private Task TryDropAsync(NpgsqlConnection connection, int generation, CancellationToken cancellation) =>
        OldGeneration.TryDropAsync("the inline read models", generation, old => DropAsync(connection, old, cancellation), _log);

    private static async Task<long> HeadAsync(NpgsqlConnection connection, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand("select coalesce(max(seq_id), 0) from events.mt_events", connection);
        return (long)(await command.ExecuteScalarAsync(cancellation).ConfigureAwait(false))!;
    }

    private static async Task<List<Guid>> ChangedAsync(NpgsqlConnection connection, long after, long until, CancellationToken cancellation)
    {
        List<Guid> changed = [];
        await using var command = new NpgsqlCommand(Changed, connection) { Parameters = { new() { Value = after }, new() { Value = until } } };
        await using var reader = await command.ExecuteReaderAsync(cancellation).ConfigureAwait(false);
        while (await reader.ReadAsync(cancellation).ConfigureAwait(false)) changed.Add(reader.GetGuid(0));
        return changed;
    }

    private sealed record FoldedPage(WriteRows[] Writes, Guid Last, int Streams, long Events);

    [LoggerMessage(40, LogLevel.Information, "Generation {Generation} of the inline read models serves, built from {Streams} streams with {Events} events")]
    private partial void LogSwitched(int generation, long streams, long events);
}
