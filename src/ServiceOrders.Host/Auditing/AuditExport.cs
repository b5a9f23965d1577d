using System.IO.Pipelines;
using ServiceOrders.Domain.Auditing;
using ServiceOrders.Domain.Tickets;
using ServiceOrders.EventStore;
using ServiceOrders.ReadModels.Auditing;
using ServiceOrders.ReadModels.Events;

namespace ServiceOrders.Host.Auditing;

/// <summary>
/// One export of events: page after page, each read whole before its first line goes out, so that a client who reads slowly holds nothing in the database and a page is all that memory has to hold.
/// It is logged in a stream of its own: <c>audit_export_started</c> before anything goes out, <c>audit_exported</c> however it ends.
/// </summary>
/// <param name="store">Where it is logged.</param>
/// <param name="search">Finds the events.</param>
/// <param name="time">The clock.</param>
/// <param name="log">Tells of exports whose end could not be stored.</param>
public sealed partial class AuditExport(IEventStore store, AuditSearch search, TimeProvider time, ILogger<AuditExport> log)
{
    /// <summary>The stream type of exports.</summary>
    public const string StreamType = "audit_export";

    private const int PageSize = 500, FlushAt = 64 * 1024;

    /// <summary>Logs that an export begins.</summary>
    /// <param name="asked">What is asked for.</param>
    /// <param name="cancellation">Cancels.</param>
    internal async Task<ExportUnderWay> BeginAsync(ExportRequest asked, CancellationToken cancellation)
    {
        var now = time.Now();
        var under = new ExportUnderWay(Guid.CreateVersion7(now), asked, await search.IndexedToAsync(cancellation).ConfigureAwait(false));
        var told = asked.Filter.Told(await search.KnownAsync(asked.Filter, cancellation).ConfigureAwait(false));
        await AppendAsync(under, 0, new AuditExportStarted(asked.FormatName, told, under.UpTo), cancellation).ConfigureAwait(false);
        return under;
    }

    /// <summary>Writes it out.</summary>
    /// <param name="under">The export that began.</param>
    /// <param name="lines">How events are written.</param>
    /// <param name="body">Where they go.</param>
    /// <param name="cancellation">The caller went away, or the service is stopping.</param>
    /// <exception cref="OperationCanceledException">It was cut.</exception>
    internal async Task RunAsync(ExportUnderWay under, AuditLines lines, PipeWriter body, CancellationToken cancellation)
    {
        var (count, last, missing, complete) = (0L, (long?)null, 0L, false);
        try
        {
            lines.Begin(body);
            for (long? after = 0; after is { } from;)
            {
                var page = await search.PageAsync(under.Asked.Filter, from, under.UpTo, PageSize, cancellation).ConfigureAwait(false);
                foreach (var found in page.Events)
                {
                    lines.Write(AuditEvent.Of(found), body);
                    if (body.UnflushedBytes >= FlushAt) await FlushAsync(body, cancellation).ConfigureAwait(false);
                    (count, last) = (count + 1, found.Event.Position);
                }
                (after, missing) = (page.Passed, missing + page.Missing);
            }
            await FlushAsync(body, cancellation).ConfigureAwait(false);
            complete = true;
        }
        finally
        {
            await EndAsync(under, new AuditExported(count, last, complete, missing)).ConfigureAwait(false);
        }
        lines.End(new ExportEnd(under.Id, count, last, under.UpTo, missing), body);
        await FlushAsync(body, cancellation).ConfigureAwait(false);
    }

    private static async Task FlushAsync(PipeWriter body, CancellationToken cancellation)
    {
        if ((await body.FlushAsync(cancellation).ConfigureAwait(false)).IsCompleted) throw new OperationCanceledException("The caller went away.");
    }

    /// <summary>An end that cannot be stored is told by the log: that the export began is stored.</summary>
    private async Task EndAsync(ExportUnderWay under, AuditExported ended)
    {
        try
        {
            await AppendAsync(under, 1, ended, CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception trouble) when (trouble is StoreBusyException or StoreUnavailableException or OutcomeUnknownException)
        {
            LogNotStored(under.Id, ended.Count, trouble.GetType().Name);
        }
    }

    private async Task AppendAsync(ExportUnderWay under, long version, IExportEvent happened, CancellationToken cancellation)
    {
        var now = time.Now();
        await store.AppendAsync(new Append
        {
            StreamId = under.Id, StreamType = StreamType, ExpectedVersion = version, Now = now,
            Events = [EventSerializer.ToNew(happened, now, under.Asked.Actor, new EventOrigin(under.Asked.CorrelationId))],
        }, cancellation).ConfigureAwait(false);
    }

    /// <summary>Tells the log that an export was cut.</summary>
    internal void TellCut(ExportUnderWay under, Exception trouble) => LogCut(under.Id, trouble.GetType().Name);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Export {ExportId} was cut ({Error})")]
    private partial void LogCut(Guid exportId, string error);

    [LoggerMessage(Level = LogLevel.Error, Message = "The end of export {ExportId} after {Count} events could not be stored ({Error})")]
    private partial void LogNotStored(Guid exportId, long count, string error);
}

/// <summary>An export that was asked for.</summary>
/// <param name="Filter">Which events.</param>
/// <param name="Format">How they are written.</param>
/// <param name="Actor">Who asked.</param>
/// <param name="CorrelationId">The request's trace.</param>
internal sealed record ExportRequest(AuditFilter Filter, ExportFormat Format, Actor Actor, string? CorrelationId)
{
    /// <summary>The format's name in the API.</summary>
    public string FormatName => Format == ExportFormat.Csv ? "csv" : "ndjson";
}

/// <summary>An export that began.</summary>
/// <param name="Id">The stream in which it is logged.</param>
/// <param name="Asked">What was asked for.</param>
/// <param name="UpTo">The last position that it covers.</param>
internal sealed record ExportUnderWay(Guid Id, ExportRequest Asked, long UpTo);

/// <summary>Filters as events tell them, for ever: nothing that somebody typed and the service does not know, which may be a customer's name or telephone number.</summary>
internal static class ToldFilter
{
    /// <summary>Stands for words that the service does not know.</summary>
    public const string Unknown = "[unknown]";

    /// <summary>The filter as an event tells it.</summary>
    public static ExportFilter Told(this AuditFilter filter, KnownWords known) => new(
        // A name without a kind was asked for under every kind.
        Told(filter.Actors, known.Actors, actor => actor[(actor.IndexOf(':', StringComparison.Ordinal) + 1)..]), Told(filter.Channels, known.Channels, channel => channel), filter.Types, filter.From,
        filter.To, filter.Customer, filter.SerialNumber is null || known.SerialNumber ? filter.SerialNumber : Unknown, filter.Stream);

    private static string[] Told(IReadOnlyList<string> asked, IReadOnlyList<string> known, Func<string, string> nameOf)
    {
        var names = known.Select(nameOf).ToHashSet(StringComparer.Ordinal);
        return asked.All(a => names.Contains(nameOf(a))) ? [.. known] : [.. known, Unknown];
    }
}
