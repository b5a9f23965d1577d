using Npgsql;
using ServiceOrders.Audit.Merkle;
using ServiceOrders.EventStore;
using ServiceOrders.Host.Privacy;
using ServiceOrders.ReadModels.Tickets;

namespace ServiceOrders.Host.Web;

/// <summary>
/// The outermost part of the pipeline: whatever goes wrong within becomes a problem document, and an answer that has a status but no body (unknown route,
/// method not allowed) gets its own. Nothing of an exception is shown; an unexpected one is logged under the trace id that the caller sees.
/// </summary>
public sealed partial class Trouble(RequestDelegate next, ILogger<Trouble> log)
{
    // nginx's convention for a client that went away; nobody reads it but the access log.
    private const int ClientClosedRequest = 499;

    /// <summary>Runs the request.</summary>
    public async Task InvokeAsync(HttpContext http)
    {
        try
        {
            await next(http);
            if (!http.Response.HasStarted && http.Response is { ContentType: null, ContentLength: null } && OfStatus(http.Response.StatusCode) is { } problem)
                await problem.ExecuteAsync(http);
        }
        catch (OperationCanceledException) when (http.RequestAborted.IsCancellationRequested)
        {
            if (!http.Response.HasStarted) http.Response.StatusCode = ClientClosedRequest;
        }
        catch (Exception trouble) when (!http.Response.HasStarted)
        {
            var problem = Of(trouble);
            if (problem.Type == ProblemTypes.InternalError) LogUnexpected(trouble, http.TraceId());
            else if (problem.Type.Status == StatusCodes.Status503ServiceUnavailable) LogUnavailable(problem.Type.Code, trouble.GetType().Name, http.TraceId());
            http.Response.Clear();
            await problem.ExecuteAsync(http);
        }
    }

    /// <summary>The problem that an exception is to the caller.</summary>
    public static Problem Of(Exception trouble) => trouble switch
    {
        ProblemException known => known.Problem,
        StoreBusyException => new Problem(ProblemTypes.Overloaded) { RetryAfter = 1 },
        MissingNodeException => new Problem(ProblemTypes.LogContradicted, "The audit log is not whole."),
        MasterKeyMissingException => new Problem(ProblemTypes.MasterKeyMissing) { RetryAfter = 30 },
        _ when MasterKeyRegister.IsNotInForce(trouble) => new Problem(ProblemTypes.MasterKeyMissing) { RetryAfter = 30 },
        StoreUnavailableException => new Problem(ProblemTypes.DatabaseUnavailable) { RetryAfter = 2 },
        OutcomeUnknownException => new Problem(ProblemTypes.OutcomeUnknown) { RetryAfter = 2 },
        BadHttpRequestException { StatusCode: StatusCodes.Status413PayloadTooLarge } => new Problem(ProblemTypes.BodyTooLarge),
        BadHttpRequestException { StatusCode: StatusCodes.Status408RequestTimeout } => new Problem(ProblemTypes.RequestTimeout),
        BadHttpRequestException => new Problem(ProblemTypes.MalformedRequest),
        PostgresException { SqlState: { } state } when IsPassing(state) => new Problem(ProblemTypes.DatabaseUnavailable) { RetryAfter = 2 },
        PostgresException => new Problem(ProblemTypes.InternalError),
        NpgsqlException or TimeoutException => new Problem(ProblemTypes.DatabaseUnavailable) { RetryAfter = 2 },
        InvalidCursorException => Problem.With(ProblemTypes.InvalidParameter, "cursor", "must be the nextCursor of the page before, of the same list with the same filter and order"),
        OperationCanceledException => new Problem(ProblemTypes.TimedOut) { RetryAfter = 2 },
        _ => new Problem(ProblemTypes.InternalError),
    };

    // 08: connection, 53: resources, 57: operator intervention (shutdown, restart, statement timeout), 55P03: lock timeout, 25006: a standby.
    private static bool IsPassing(string state) =>
        state.StartsWith("08", StringComparison.Ordinal) || state.StartsWith("53", StringComparison.Ordinal) || state.StartsWith("57", StringComparison.Ordinal) || state is "55P03" or "25006" or "40001" or "40P01";

    private static Problem? OfStatus(int status) => status switch
    {
        StatusCodes.Status404NotFound => new Problem(ProblemTypes.UnknownRoute),
        StatusCodes.Status405MethodNotAllowed => new Problem(ProblemTypes.MethodNotAllowed),
        StatusCodes.Status413PayloadTooLarge => new Problem(ProblemTypes.BodyTooLarge),
        StatusCodes.Status415UnsupportedMediaType => new Problem(ProblemTypes.UnsupportedMediaType),
        StatusCodes.Status400BadRequest => new Problem(ProblemTypes.MalformedRequest),
        _ => null,
    };

    [LoggerMessage(Level = LogLevel.Error, Message = "A request failed unexpectedly; trace {TraceId}")]
    private partial void LogUnexpected(Exception trouble, string traceId);

    [LoggerMessage(Level = LogLevel.Warning, Message = "A request was turned away: {Code} ({Exception}); trace {TraceId}")]
    private partial void LogUnavailable(string code, string exception, string traceId);
}
