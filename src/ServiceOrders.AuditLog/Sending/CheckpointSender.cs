using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using ServiceOrders.Audit.Checkpoints;
using ServiceOrders.AuditLog.Signing;

namespace ServiceOrders.AuditLog.Sending;

/// <summary>
/// Brings checkpoints outside, in their order, until each place has them all: what was signed and not sent when a process ended is sent by the next one, the same bytes. A place that fails is
/// tried again with growing pauses and holds up no other. A place that has none yet begins with the newest.
/// </summary>
/// <param name="source">The database.</param>
/// <param name="sinks">The places.</param>
/// <param name="keys">This node's keys: what none of them or their successors signed is sent nowhere.</param>
/// <param name="time">The clock.</param>
/// <param name="log">Tells of failures.</param>
public sealed partial class CheckpointSender(NpgsqlDataSource source, IReadOnlyList<ICheckpointSink> sinks, SigningKeys keys, TimeProvider time, ILogger<CheckpointSender>? log = null) : IDisposable
{
    /// <summary>At most so many checkpoints go to one place in a round.</summary>
    public const int Batch = 100;

    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(1), LongestPause = TimeSpan.FromMinutes(10), Turn = TimeSpan.FromSeconds(20);
    private const int MostDoublings = 10;

    private readonly ILogger _log = log ?? NullLogger<CheckpointSender>.Instance;
    private readonly CheckpointTable _checkpoints = new(source);
    private readonly SinkTable _table = new(source);
    private readonly KeyTable _keys = new(source);
    private readonly SemaphoreSlim _oneRound = new(1);
    private readonly Patience _patience = new(Turn, time);

    /// <summary>The places.</summary>
    public IReadOnlyList<ICheckpointSink> Sinks => sinks;

    /// <summary>Sends what is due to each place.</summary>
    /// <returns>When to come again for what failed or was too much for one round; null: every place has all.</returns>
    public async Task<DateTimeOffset?> SendAsync(CancellationToken cancellation = default)
    {
        if (sinks.Count == 0) return null;
        await _oneRound.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            var states = (await _table.ListAsync(cancellation).ConfigureAwait(false)).ToDictionary(state => state.Name, StringComparer.Ordinal);
            DateTimeOffset? next = null;
            foreach (var sink in sinks)
            {
                var again = await SendAsync(sink, states.GetValueOrDefault(sink.Name), cancellation).ConfigureAwait(false);
                if (again is not null && (next is null || again < next)) next = again;
            }
            return next;
        }
        finally
        {
            _oneRound.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _oneRound.Dispose();

    private async Task<DateTimeOffset?> SendAsync(ICheckpointSink sink, SinkState? state, CancellationToken cancellation)
    {
        var now = time.GetUtcNow();
        // A time that no pause explains was not set here: whoever can write to the table must not stop the sending by it.
        if (state?.NextTryAt > now && state.NextTryAt <= now + LongestPause) return state.NextTryAt;
        try
        {
            var introduced = await _keys.ListAsync(cancellation).ConfigureAwait(false);
            var newest = await _checkpoints.LatestAsync(cancellation).ConfigureAwait(false);
            // Nor is anything sent that was never signed: who is said to have more than there is gets the newest again.
            var last = sink.CanBeAsked ? await SizeThereAsync(sink, cancellation).ConfigureAwait(false) : state?.Size <= newest?.Size ? state!.Size : 0;
            var due = last > 0 ? await _checkpoints.AboveAsync(last, Batch, cancellation).ConfigureAwait(false) : newest is null ? [] : [newest];
            foreach (var checkpoint in due)
            {
                try
                {
                    await SendAsync(sink, checkpoint, introduced, cancellation).ConfigureAwait(false);
                }
                catch (TornEntryException broken) when (last == 0)
                {
                    // The very first entry broke off, and a newer checkpoint has come since.
                    var begun = await _checkpoints.BeginningAsync(broken.Torn, cancellation).ConfigureAwait(false) ?? throw new IOException(broken.Message, broken);
                    await SendAsync(sink, begun, introduced, cancellation).ConfigureAwait(false);
                    return now;
                }
                // A slow place has its turn and no more: others wait, and so does the next checkpoint.
                if (time.GetUtcNow() - now >= Turn) return time.GetUtcNow();
            }
            // It says itself that it has the newest, and the process that brought it there did not come to note it.
            if (due.Count == 0 && sink.CanBeAsked && last > 0 && (state is null || state.Size < last || state.Attempts != 0)) await _table.SentAsync(sink.Name, last, now, cancellation).ConfigureAwait(false);
            return due.Count == Batch ? now : null;
        }
#pragma warning disable CA1031 // whatever is the matter with one place, the others get theirs
        catch (Exception trouble) when (trouble is not (NpgsqlException or OperationCanceledException))
#pragma warning restore CA1031
        {
            var pause = Pause(state?.Attempts ?? 0);
            LogFailed(sink.Name, trouble.GetType().Name, pause.TotalSeconds);
            AuditLogMetrics.SendingFailed.Add(1);
            await _table.FailedAsync(sink.Name, now + pause, trouble is HttpRequestException { StatusCode: { } status } ? $"HTTP {(int)status}" : trouble.GetType().Name, cancellation).ConfigureAwait(false);
            return now + pause;
        }
    }

    private async Task SendAsync(ICheckpointSink sink, StoredCheckpoint checkpoint, IReadOnlyList<IntroducedKey> introduced, CancellationToken cancellation)
    {
        if (!IsSound(checkpoint, introduced)) throw new InvalidDataException("A stored checkpoint is not what its note says, or no key of the log signed it.");
        await _patience.AskAsync(sink, async () =>
        {
            await sink.SendAsync(checkpoint, cancellation).ConfigureAwait(false);
            return checkpoint.Size;
        }, cancellation).ConfigureAwait(false);
        await _table.SentAsync(sink.Name, checkpoint.Size, time.GetUtcNow(), cancellation).ConfigureAwait(false);
    }

    /// <summary>How far a place is, by its last note, which must be one of this log's, byte for byte: to another history nothing is appended.</summary>
    private async Task<long> SizeThereAsync(ICheckpointSink sink, CancellationToken cancellation)
    {
        if (await _patience.AskAsync(sink, () => sink.LastNoteAsync(cancellation).AsTask(), cancellation).ConfigureAwait(false) is not { } note) return 0;
        if (!SignedNote.TryParse(note, out var there)) throw new IOException("What is there is no checkpoint.");
        return (await _checkpoints.FindAsync(there.Checkpoint.Size, cancellation).ConfigureAwait(false))?.Note == note ? there.Checkpoint.Size : throw new IOException("What is there is none of this log's checkpoints.");
    }

    private bool IsSound(StoredCheckpoint stored, IReadOnlyList<IntroducedKey> introduced) =>
        SignedNote.TryParse(stored.Note, out var note) && note.Checkpoint is var said && (said.Size, said.Root, said.SignedAt, said.Position) == (stored.Size, stored.Root, stored.SignedAt, stored.Position)
        && keys.Verifies(note, introduced);

    private static TimeSpan Pause(int attempts)
    {
        var pause = FirstPause * (1 << Math.Clamp(attempts, 0, MostDoublings));
        return pause < LongestPause ? pause : LongestPause;
    }

    [LoggerMessage(60, LogLevel.Warning, "A checkpoint could not be brought to {Sink} ({Error}); tried again in {Seconds} s")]
    private partial void LogFailed(string sink, string error, double seconds);
}
