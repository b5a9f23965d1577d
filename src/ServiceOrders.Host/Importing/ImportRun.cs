using System.Threading.Channels;
using ServiceOrders.EventStore;
using ServiceOrders.Host.Web;

namespace ServiceOrders.Host.Importing;

/// <summary>
/// One import: takes lines as fast as the store takes tickets, a bounded number at a time, and tells what becomes of them. When its caller goes away or the store fails, it
/// stops; what came in stays, and the same lines sent again are skipped.
/// </summary>
/// <param name="importer">Imports a ticket.</param>
/// <param name="time">The clock.</param>
/// <param name="log">Where unexpected trouble is written.</param>
internal sealed partial class ImportRun(TicketImporter importer, TimeProvider time, ILogger<ImportRun> log)
{
    /// <summary>Lines in flight: as many as fill a few of the group writer's transactions without crowding out other requests.</summary>
    public const int LinesInFlight = 64;
    /// <summary>Answers that wait for a caller who does not read; then the import waits as well.</summary>
    private const int AnswersWaiting = 256;
    /// <summary>How often a line is tried when the store is at its limit.</summary>
    private const int Tries = 8;

    private static readonly TimeSpan ProgressEvery = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan FirstWait = TimeSpan.FromMilliseconds(50);

    private readonly Channel<ImportAnswer> _answers = Channel.CreateBounded<ImportAnswer>(AnswersWaiting);
    private readonly ImportTally _tally = new();
    private long _lastProgress;

    /// <summary>What the import tells, ending with a summary or with why it stopped.</summary>
    public ChannelReader<ImportAnswer> Answers => _answers.Reader;

    /// <summary>Imports all lines. Never throws: the last answer tells what went wrong.</summary>
    /// <param name="lines">The lines.</param>
    /// <param name="terms">What they have in common.</param>
    /// <param name="detail">Whether to tell of every ticket.</param>
    /// <param name="traceId">Finds the import in the log.</param>
    /// <param name="cancellation">The caller went away, or the service is stopping.</param>
    public async Task ImportAsync(LineReader lines, ImportTerms terms, bool detail, string traceId, CancellationToken cancellation)
    {
        _lastProgress = time.GetTimestamp();
        ImportAnswer last;
        try
        {
            var options = new ParallelOptions { MaxDegreeOfParallelism = LinesInFlight, CancellationToken = cancellation };
            await Parallel.ForEachAsync(lines.ReadAsync(cancellation), options, async (line, stop) =>
            {
                await TakeAsync(line, terms, detail, traceId, stop);
                if (IsTimeForProgress()) await _answers.Writer.WriteAsync(_tally.Progress, stop);
            });
            last = _tally.Summary;
        }
        catch (Exception trouble)
        {
            var problem = Trouble.Of(trouble);
            if (problem.Type == ProblemTypes.InternalError) LogUnexpected(trouble, traceId);
            var (done, imported, skipped, rejected) = _tally.Progress;
            last = new ImportStopped(done, imported, skipped, rejected, problem.ToDocument(traceId));
        }
        // Whoever asked reads to the end, whatever happens.
        await _answers.Writer.WriteAsync(last, CancellationToken.None);
        _answers.Writer.Complete();
    }

    private async Task TakeAsync(BodyLine line, ImportTerms terms, bool detail, string traceId, CancellationToken cancellation)
    {
        ImportedLine imported;
        try
        {
            if (line.Text is null) throw new ProblemException(new Problem(ProblemTypes.BodyTooLarge, $"A line may have {ImportEndpoint.MostBytesPerLine} bytes."));
            imported = await PatientlyAsync(line.Text, terms, cancellation);
        }
        catch (Exception trouble) when (IsOfLine(trouble) is { } problem)
        {
            if (problem.Type == ProblemTypes.InternalError) LogUnexpected(trouble, traceId);
            _tally.Reject();
            var reference = line.Text is null ? null : ImportLine.ReferenceOf(line.Text);
            await _answers.Writer.WriteAsync(new LineRejected(line.Number, reference, problem.ToDocument(traceId)), cancellation);
            return;
        }
        if (imported.Ticket is { } ticket) _tally.Import(ticket);
        else _tally.Skip();
        if (detail) await _answers.Writer.WriteAsync(await TellAsync(line.Number, imported, cancellation), cancellation);
    }

    /// <summary>A store at its limit is asked again, each time after a longer wait: an import is in no hurry.</summary>
    private async Task<ImportedLine> PatientlyAsync(byte[] text, ImportTerms terms, CancellationToken cancellation)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await importer.ImportAsync(text, terms, cancellation);
            }
            catch (StoreBusyException) when (attempt < Tries)
            {
                await Task.Delay(FirstWait * (1 << attempt), time, cancellation);
            }
        }
    }

    private async Task<TicketTold> TellAsync(long line, ImportedLine imported, CancellationToken cancellation)
    {
        var ticket = imported.Ticket ?? await importer.ReadAsync(imported.Id, cancellation);
        return TicketTolds.Of(line, imported, ticket, time.Now());
    }

    /// <summary>The problem, where it is the line's own and not the whole import's.</summary>
    private static Problem? IsOfLine(Exception trouble) =>
        trouble is OperationCanceledException ? null : Trouble.Of(trouble) is { Type.Status: not StatusCodes.Status503ServiceUnavailable } problem ? problem : null;

    private bool IsTimeForProgress()
    {
        var last = Interlocked.Read(ref _lastProgress);
        return time.GetElapsedTime(last) >= ProgressEvery && Interlocked.CompareExchange(ref _lastProgress, time.GetTimestamp(), last) == last;
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "An import met with something unexpected; trace {TraceId}")]
    private partial void LogUnexpected(Exception trouble, string traceId);
}
