using System.Diagnostics.Metrics;
using ServiceOrders.Host.Access;
using ServiceOrders.Host.Web;

namespace ServiceOrders.Host.Telemetry;

/// <summary>
/// One line a request: method, route, status, duration, sort of caller, trace. The route is the pattern and the query is left out, so that no name, number or search term
/// gets into the log; of a channel its name is told, of staff only the role.
/// </summary>
public sealed partial class AccessLog(RequestDelegate next, TimeProvider time, ILogger<AccessLog> log)
{
    /// <summary>The service's own meter.</summary>
    public const string MeterName = "ServiceOrders.Web";

    private static readonly Meter Meter = new(MeterName);
    private static readonly Counter<long> Problems = Meter.CreateCounter<long>("web.problems", "{answer}", "Answers of 400 and above, by status");

    /// <summary>Runs the request.</summary>
    public async Task InvokeAsync(HttpContext http)
    {
        var started = time.GetTimestamp();
        try
        {
            await next(http);
        }
        finally
        {
            var status = http.Response.StatusCode;
            if (status >= StatusCodes.Status400BadRequest) Problems.Add(1, new KeyValuePair<string, object?>("status", status));
            // What went well is told to those who ask for it: a line for each would cost more than the request.
            var level = status >= StatusCodes.Status400BadRequest ? LogLevel.Information : LogLevel.Debug;
            if (log.IsEnabled(level))
            {
                var route = (http.GetEndpoint() as RouteEndpoint)?.RoutePattern.RawText ?? "(none)";
                var (milliseconds, who, trace) = (time.GetElapsedTime(started).TotalMilliseconds, Who(http), http.TraceId());
                LogRequest(level, http.Request.Method, route, status, milliseconds, who, trace);
            }
        }
    }

    private static string Who(HttpContext http) => http.Features.Get<Caller>() switch
    {
        null => "-",
        { Channel: { } channel } => $"channel:{channel}",
        var staff => $"staff:{staff.Role}",
    };

    [LoggerMessage(Message = "{Method} {Route} {Status} in {Milliseconds:0.0} ms by {Caller}; trace {TraceId}")]
    private partial void LogRequest(LogLevel level, string method, string route, int status, double milliseconds, string caller, string traceId);
}
