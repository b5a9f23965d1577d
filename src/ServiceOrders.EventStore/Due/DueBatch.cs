using Microsoft.Extensions.Logging;
using Npgsql;
using NpgsqlTypes;

namespace ServiceOrders.EventStore;

/// <summary>
/// One batch of due streams, in one transaction: claim, load, decide, append through the same statements as the group writer, commit. A stream whose handler throws or whose
/// append is refused is put off in that same transaction; when the SQL itself fails, the batch is taken apart until the culprit stands alone. Belongs to one worker.
/// </summary>
internal sealed partial class DueBatch(StoreDatabase database, DueHandler handler, DueOptions options, StoreSignals signals, DueLateness lateness, TimeProvider time, ILogger log)
{
    private const string PutOff = """
        update events.due d set attempts = d.attempts + 1, next_try_at = greatest(d.due_at, p.next_try_at), last_error = p.error
        from unnest($1, $2, $3, $4) as p (stream_id, ordinal, next_try_at, error)
        where d.stream_id = p.stream_id and (p.ordinal = 0 or (select events.recorded())[p.ordinal] = '-infinity')
        """;

    private const string PutOffAlone = """
        with held as (select s.id from events.mt_streams s where s.id = $1 for update skip locked)
        update events.due d set attempts = d.attempts + 1, next_try_at = $3, last_error = $4
        from held where d.stream_id = held.id and d.next_try_at < $2
        returning d.attempts
        """;

    private readonly AppendBatch _appends = new();

    /// <summary>Settles what is due.</summary>
    /// <param name="wanted">Only these streams; null: whatever is due.</param>
    /// <param name="cancellation">Honoured before the appends are sent, never after.</param>
    /// <returns>How many streams were claimed, and when the next is due where there were none.</returns>
    public async Task<(int Claimed, DateTimeOffset? NextTryAt)> SettleAsync(Guid[]? wanted, CancellationToken cancellation)
    {
        IReadOnlyList<ClaimedStream> streams = [];
        try
        {
            var now = Now();
            await using var connection = await database.Background.OpenConnectionAsync(cancellation).ConfigureAwait(false);
            await using var transaction = await connection.BeginTransactionAsync(cancellation).ConfigureAwait(false);
            var claim = await DueClaim.TakeAsync(connection, now, options, wanted, cancellation).ConfigureAwait(false);
            streams = claim.Streams;
            if (streams.Count == 0) return (0, claim.NextTryAt);
            await AppendAsync(connection, transaction, claim, now).ConfigureAwait(false);
            return (streams.Count, null);
        }
        catch (Exception error) when (streams.Count > 0 && Fault.Of(error) == FaultKind.Culprit)
        {
            await TakeApartAsync(streams, error, cancellation).ConfigureAwait(false);
            return (streams.Count, null);
        }
    }

    private async Task AppendAsync(NpgsqlConnection connection, NpgsqlTransaction transaction, DueClaim claim, DateTimeOffset now)
    {
        _appends.Clear();
        var tries = new List<(ClaimedStream Stream, Append? Append, int Ordinal, string Error)>(claim.Streams.Count);
        foreach (var stream in claim.Streams)
        {
            var (append, error) = Decide(stream, now);
            tries.Add((stream, append, append is null ? 0 : _appends.Add(append), error ?? "the append was refused"));
        }
        await using var batch = new NpgsqlBatch(connection, transaction);
        _appends.WriteTo(batch, claim.Generation, new NpgsqlBatchCommand(PutOff)
        {
            Parameters =
            {
                Array(NpgsqlDbType.Uuid, tries.Select(tried => tried.Stream.Id)), Array(NpgsqlDbType.Integer, tries.Select(tried => tried.Ordinal)),
                Array(NpgsqlDbType.TimestampTz, tries.Select(tried => now + options.RetryAfter(tried.Stream.Attempts))), Array(NpgsqlDbType.Text, tries.Select(tried => tried.Error)),
            },
        });
        StageResult result;
        await using (var reader = await batch.ExecuteReaderAsync().ConfigureAwait(false))
            result = await StageResult.ReadAsync(reader, default).ConfigureAwait(false);
        await transaction.CommitAsync().ConfigureAwait(false);

        var committed = time.GetUtcNow();
        foreach (var (stream, append, ordinal, error) in tries)
        {
            var outcome = append is null ? null : result.Of(ordinal, append);
            if (outcome is not Appended) Report(stream, outcome?.GetType().Name ?? error);
            // Without events nothing fired: the due time was moved, or was one too many.
            else if (append!.Events.Count > 0) Settled(committed - stream.DueAt);
        }
        signals.Appended.Set();
    }

    /// <summary>Asks the handler, and holds it to its contract: an append that left the stream due in the past would come round for ever.</summary>
    private (Append? Append, string? Error) Decide(ClaimedStream stream, DateTimeOffset now)
    {
        try
        {
            var append = handler(stream.Id, stream.Events, now)
                ?? new Append { StreamId = stream.Id, StreamType = stream.Type, ExpectedVersion = stream.Version, Events = [], Now = now, Due = DueChange.To(null) };
            if (append.StreamId != stream.Id || append.ExpectedVersion != stream.Version) return (null, "the handler appended to another stream or version");
            if (!append.Due.Changes || append.Due.At < now) return (null, "the handler left the stream due in the past");
            return (append, null);
        }
#pragma warning disable CA1031 // whatever a handler throws concerns its own stream alone
        catch (Exception error)
#pragma warning restore CA1031
        {
            return (null, Fault.Name(error));
        }
    }

    private async Task TakeApartAsync(IReadOnlyList<ClaimedStream> streams, Exception error, CancellationToken cancellation)
    {
        if (streams is [var culprit])
        {
            var kind = Fault.Name(error);
            if (await PutOffAloneAsync(culprit, kind, cancellation).ConfigureAwait(false)) Report(culprit, kind);
            return;
        }
        var ids = streams.Select(stream => stream.Id).ToArray();
        await SettleAsync(ids[..(ids.Length / 2)], cancellation).ConfigureAwait(false);
        await SettleAsync(ids[(ids.Length / 2)..], cancellation).ConfigureAwait(false);
    }

    private async Task<bool> PutOffAloneAsync(ClaimedStream stream, string error, CancellationToken cancellation)
    {
        var now = Now();
        await using var command = database.Background.CreateCommand(PutOffAlone);
        command.Parameters.Add(new() { Value = stream.Id });
        command.Parameters.Add(new() { Value = now });
        command.Parameters.Add(new() { Value = now + options.RetryAfter(stream.Attempts) });
        command.Parameters.Add(new() { Value = error });
        return await command.ExecuteScalarAsync(cancellation).ConfigureAwait(false) is not null;
    }

    private void Settled(TimeSpan late)
    {
        lateness.Record(late);
        StoreMetrics.DueLateness.Record(late.TotalMilliseconds);
    }

    private void Report(ClaimedStream stream, string error)
    {
        StoreMetrics.DuePutOff.Add(1);
        LogPutOff(stream.Id, stream.Attempts + 1, error);
    }

    /// <summary>PostgreSQL keeps microseconds: a finer time would round a due time up past itself.</summary>
    private DateTimeOffset Now()
    {
        var now = time.GetUtcNow();
        return now.AddTicks(-(now.Ticks % TimeSpan.TicksPerMicrosecond));
    }

    private static NpgsqlParameter Array<T>(NpgsqlDbType element, IEnumerable<T> values) => new() { Value = values.ToArray(), NpgsqlDbType = NpgsqlDbType.Array | element };

    [LoggerMessage(20, LogLevel.Error, "Stream {StreamId} is due and could not be settled (attempt {Attempts}: {Error}); it is put off")]
    private partial void LogPutOff(Guid streamId, int attempts, string error);
}
